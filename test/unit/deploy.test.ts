import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { argumentsFor, healthUrl } from "../../deploy/image/platform.mjs";
import telemetryJson from "../../deploy/telemetry/package.json" with { type: "json" };
import telemetryLock from "../../deploy/telemetry/package-lock.json" with { type: "json" };
import packageJson from "../../package.json" with { type: "json" };
import type { Environment } from "../../src/config/reader.ts";
import { resolveLfxHttpSettings } from "../../src/platforms/lfx/config/http.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../src/platforms/lfx/config/options.ts";
import { LFX_SECRET_VARIABLES } from "../../src/platforms/lfx/config/secrets.ts";
import { resolveLightfastHttpSettings } from "../../src/platforms/lightfast/config/http.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../../src/platforms/lightfast/config/http-options.ts";
import { LIGHTFAST_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";
import { SERVICE_SECRET_VARIABLE } from "../../src/platforms/lightfast/config/secrets.ts";
import { startApp } from "../support/http-app.ts";
import { type Manifest, readManifests } from "../support/manifests.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, DEPLOY), "utf8");
}

test("the OpenTelemetry SDK of the image is the one of the tests", () => {
  const { devDependencies } = packageJson;
  expect(telemetryJson.dependencies).toEqual({
    "@opentelemetry/api": devDependencies["@opentelemetry/api"],
    "@opentelemetry/sdk-node": devDependencies["@opentelemetry/sdk-node"],
  });
  const locked = telemetryLock.packages["node_modules/@opentelemetry/sdk-node"].version;
  expect(locked).toBe(telemetryJson.dependencies["@opentelemetry/sdk-node"]);
  // An address would bind the image to one registry.
  expect(JSON.stringify(telemetryLock)).not.toContain('"resolved"');
});

