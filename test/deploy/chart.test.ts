import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { helm, renderManifests } from "../../scripts/manifests.mjs";
import { OWN_CLIENT, SIGNING_KEY } from "../fakes/lfx/own-client.ts";
import { fakeLfx } from "../fakes/lfx/start.ts";
import { startFakeApp } from "../fakes/lightfast-app/server.ts";
import { authorizationServer } from "../fakes/oauth/server.ts";
import { type Hosted, SECRET, untilListening } from "../support/http-program.ts";
import { bearerValues } from "../support/lfx/client.ts";
import { API_KEY, expectNoSecrets } from "../support/lfx/program.ts";
import { type Container, type Manifest, parseManifests, type Release } from "../support/manifests.ts";
import { finished } from "../support/program.ts";
import { throughPort } from "../support/public-address.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHART = `${ROOT}deploy/chart`;
/** Each release and its values. */
const VALUES = {
  "lightfast-mcp": `${CHART}/examples/lightfast.yaml`,
  "lfx-mcp": `${CHART}/examples/lfx.yaml`,
  mcp: `${ROOT}test/deploy/original-values.yaml`,
};
type ReleaseName = keyof typeof VALUES;
const RELEASES = Object.keys(VALUES) as ReleaseName[];

function render(release: ReleaseName, ...set: readonly string[]): Release {
  const flags = set.flatMap((value) => ["--set-json", value]);
  return parseManifests(helm("template", release, CHART, "--values", VALUES[release], ...flags));
}

