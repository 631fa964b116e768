import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { resolveLightfastHttpSettings } from "../../src/platforms/lightfast/config/http.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";
import { SERVICE_SECRET_VARIABLE } from "../../src/platforms/lightfast/config/secrets.ts";
import { startApp } from "../support/http-app.ts";
import { container, deployment, type Manifest, manifests, one, pod, values } from "../support/manifests.ts";

describe("dockerfile", () => {
  const read = (name: string): string[] =>
    readFileSync(new URL(`../../deploy/${name}`, import.meta.url), "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "" && !line.startsWith("#"));

  /** What stands behind each use of an instruction, in order. */
  const all = (instruction: string): string[] =>
    read("Dockerfile").flatMap((line) => {
      const [word, ...rest] = line.split(/\s+/);
      return word === instruction ? [rest.join(" ")] : [];
    });

  test("The image stands on a Node.js that the program takes, by version", () => {
    const [from, ...more] = all("FROM");
    expect(more).toEqual([]);
    const major = Number(/^node:(\d+)-slim$/.exec(from ?? "")?.[1]);
    expect(major).toBeGreaterThanOrEqual(Number.parseInt(packageJson.engines.node.replace(">=", ""), 10));
  });

  test("The image holds the program and nothing else", () => {
    const sources = all("COPY").flatMap((line) => line.split(" ").slice(0, -1));
    expect(sources.sort()).toEqual(["LICENSE", "bin", "dist", "package.json"]);
    expect(read("Dockerfile.dockerignore")).toEqual([
      "*",
      ...["package.json", "LICENSE", "bin", "dist"].map((name) => `!${name}`),
    ]);
    expect(packageJson).not.toHaveProperty("dependencies");
    expect([...all("RUN"), ...all("ADD")]).toEqual([]);
  });

  test("The program runs as a user by number who is not root", () => {
    expect(all("USER")).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  test("The image serves on every address, at the default port", () => {
    expect(all("EXPOSE")).toEqual([LIGHTFAST_HTTP_OPTIONS.port.default]);
    const [entry, command] = [all("ENTRYPOINT")[0], all("CMD")[0]].map((text) => JSON.parse(text ?? "[]"));
    expect(entry).toEqual(["node", `/app/${packageJson.bin["lightfast-mcp"]}`]);
    expect(all("WORKDIR")).toEqual(["/app"]);
    expect(command).toEqual(["http", LIGHTFAST_HTTP_OPTIONS.host.flag, "0.0.0.0"]);
  });
});

describe("manifests", () => {
  describe("the manifests", () => {
    test("are of these kinds, in versions that clusters serve", () => {
      expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
        "apps/v1 Deployment",
        "autoscaling/v2 HorizontalPodAutoscaler",
        "policy/v1 PodDisruptionBudget",
        "v1 Service",
      ]);
    });

    test("select the pods of the deployment", () => {
      const { labels } = pod.metadata;
      expect(labels).not.toEqual({});
      expect(deployment.spec.selector.matchLabels).toEqual(labels);
      expect(one("Service").spec).toMatchObject({ selector: labels });
      expect(one("PodDisruptionBudget").spec).toMatchObject({ selector: { matchLabels: labels } });
    });

    test("send requests to the port that the server listens on, and never to that of the metrics", () => {
      const ports = Object.fromEntries(
        container.ports.map(({ name, containerPort }) => [name, containerPort]),
      );
      expect(ports).toEqual({
        http: Number(values.get("LIGHTFAST_MCP_PORT")),
        metrics: Number(values.get("LIGHTFAST_MCP_METRICS_PORT")),
      });
      const { ports: offered } = one<Manifest<{ ports: { targetPort: string }[] }>>("Service").spec;
      expect(offered.map(({ targetPort }) => targetPort)).toEqual(["http"]);
    });

    test("keep one pod through every disruption, and scale the deployment from two on", () => {
      const { replicas } = deployment.spec;
      const scaling =
        one<Manifest<{ minReplicas: number; maxReplicas: number }>>("HorizontalPodAutoscaler").spec;
      expect(replicas).toBe(2);
      expect(scaling).toMatchObject({
        scaleTargetRef: {
          apiVersion: deployment.apiVersion,
          kind: "Deployment",
          name: deployment.metadata.name,
        },
        minReplicas: replicas,
      });
      expect(scaling.maxReplicas).toBeGreaterThan(replicas);
      const budget = one<Manifest<{ minAvailable: number }>>("PodDisruptionBudget").spec;
      expect(budget.minAvailable).toBeGreaterThanOrEqual(1);
      expect(budget.minAvailable).toBeLessThan(scaling.minReplicas);
    });
  });
});

describe("deploy", () => {
  /** What the server takes after the drain delay: requests in flight, then the audit queue, ten seconds each. */
  const FINISH_SECONDS = 10 + 10;

  describe("the pods", () => {
    test("are probed at paths that answer any host", async () => {
      expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" });
      expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" });
      const app = await startApp({ servesMetrics: false });
      for (const path of ["/livez", "/readyz"])
        expect((await app.ask({ path, headers: { host: "10.0.0.7:8080" } })).status).toBe(200);
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
      const known: string[] = Object.values(LIGHTFAST_HTTP_OPTIONS).flatMap(({ variables }) => variables);
      const names = container.env.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => !known.includes(name))).toEqual([SERVICE_SECRET_VARIABLE]);
    });

    test("take the secret from where secrets are kept", () => {
      const secret = container.env.find(({ name }) => name === SERVICE_SECRET_VARIABLE);
      expect(secret).toEqual({
        name: SERVICE_SECRET_VARIABLE,
        valueFrom: { secretKeyRef: { name: "lightfast-mcp", key: "service-jwt-secret" } },
      });
    });

    test("have settings that the server starts with", () => {
      const env = { ...Object.fromEntries(values), [SERVICE_SECRET_VARIABLE]: "x".repeat(32) };
      const settings = resolveLightfastHttpSettings({}, env);
      expect(settings).toMatchObject({ host: "0.0.0.0", auth: "oauth", warnings: [] });
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
});