describe("the telemetry of the image", () => {
  const REGISTER = fileURLToPath(new URL("../../deploy/telemetry/register.mjs", import.meta.url));

  /** The OTEL_ variables of a process after its SDK was registered, whether there is one, and the warnings. */
  const register = (env: Environment) => {
    const script = `const { trace } = globalThis[Symbol.for("opentelemetry.js.api.1")] ?? {};
      console.log(JSON.stringify({ isRegistered: trace !== undefined, env: process.env }));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", REGISTER, "--eval", script], {
      encoding: "utf8",
      env: env as Record<string, string>,
    });
    const lines = stderr.split("\n").filter(Boolean);
    const warnings: { level: string; msg: string }[] = lines.map((line) => JSON.parse(line));
    return { ...(JSON.parse(stdout) as { isRegistered: boolean; env: Environment }), warnings };
  };

  test("loads nothing without an exporter", () => {
    const { isRegistered, warnings } = register({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" });
    expect({ isRegistered, warnings }).toEqual({ isRegistered: false, warnings: [] });
  });

  // LFX MCP server, OpenTelemetry.
  test("has the defaults of the original LFX server", () => {
    const { isRegistered, env, warnings } = register({
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://metrics.test",
      OTEL_SERVICE_NAME: "",
    });
    expect({ isRegistered, warnings }).toEqual({ isRegistered: true, warnings: [] });
    expect(env).toMatchObject({
      OTEL_METRICS_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4317",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://metrics.test",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_PROPAGATORS: "tracecontext,baggage",
      OTEL_BSP_SCHEDULE_DELAY: "1000",
      OTEL_METRIC_EXPORT_INTERVAL: "30000",
      OTEL_SERVICE_NAME: "lightfast-mcp",
      // Others would record the command line.
      OTEL_NODE_RESOURCE_DETECTORS: "env",
    });
  });

  test("replaces what is not supported, and says so without the credential for the collector", () => {
    const { env, warnings } = register({
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "prometheus",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "secret-key",
      OTEL_EXPORTER_OTLP_HEADERS: "x-a=1,authorization=secret-key",
      OTEL_EXPORTER_OTLP_ENDPOINT: "::secret-key::",
      OTEL_TRACES_SAMPLER: "always",
      OTEL_TRACES_SAMPLER_ARG: "1.5",
      OTEL_PROPAGATORS: "tracecontext, xray",
    });
    expect(env).toMatchObject({
      OTEL_METRICS_EXPORTER: "none",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_PROPAGATORS: "tracecontext",
    });
    expect(warnings.map(({ level, msg }) => `${level} ${msg.split(/[ :]/)[0]}`)).toEqual([
      "warn OTEL_METRICS_EXPORTER",
      "warn OTEL_LOGS_EXPORTER",
      "warn OTEL_EXPORTER_OTLP_PROTOCOL",
      "warn OTEL_EXPORTER_OTLP_ENDPOINT",
      "warn OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
      "warn OTEL_TRACES_SAMPLER",
      "warn OTEL_TRACES_SAMPLER_ARG",
      "warn OTEL_PROPAGATORS",
    ]);
    expect(JSON.stringify(warnings)).not.toContain("secret-key");
  });
});

describe("dockerfile", () => {
  const lines = read("Dockerfile").replaceAll("\\\n", " ").split("\n");

  /** What follows each use of an instruction, in order. */
  const all = (instruction: string, from = lines): string[] =>
    from.flatMap((line) => {
      const [word, ...rest] = line.split(/\s+/);
      return word === instruction ? [rest.join(" ")] : [];
    });
  /** The lines of the stage that becomes the image. */
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  test("Every stage starts from the same Node.js, by version and digest, unless an argument names another", () => {
    const [base, ...more] = all("ARG");
    expect(more).toEqual([]);
    const version = /^NODE_IMAGE=docker\.io\/library\/node:(\d+)\.\d+\.\d+-\w+-slim@sha256:[0-9a-f]{64}$/;
    const major = Number(version.exec(base ?? "")?.[1]);
    expect(major).toBeGreaterThanOrEqual(Number.parseInt(packageJson.engines.node.replace(">=", ""), 10));
    const stages = all("FROM").map((line) => line.replace("--platform=$BUILDPLATFORM ", "").split(" AS ")[0]);
    expect(stages).toEqual(stages.map(() => ["$", "{NODE_IMAGE}"].join("")));
  });

  test("The image has the program, the SDK of OpenTelemetry, and the entry point", () => {
    const sources = all("COPY", last).flatMap((line) => line.split(" ").slice(0, -1));
    expect(sources.filter((source) => !source.startsWith("--"))).toEqual([
      ...["/src/package.json", "/src/LICENSE", "/src/bin", "/src/dist", "/src", "deploy/image"],
    ]);
    expect(packageJson).not.toHaveProperty("dependencies");
    expect([...all("RUN", last), ...all("ADD")]).toEqual([]);
  });

  test("Dependencies are installed as locked, and run no scripts", () => {
    const installs = all("RUN").filter((line) => line.includes("npm ci"));
    expect(installs).toHaveLength(2);
    for (const line of installs) expect(line).toContain("--ignore-scripts");
  });

  test("The program runs as a user by number who is not root", () => {
    expect(all("USER", last)).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  test("The image serves on every address, at the default port", () => {
    expect(all("EXPOSE")).toEqual([LIGHTFAST_HTTP_OPTIONS.port.default]);
    expect(LFX_HTTP_OPTIONS.port.default).toBe(LIGHTFAST_HTTP_OPTIONS.port.default);
    const hosts = [LIGHTFAST_HTTP_OPTIONS, LFX_HTTP_OPTIONS].map(({ host }) => host.variables[0]);
    for (const name of hosts) expect(all("ENV").join(" ")).toContain(`${name}=0.0.0.0`);
    expect(all("ENTRYPOINT").map((text) => JSON.parse(text))).toEqual([
      ["node", "/app/deploy/image/start.mjs"],
    ]);
    expect(all("CMD")).toEqual([]);
  });
});

describe("the entry point of the image", () => {
  const LFX = ["lfx"];
  test.each<[Environment, readonly string[], readonly string[]]>([
    [{}, [], ["http"]],
    [{}, ["tools", "--json"], ["tools", "--json"]],
    [{ LIGHTFAST_MCP_PLATFORM: "lightfast" }, [], ["http"]],
    [{ LIGHTFAST_MCP_PLATFORM: "lfx" }, [], ["lfx", "http"]],
    [{ LIGHTFAST_MCP_PLATFORM: " lfx " }, ["http", "--check"], ["lfx", "http", "--check"]],
    [{ LIGHTFAST_MCP_PLATFORM: "lfx" }, ["lfx", "tools"], ["lfx", "tools"]],
    // The program reads the mode itself, and rejects an unknown one.
    [{ LFXMCP_MODE: "http" }, [], LFX],
    [{ LFXMCP_MODE: "stdio" }, [], LFX],
    [{ LFXMCP_MODE: "sse" }, [], LFX],
    [{ LFXMCP_MODE: "http" }, ["http", "--check"], ["lfx", "http", "--check"]],
    [{ LIGHTFAST_MCP_PLATFORM: "lightfast", LFXMCP_MODE: "http" }, [], ["http"]],
    [{ LIGHTFAST_MCP_PLATFORM: "", LFXMCP_MODE: "" }, [], ["http"]],
    // Command lines of the original LFX server.
    [{}, ["-mode=http", "-http.port", "9000"], ["lfx", "-mode=http", "-http.port", "9000"]],
    [{}, ["-debug"], ["lfx", "-debug"]],
    [{}, ["--mode", "stdio"], ["lfx", "--mode", "stdio"]],
    [{}, ["--mcp_api.public_url=https://a.test/mcp"], ["lfx", "--mcp_api.public_url=https://a.test/mcp"]],
    [{ LFXMCP_MODE: "http" }, ["-tools=get_project"], ["lfx", "-tools=get_project"]],
    [{}, ["http", "--port", "1"], ["http", "--port", "1"]],
    [{}, ["-h"], ["-h"]],
    [{}, ["stdio"], []],
    [{}, ["stdio", "--read-only"], ["--read-only"]],
    [{ LIGHTFAST_MCP_PLATFORM: "lfx" }, ["stdio"], LFX],
  ])("with %j and arguments %j, the program gets %j", (env, given, expected) => {
    expect(argumentsFor(given, env)).toEqual(expected);
  });

  test.each<[Environment, string | undefined]>([
    [{}, "http://127.0.0.1:8080/readyz"],
    [{ PORT: "81" }, "http://127.0.0.1:81/readyz"],
    [{ PORT: "81", LIGHTFAST_MCP_PORT: "82", LFXMCP_HTTP_PORT: "83" }, "http://127.0.0.1:82/readyz"],
    [{ LFXMCP_MODE: "http", LFXMCP_HTTP_PORT: "83", PORT: "81" }, "http://127.0.0.1:83/readyz"],
    [{ LIGHTFAST_MCP_PLATFORM: "lfx" }, "http://127.0.0.1:8080/readyz"],
    [{ LFXMCP_MODE: "stdio" }, undefined],
  ])("with %j, the health check asks %s", (env, url) => {
    expect(healthUrl(env)).toBe(url);
  });

  test("rejects an unknown platform before anything is loaded", () => {
    const entry = fileURLToPath(new URL("image/start.mjs", DEPLOY));
    const env = { ...process.env, LIGHTFAST_MCP_PLATFORM: "lf" };
    const { status, stderr } = spawnSync(process.execPath, [entry], { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      "lightfast-mcp: LIGHTFAST_MCP_PLATFORM must be one of lightfast, lfx.\n",
    ]);
  });
});

test("the image has the name under which the MCP registry lists the server", () => {
  expect(read("Dockerfile")).toContain(`io.modelcontextprotocol.server.name="${packageJson.mcpName}"`);
});

describe("chart", () => {
  const schema = JSON.parse(read("chart/values.schema.json"));

  test("The chart has the version of the program", () => {
    const { version, appVersion } = parse(read("chart/Chart.yaml"));
    expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
  });

  test("The schema knows every value, and no other", () => {
    const namesOf = (values: unknown, { properties }: { properties?: object }, path = ""): string[] =>
      Object.entries(properties ?? {}).flatMap(([key, child]) => [
        `${path}${key}`,
        ...namesOf((values as Record<string, unknown> | null)?.[key], child, `${path}${key}.`),
      ]);
    const pathsOf = (values: unknown, path = ""): string[] =>
      Object.entries(values ?? {}).flatMap(([key, value]) => [
        `${path}${key}`,
        ...(value && typeof value === "object" && !Array.isArray(value)
          ? pathsOf(value, `${path}${key}.`)
          : []),
      ]);
    const values = parse(read("chart/values.yaml"));
    const known = namesOf(values, schema).filter((name) => !["global", "resources.claims"].includes(name));
    // The amounts of resources are open: clusters have their own kinds.
    const given = pathsOf(values).filter((name) => !/^resources\.\w+\./.test(name));
    expect(given.sort()).toEqual(known.sort());
  });

  test("The table of platforms names variables that the program reads", () => {
    const options = {
      lightfast: { ...LIGHTFAST_OPTIONS, ...LIGHTFAST_HTTP_OPTIONS },
      lfx: { ...LFX_OPTIONS, ...LFX_HTTP_OPTIONS },
    };
    const platforms: Record<string, { variables: Record<string, string>; required: object }> = parse(
      read("chart/platforms.yaml"),
    );
    expect(Object.keys(platforms)).toEqual(Object.keys(options));
    for (const [name, table] of Object.entries(options)) {
      const known: string[] = Object.values(table).flatMap(({ variables }) => variables);
      const { variables = {}, required = {} } = platforms[name] ?? {};
      expect(known).toEqual(expect.arrayContaining([...Object.values(variables), ...Object.keys(required)]));
    }
  });
});

/** For each platform: its options, its secrets with test values, and how its settings are read. */
const PLATFORMS = {
  lightfast: {
    options: LIGHTFAST_HTTP_OPTIONS,
    secrets: { [SERVICE_SECRET_VARIABLE]: "x".repeat(32) },
    secret: { name: "lightfast-mcp", keys: ["service-jwt-secret"] },
    resolve: resolveLightfastHttpSettings,
  },
  lfx: {
    options: { ...LFX_OPTIONS, ...LFX_HTTP_OPTIONS },
    secrets: {
      LFXMCP_CLIENT_ID: "the-client",
      [LFX_SECRET_VARIABLES.clientSecret]: "its secret",
      [LFX_SECRET_VARIABLES.signingKey]: "",
    },
    secret: { name: "lfx-mcp-secrets", keys: ["client_id", "client_secret", "client_private_key"] },
    resolve: resolveLfxHttpSettings,
  },
} as const;

/** Read by the image, not by the program. */
const IMAGE_VARIABLES = ["LIGHTFAST_MCP_PLATFORM", "LFXMCP_MODE"];

/** What the server needs after the drain delay: requests in flight, then the audit queue, ten seconds each. */
const FINISH_SECONDS = 10 + 10;

test("There are manifests for every platform", () => {
  const files = Object.keys(PLATFORMS).map((name) => `${name}.yaml`);
  for (const folder of ["kubernetes/", "chart/examples/"])
    expect(readdirSync(new URL(folder, DEPLOY)).sort()).toEqual(files.sort());
});

describe.each(["lightfast", "lfx"] as const)("the manifests of %s", (platform) => {
  const { options, secrets, secret, resolve } = PLATFORMS[platform];
  const { manifests, one, deployment, pod, container, values } = readManifests(platform);
  const find = (option: "port" | "metricsPort" | "drainDelay"): number =>
    Number(values.get(options[option].variables[0]));

  test("are of these kinds, in versions that clusters serve", () => {
    expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
      "apps/v1 Deployment",
      "autoscaling/v2 HorizontalPodAutoscaler",
      ...(platform === "lfx" ? ["networking.k8s.io/v1 Ingress"] : []),
      "networking.k8s.io/v1 NetworkPolicy",
      "policy/v1 PodDisruptionBudget",
      "v1 Service",
      "v1 ServiceAccount",
    ]);
  });

  test("select the pods of the deployment", () => {
    const { labels } = pod.metadata;
    expect(labels).not.toEqual({});
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(one("Service").spec).toMatchObject({ selector: labels });
    expect(one("NetworkPolicy").spec).toMatchObject({ podSelector: { matchLabels: labels } });
    expect(one("PodDisruptionBudget").spec).toMatchObject({ selector: { matchLabels: labels } });
    expect(one("ServiceAccount").metadata.name).toBe(pod.spec.serviceAccountName);
  });

  test("send requests to the port that the server listens on, and never to that of the metrics", () => {
    const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports).toEqual({ web: find("port"), metrics: find("metricsPort") });
    const { ports: offered } = one<Manifest<{ ports: { targetPort: string }[] }>>("Service").spec;
    expect(offered.map(({ targetPort }) => targetPort)).toEqual(["web"]);
  });

  test("keep one pod through every disruption, and leave the number of pods to the autoscaler", () => {
    const scaling =
      one<Manifest<{ minReplicas: number; maxReplicas: number }>>("HorizontalPodAutoscaler").spec;
    expect(deployment.spec).not.toHaveProperty("replicas");
    expect(scaling).toMatchObject({
      scaleTargetRef: {
        apiVersion: deployment.apiVersion,
        kind: "Deployment",
        name: deployment.metadata.name,
      },
      minReplicas: 2,
    });
    expect(scaling.maxReplicas).toBeGreaterThan(scaling.minReplicas);
    const budget = one<Manifest<{ minAvailable: number }>>("PodDisruptionBudget").spec;
    expect(budget.minAvailable).toBeGreaterThanOrEqual(1);
    expect(budget.minAvailable).toBeLessThan(scaling.minReplicas);
  });

  test("probe paths that answer any host", async () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "web" });
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "web" });
    expect(container.startupProbe.httpGet).toEqual({ path: "/readyz", port: "web" });
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
    const known: string[] = Object.values(options).flatMap(({ variables }) => variables);
    const names = container.env.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const others = names.filter((name) => !known.includes(name) && !IMAGE_VARIABLES.includes(name));
    expect(others).toEqual(Object.keys(secrets).filter((name) => !known.includes(name)));
    expect(argumentsFor([], Object.fromEntries(values))[0]).toBe(platform === "lfx" ? "lfx" : "http");
  });

  test("take secrets from where secrets are kept", () => {
    const references = container.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
    expect(references.map(({ name }) => name)).toEqual(secret.keys.map(() => secret.name));
    expect(references.map(({ key }) => key)).toEqual(secret.keys);
    const named = container.env.filter(({ valueFrom }) => valueFrom).map(({ name }) => name);
    expect(named).toEqual(Object.keys(secrets));
  });

  test("have settings that the server starts with", () => {
    const settings = resolve({}, { ...Object.fromEntries(values), ...secrets });
    expect(settings).toMatchObject({ host: "0.0.0.0", auth: "oauth", warnings: [] });
  });

  test("get no variables from the cluster that have the names of the server's own", () => {
    expect(pod.spec.enableServiceLinks).toBe(false);
  });

  test("have the time to end in order", () => {
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(find("drainDelay")).toBeGreaterThan(periodSeconds * failureThreshold);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(find("drainDelay") + FINISH_SECONDS);
  });
});