describe("helm", () => {
  test.each(RELEASES)("lints the chart with the values of %s", (release) => {
    const report = helm("lint", "--strict", CHART, "--values", VALUES[release]);
    expect(report).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  test("renders the manifests that are for clusters without it", () => {
    for (const [path, content] of Object.entries(renderManifests())) {
      const existing = existsSync(ROOT + path) ? readFileSync(ROOT + path, "utf8") : "";
      expect([path, existing], "run: node scripts/manifests.mjs").toEqual([path, content]);
    }
  });

  test.each([
    ["platform", '"lf"', 'platform must be one of the following: "", "lightfast", "lfx"'],
    ["app.lfxApiUrl", '"https://lfx.test"', "Additional property lfxApiUrl is not allowed"],
    ["app.lfxAPIURL", '"lfx.test"', "app.lfxAPIURL: Does not match pattern"],
    ["app.debug", '"yes"', "app.debug: Invalid type. Expected: boolean, given: string"],
    ["service.port", "70000", "service.port: Must be less than or equal to 65535"],
    ["image.digest", '"sha256:1"', "image.digest: Does not match pattern"],
    [
      "ingress.hostname",
      '""',
      "LFXMCP_MCP_API_PUBLIC_URL would be empty. Set ingress.hostname or publicUrl.",
    ],
    ["app.tokenEndpoint", '""', "LFXMCP_TOKEN_ENDPOINT would be empty. Set app.tokenEndpoint"],
    ["podDisruptionBudget.minAvailable", "1", "minAvailable or maxUnavailable, but not both"],
    ["drainDelaySeconds", "15", "terminationGracePeriodSeconds must be at least 35"],
    ["metrics", '{"enabled":false},serviceMonitor={"enabled":true}', "serviceMonitor.enabled also requires"],
  ])("rejects %s=%s", (path, value, message) => {
    expect(() => render("mcp", `${path}=${value}`)).toThrow(message);
  });
});

describe("the values file of the original's chart", () => {
  const release = render("mcp");
  const { deployment, pod, container, one } = release;

  test("is all that a release needs, with the original's names", () => {
    expect(deployment.metadata.name).toBe("mcp-lfx-mcp");
    expect(pod.metadata.labels).toEqual({
      "app.kubernetes.io/name": "lfx-mcp",
      "app.kubernetes.io/instance": "mcp",
    });
    expect([container.name, container.ports[0]]).toEqual(["app", { name: "web", containerPort: 8080 }]);
    expect(deployment.spec.replicas).toBe(3);
    expect(pod.spec).toMatchObject({
      serviceAccountName: "mcp-server",
      automountServiceAccountToken: true,
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: pod.metadata.labels },
        },
      ],
    });
    expect(one("PodDisruptionBudget").spec).toMatchObject({ maxUnavailable: 1 });
    expect(one("ServiceAccount").metadata).toMatchObject({
      name: "mcp-server",
      annotations: { "example.com/role": "mcp" },
    });
    expect(one<Manifest<object>>("Ingress")).toMatchObject({
      metadata: {
        annotations: {
          "cert-manager.io/cluster-issuer": "letsencrypt-staging",
          "external-dns.alpha.kubernetes.io/hostname": "lfx-mcp.cluster.lfx.test",
          "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
        },
      },
      spec: {
        ingressClassName: "traefik",
        rules: [{ host: "mcp.lfx.test", http: { paths: [{ path: "/", pathType: "Prefix" }] } }],
        tls: [{ secretName: "mcp-tls", hosts: ["mcp.lfx.test"] }],
      },
    });
    expect(one("Service").spec).toMatchObject({ ports: [{ name: "web", port: 8080, targetPort: "web" }] });
  });

  test("gives the pods the original's environment, and what this server adds", () => {
    const secret = (name: string, key: string, more = {}) => ({ secretKeyRef: { name, key, ...more } });
    const optional = { optional: true };
    expect(
      Object.fromEntries(container.env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom])),
    ).toEqual({
      LIGHTFAST_MCP_PLATFORM: "lfx",
      LFXMCP_MODE: "http",
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_HTTP_PORT: "8080",
      LFXMCP_METRICS_PORT: "9090",
      LFXMCP_DRAIN_DELAY: "5",
      LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.lfx.test/mcp",
      LFXMCP_MCP_API_AUTH_SERVERS: "https://sso.lfx.test/,https://old-sso.lfx.test/",
      LFXMCP_MCP_API_SCOPES: "openid,profile,email,read:all,manage:all",
      LFXMCP_TOOLS:
        "user_info,search_projects,get_project,search_committees,query_lfx_lens,count_lfx_resources",
      LFXMCP_DEBUG: "true",
      LFXMCP_TOKEN_ENDPOINT: "https://sso.lfx.test/oauth/token",
      LFXMCP_LFX_API_URL: "https://lfx-api.lfx.test/",
      LFXMCP_LENS_API_URL: "http://lens.lens.svc.cluster.local",
      LFXMCP_LENS_API_AUDIENCE: "urn:lfx:lens",
      LFXMCP_ONBOARDING_API_URL: "http://onboarding.onboarding.svc.cluster.local",
      LFXMCP_ONBOARDING_API_AUDIENCE: "https://onboarding.lfx.test",
      LFXMCP_CLIENT_ID: secret("mcp-credentials", "id"),
      LFXMCP_CLIENT_SECRET: secret("mcp-credentials", "secret", optional),
      LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: secret("mcp-credentials", "key", optional),
      "LFXMCP_API_CREDENTIALS_NIGHTLY-JOB": secret("mcp-callers", "nightly_key"),
      HOST_IP: { fieldRef: { fieldPath: "status.hostIP" } },
      LFXMCP_COMMITTEES_AS_GROUPS: "false",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://$(HOST_IP):4317",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
    });
  });

  test("runs this server: its image, and a memory limit that Node.js can run with", () => {
    expect(container.image).toMatch(/^lightfast-mcp:\d/);
    expect(container.resources).toEqual({
      requests: { cpu: "5m", memory: "16Mi" },
      limits: { cpu: "50m", memory: "128Mi" },
    });
  });
});

