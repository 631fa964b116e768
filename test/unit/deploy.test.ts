import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { LOCAL_CALLER } from "../../src/mcp/caller.ts";
import { resolveHttpSettings } from "../../src/platforms/lightfast/config/http.ts";
import { HTTP_OPTIONS, SECRET_VARIABLE } from "../../src/platforms/lightfast/config/options.ts";
import { resolveSettings } from "../../src/platforms/lightfast/config/resolve.ts";
import { defineLightfastServer } from "../../src/platforms/lightfast/server.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { routesOf } from "../../src/transports/http/app.ts";
import { createMetrics } from "../../src/transports/http/metrics.ts";
import { container, pod, values } from "../support/manifests.ts";

/** What the server takes after the drain delay: requests in flight, then the audit queue, ten seconds each. */
const FINISH_SECONDS = 10 + 10;

/** The paths that answer a GET on the main port where the settings are those of the manifests. */
const servedPaths = (): string[] => {
  const log = createLogger("error", () => {});
  const routes = routesOf({
    server: defineLightfastServer({
      upstream: { code: "missing_token", problem: "none", hint: "none" },
      timeoutMs: 1000,
      proxies: {},
      redact: (text) => text,
      log,
    }),
    access: { kind: "open", caller: LOCAL_CALLER },
    resourceUrl: new URL("https://mcp.example.com/mcp"),
    metadata: undefined,
    challengeScope: "",
    allowedHosts: new Set(),
    allowedOrigins: new Set(),
    log,
    metrics: createMetrics(),
    page: "",
    servesMetrics: false,
    isReady: () => true,
  });
  return [...routes].flatMap(([path, { methods, guarded }]) =>
    methods.has("GET") && !guarded ? [path] : [],
  );
};

describe("the pods", () => {
  test("are probed at paths that answer any host", () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" });
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" });
    expect(servedPaths()).toEqual(expect.arrayContaining(["/livez", "/readyz"]));
  });

  test("run this version of the image", () => {
    expect(container.image).toBe(`lightfast-mcp:${packageJson.version}`);
  });

  test("have no right that they do not need", () => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(pod.spec.securityContext.runAsUser).toBeGreaterThan(0);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("ask for processor and memory, and are held to a limit", () => {
    expect(Object.keys(container.resources).sort()).toEqual(["limits", "requests"]);
    for (const amounts of Object.values(container.resources)) {
      expect(amounts.cpu).toMatch(/^\d+m?$/);
      expect(amounts.memory).toMatch(/^\d+Mi$/);
    }
  });

  test("set variables that the server reads, and each once", () => {
    const known: string[] = Object.values(HTTP_OPTIONS).flatMap(({ variables }) => variables);
    const names = container.env.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !known.includes(name))).toEqual([SECRET_VARIABLE]);
  });

  test("take the secret from where secrets are kept", () => {
    const secret = container.env.find(({ name }) => name === SECRET_VARIABLE);
    expect(secret).toEqual({
      name: SECRET_VARIABLE,
      valueFrom: { secretKeyRef: { name: "lightfast-mcp", key: "service-jwt-secret" } },
    });
  });

  test("have settings that the server starts with", () => {
    const env = { ...Object.fromEntries(values), [SECRET_VARIABLE]: "x".repeat(32) };
    const settings = resolveHttpSettings({}, env, resolveSettings({}, {}));
    expect(settings).toMatchObject({ host: "0.0.0.0", auth: "oauth", notices: [] });
  });

  test("get no variables from the cluster that have the names of the server's own", () => {
    expect(pod.spec.enableServiceLinks).toBe(false);
  });

  test("have the time to end in order", () => {
    const drain = Number(values.get("LIGHTFAST_MCP_DRAIN_DELAY"));
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(drain).toBeGreaterThan(periodSeconds * failureThreshold);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(drain + FINISH_SECONDS);
  });
});