describe("values", () => {
  test("of extraEnv win over those of the chart, and each variable is set once", () => {
    const { container, values } = render(
      "lfx-mcp",
      'app.extraEnv=[{"name":"LFXMCP_DRAIN_DELAY","value":"3"},{"name":"LIGHTFAST_TIMEOUT","value":"60000"}]',
    );
    expect(values.get("LFXMCP_DRAIN_DELAY")).toBe("3");
    expect(values.get("LIGHTFAST_TIMEOUT")).toBe("60000");
    expect(container.env).toHaveLength(values.size);
  });

  test("choose tools and hosts on both platforms", () => {
    const set = [
      "readOnly=true",
      'excludeTools=["a","b"]',
      'allowInsecureHttp=["api.lan"]',
      'allowedHosts=["mcp.lan"]',
    ];
    const lightfast = render("lightfast-mcp", ...set).values;
    const lfx = render("lfx-mcp", ...set, 'app.toolsets="committees,lens"').values;
    expect(Object.fromEntries(lightfast)).toMatchObject({
      LIGHTFAST_MCP_READ_ONLY: "true",
      LIGHTFAST_MCP_EXCLUDE_TOOLS: "a,b",
      LIGHTFAST_ALLOW_INSECURE_HTTP: "api.lan",
      MCP_ALLOWED_HOSTS: "mcp.lan",
    });
    expect(Object.fromEntries(lfx)).toMatchObject({
      LFXMCP_READ_ONLY: "true",
      LFXMCP_EXCLUDE_TOOLS: "a,b",
      LFXMCP_TOOLSETS: "committees,lens",
      LFXMCP_ALLOW_INSECURE_HTTP: "api.lan",
      LFXMCP_ALLOWED_HOSTS: "mcp.lan",
    });
  });

  test.each([
    [45, 15],
    [30, 5],
    [10, 0],
  ])("of a grace period of %i s leave a drain delay of %i s", (grace, drain) => {
    const { values } = render("lightfast-mcp", `terminationGracePeriodSeconds=${grace}`);
    expect(values.get("LIGHTFAST_MCP_DRAIN_DELAY")).toBe(String(drain));
  });

  test.each(["64Mi", "0.1Gi", "100M", "67108864", "134217728", "128Mi", "1Gi"])(
    "of a memory limit of %s are raised if Node.js cannot run with them",
    (limit) => {
      const { container } = render("lightfast-mcp", `resources.limits.memory="${limit}"`);
      const isEnough = ["134217728", "128Mi", "1Gi"].includes(limit);
      expect(container.resources.limits.memory).toBe(isEnough ? limit : "128Mi");
    },
  );

  test("add metrics for Prometheus, a check before the start, and callers with keys of their own", () => {
    const { manifests, pod, values } = render(
      "lightfast-mcp",
      "serviceMonitor.enabled=true",
      "checkBeforeStart=true",
      'lightfast.auth="api-key"',
    );
    expect(manifests.map(({ kind }) => kind)).toContain("ServiceMonitor");
    expect(pod.spec.initContainers).toMatchObject([{ name: "check", args: ["http", "--check"] }]);
    expect(values.get("LIGHTFAST_MCP_AUTH")).toBe("api-key");
    expect([...values.keys()]).not.toContain("SERVICE_JWT_SECRET");
  });
});

describe("the program starts with the rendered environment", () => {
  /** What the secrets of a cluster hold, by name and key. The OAuth client of LFX has a key and no secret. */
  const SECRETS: Readonly<Record<string, string>> = {
    "lightfast-mcp/service-jwt-secret": SECRET,
    "lfx-mcp-secrets/client_id": OWN_CLIENT,
    "lfx-mcp-secrets/client_private_key": SIGNING_KEY,
    "mcp-credentials/id": OWN_CLIENT,
    "mcp-credentials/key": SIGNING_KEY,
    "mcp-callers/nightly_key": API_KEY,
  };

  /** The environment as a kubelet makes it: secrets, fields of the pod, and `$(NAME)` of variables before. */
  function environmentOf({ env }: Container): Record<string, string> {
    const result: Record<string, string> = {};
    for (const { name, value, valueFrom } of env) {
      const { secretKeyRef, fieldRef } = valueFrom ?? {};
      const found = secretKeyRef
        ? SECRETS[`${secretKeyRef.name}/${secretKeyRef.key}`]
        : fieldRef && "127.0.0.1";
      const text = value ?? found;
      if (text === undefined && !secretKeyRef?.optional) throw new Error(`${name} has no value`);
      if (text !== undefined)
        result[name] = text.replaceAll(/\$\((\w+)\)/g, (all, other: string) => result[other] ?? all);
    }
    return result;
  }

  /** Starts a container's entry point. `fakes` are the loopback addresses that replace those of the values. */
  function spawnEntry(container: Container, fakes: Readonly<Record<string, string>>) {
    const env = Object.fromEntries(
      Object.entries(environmentOf(container)).map(([name, value]) => [
        name,
        // Other programs may use the ports of the values on this machine.
        /_PORT$/.test(name) ? "0" : (fakes[value] ?? value),
      ]),
    );
    const child = spawn(process.execPath, [`${ROOT}deploy/image/start.mjs`, ...(container.args ?? [])], {
      env: { PATH: process.env.PATH ?? "", ...env },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  }

  function start(container: Container, fakes: Readonly<Record<string, string>>): Promise<Hosted> {
    return untilListening(spawnEntry(container, fakes));
  }

  /** Runs the init container, which fails if a service does not answer as the settings need it. */
  async function check(release: ReleaseName, fakes: Readonly<Record<string, string>>): Promise<void> {
    const [container] = render(release, "checkBeforeStart=true").pod.spec.initContainers ?? [];
    if (!container) throw new Error("there is no init container");
    const child = spawnEntry(container, fakes);
    const { code, stdout, stderr } = await finished(child);
    expect([code, stdout, stderr]).toEqual([0, expect.stringContaining("ok"), expect.any(String)]);
  }

  /** Asks under a name of the cluster: the health of the pod without credentials, its tools with a bearer value. */
  async function askInCluster(release: Release, server: Hosted, bearer: string): Promise<string[]> {
    const { name } = release.one("Service").metadata;
    const origin = `http://${name}.tools.svc.cluster.local:8080`;
    const send = throughPort(origin, Number(new URL(server.url).port));
    for (const { httpGet } of [release.container.livenessProbe, release.container.readinessProbe])
      expect([httpGet.path, (await send(`${origin}${httpGet.path}`)).status]).toEqual([httpGet.path, 200]);
    const response = await send(`${origin}/mcp`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(response.status).toBe(200);
    const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
    return result.tools.map((tool) => tool.name);
  }

  test("of Lightfast", async () => {
    const resource = "https://mcp.example.com/mcp";
    const app = await startFakeApp({ secret: SECRET, resource });
    onTestFinished(() => app.stop().catch(() => {}));
    const grant = { clientId: "mcp_client_1", orgId: "org_1", userId: "user_1", active: true };
    app.grants.set("mcp_grant_1", grant as never);
    const auth = await authorizationServer({ alg: "ES256" });
    const fakes = {
      "https://auth.example.com": auth.issuer,
      "https://auth.example.com/.well-known/jwks.json": auth.jwksUrl,
      "https://app.example.com": app.url.origin,
    };
    await check("lightfast-mcp", fakes);
    const release = render("lightfast-mcp");
    const server = await start(release.container, fakes);
    const bearer = await auth.sign({
      ...{ sub: "user_1", user_id: "user_1", org_id: "org_1", grant_id: "mcp_grant_1" },
      ...{ client_id: "mcp_client_1", aud: resource, scope: "mcp:system:read", token_use: "mcp_access" },
    });
    expect(await askInCluster(release, server, bearer)).toContain("lightfast_system_health");
    const [, metricsPort] = /"metricsUrl":"[^"]*:(\d+)\/metrics"/.exec(server.log()) ?? [];
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(await metrics.text()).toContain("process_resident_memory_bytes");
  });

  test.each<
    [ReleaseName, string, Readonly<Record<string, "issuer" | "tokens" | "lfx" | "onboarding" | "lens">>]
  >([
    [
      "lfx-mcp",
      "https://lfx-mcp.example.com/mcp",
      {
        "https://auth.example.com/": "issuer",
        "https://auth.example.com/oauth/token": "tokens",
        "https://lfx-api.example.com/": "lfx",
      },
    ],
    [
      "mcp",
      "https://mcp.lfx.test/mcp",
      {
        "https://sso.lfx.test/,https://old-sso.lfx.test/": "issuer",
        "https://sso.lfx.test/oauth/token": "tokens",
        "https://lfx-api.lfx.test/": "lfx",
        "http://onboarding.onboarding.svc.cluster.local": "onboarding",
        "http://lens.lens.svc.cluster.local": "lens",
      },
    ],
  ])("of LFX, release %s", async (name, resource, hosts) => {
    const lfx = await fakeLfx();
    lfx.register(resource);
    const { auth, urls } = lfx;
    const urlOf = { issuer: auth.issuer, tokens: auth.tokenEndpoint, ...urls };
    const fakes = Object.fromEntries(Object.entries(hosts).map(([value, fake]) => [value, urlOf[fake]]));
    await check(name, fakes);
    const release = render(name);
    const server = await start(release.container, fakes);
    const bearer = await bearerValues({ auth, url: resource })["user read"]();
    expect(await askInCluster(release, server, bearer)).toContain("search_projects");
    expect(await server.stop()).toBe(0);
    expectNoSecrets(server.log());
  });
});
