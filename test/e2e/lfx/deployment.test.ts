import { describe, expect, onTestFinished, test } from "vitest";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { type FakeLfx, fakeLfx } from "../../fakes/lfx/start.ts";
import { type Hosted, serveProgram } from "../../support/http-program.ts";
import { ALL_TOOLS } from "../../support/lfx/arguments.ts";
import {
  bearerValues,
  call,
  connectWithSignIn,
  listToolNames,
  recordingFetch,
} from "../../support/lfx/client.ts";
import { API_KEY, expectNoSecrets, upstreamEnvironment } from "../../support/lfx/program.ts";
import { run } from "../../support/program.ts";
import { throughPort } from "../../support/public-address.ts";

const PUBLIC_URL = "https://mcp.lfx.test/mcp";

/** Every setting of a deployment made for the original LFX MCP server. */
function environmentOf(lfx: FakeLfx) {
  return {
    ...upstreamEnvironment(lfx),
    LFXMCP_MODE: "http",
    LFXMCP_HTTP_HOST: "0.0.0.0",
    LFXMCP_HTTP_PORT: "0",
    LFXMCP_MCP_API_PUBLIC_URL: PUBLIC_URL,
    LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer,
    LFXMCP_MCP_API_SCOPES: "openid,profile,email,read:all,manage:all",
    LFXMCP_TOOLS: ALL_TOOLS.join(", "),
    LFXMCP_DEBUG: "false",
    LFXMCP_DEBUG_TRAFFIC: "false",
    LFXMCP_COMMITTEES_AS_GROUPS: "false",
    LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY,
    LFXMCP_SOMETHING_LATER: "is ignored",
    OTEL_SERVICE_NAME: "lfx-mcp-server",
    OTEL_TRACES_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
  };
}

async function deployed(): Promise<FakeLfx & Hosted & { readonly port: number }> {
  const lfx = await fakeLfx();
  const hosted = await serveProgram(["lfx"], environmentOf(lfx));
  lfx.register(PUBLIC_URL);
  onTestFinished(() => {
    expectNoSecrets(hosted.log());
    expect(lfx.faults).toEqual([]);
  });
  return { ...lfx, ...hosted, url: PUBLIC_URL, port: Number(new URL(hosted.url).port) };
}

describe("the settings of an existing deployment", () => {
  test("start the same server under its public URL", async () => {
    const lfx = await deployed();
    const send = throughPort(PUBLIC_URL, lfx.port);
    const client = await connectWithSignIn(lfx, { login: "alice" }, send);
    expect(await listToolNames(client)).toHaveLength(47);
    const found = await call(client, "search_projects");
    expect(JSON.stringify(found.structuredContent)).toContain("project of alice");
    expect(lfx.journal.take()).toContain("mcp > auth: token exchange for lfx as alice, by private_key_jwt");
    const metadata = await send("https://mcp.lfx.test/.well-known/oauth-protected-resource");
    expect(await metadata.json()).toMatchObject({ resource: PUBLIC_URL });
    for (const path of ["/livez", "/readyz"]) expect((await fetch(`http://127.0.0.1:${lfx.port}${path}`)).ok);
    expect(await lfx.stop()).toBe(0);
  });

  test("serve every host, such as the names of a cluster, but no page of another origin", async () => {
    const lfx = await deployed();
    const bearer = await bearerValues(lfx)["user read"]();
    const ask = (url: string, headers: Record<string, string> = {}) =>
      recordingFetch(
        url,
        lfx.journal,
        throughPort(url, lfx.port),
      )(url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${bearer}`, ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      });
    const inCluster = "http://lfx-mcp.ns.svc.cluster.local:8080/mcp";
    for (const url of [PUBLIC_URL, inCluster, `http://127.0.0.1:${lfx.port}/mcp`])
      expect([url, (await ask(url)).status]).toEqual([url, 200]);
    const foreign = { origin: new URL(inCluster).origin };
    expect((await ask(inCluster, foreign)).status).toBe(403);
  });
});

test.each([undefined, "", "  "])(
  "with the auth servers %j, only tokens of LFX's own are accepted",
  async (servers) => {
    const lfx = await fakeLfx();
    const { LFXMCP_MCP_API_AUTH_SERVERS: _, ...env } = environmentOf(lfx);
    const given = servers === undefined ? env : { ...env, LFXMCP_MCP_API_AUTH_SERVERS: servers };
    const { url } = await serveProgram(["lfx"], given);
    lfx.register(PUBLIC_URL);
    const { origin } = new URL(url);
    const metadata = await fetch(new URL("/.well-known/oauth-protected-resource", origin));
    expect(await metadata.json()).toMatchObject({
      resource: PUBLIC_URL,
      authorization_servers: ["https://sso.linuxfoundation.org/"],
    });
    const token = await lfx.auth.sign({
      sub: "rita",
      aud: PUBLIC_URL,
      scope: "manage:all",
      client_id: "a client",
    });
    for (const authorization of [undefined, `Bearer ${token}`]) {
      const { status } = await fetch(new URL("/mcp", origin), {
        method: "POST",
        headers: { "content-type": "application/json", ...(authorization && { authorization }) },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      });
      expect(status).toBe(401);
    }
  },
);

test("a command line of the original starts the same server, and warns of secrets in it", async () => {
  const lfx = await fakeLfx({ hasSecret: true });
  const { LFXMCP_CLIENT_SECRET: secret = "", ...upstream } = upstreamEnvironment(lfx, true);
  const env = { LFXMCP_HTTP_HOST: "127.0.0.1", LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY };
  const flags = Object.entries(upstream).map(([name, value]) => `-${name.slice(7).toLowerCase()}=${value}`);
  const hosted = await serveProgram(
    [
      ...["lfx", "-mode=http", "-http.host=0.0.0.0", "-http.port", "0", ...flags, "--client_secret", secret],
      ...[`-mcp_api.public_url=${PUBLIC_URL}`, "-mcp_api.auth_servers", lfx.auth.issuer],
      ...["-tools=search_projects,get_group", "-debug=false", "-committees_as_groups"],
    ],
    env,
  );
  lfx.register(PUBLIC_URL);
  // The variable overrides the flag.
  expect(hosted.lines()[0]).toMatchObject({
    settings: { host: "127.0.0.1", tools: "search_projects,get_group" },
  });
  expect(hosted.log()).toContain("-client_secret can be read by everyone who can list the processes");
  const port = Number(new URL(hosted.url).port);
  const send = throughPort(PUBLIC_URL, port);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  const client = await connectWithSignIn({ ...lfx, url: PUBLIC_URL }, { login: "alice" }, send);
  expect(await listToolNames(client)).toEqual(["get_group", "search_projects"]);
  expect(await call(client, "search_projects")).not.toHaveProperty("isError");
  expect(lfx.journal.take()).toContain("mcp > auth: token exchange for lfx as alice, by client_secret_post");
  expectNoSecrets(hosted.log());
  expect(await hosted.stop()).toBe(0);
});

test("the environment of the original's chart with nothing but keys starts, and serves callers in the cluster", async () => {
  const lfx = await fakeLfx();
  const hosted = await serveProgram(["lfx"], {
    ...environmentOf(lfx),
    LFXMCP_MCP_API_PUBLIC_URL: "https:///mcp",
    LFXMCP_MCP_API_AUTH_SERVERS: "",
    LFXMCP_LENS_API_AUDIENCE: "",
    LFXMCP_ONBOARDING_API_URL: "",
    LFXMCP_CLIENT_SECRET: "",
    "LFXMCP_API_CREDENTIALS_NIGHTLY-JOB": `${API_KEY}!`,
  });
  const { port } = new URL(hosted.url);
  const url = "http://lfx-mcp.ns.svc.cluster.local:8080/mcp";
  for (const key of [API_KEY, `${API_KEY}!`, "no key at all"]) {
    const { status } = await throughPort(url, Number(port))(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "search_projects" },
      }),
    });
    expect([key, status]).toEqual([key, key.startsWith(API_KEY) ? 200 : 401]);
  }
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  expect(await hosted.stop()).toBe(0);
});

const HTTP = { LFXMCP_MODE: "http" };

type Answer = ToolResult & { readonly tools?: readonly { readonly name: string }[] };

/** Sends one request to a server on this machine. */
async function post(url: string, method: string, params: object, key?: string) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const body = response.ok ? ((await response.json()) as { readonly result: Answer }) : undefined;
  return { status: response.status, result: body?.result };
}

/** What the chart of the original sets with none of its values. */
const EMPTY_CHART = {
  ...HTTP,
  LFXMCP_HTTP_HOST: "0.0.0.0",
  LFXMCP_MCP_API_PUBLIC_URL: "https:///mcp",
  LFXMCP_MCP_API_AUTH_SERVERS: "",
  LFXMCP_TOKEN_ENDPOINT: "",
  LFXMCP_LFX_API_URL: "",
  LFXMCP_CLIENT_ID: "lfx-mcp",
  LFXMCP_CLIENT_SECRET: "the secret of the client",
};

/** Incomplete settings, the number of their warnings, and what a call says to set. */
const INCOMPLETE: readonly [
  what: string,
  args: readonly string[],
  env: Record<string, string>,
  warnings: number,
  needs: string,
][] = [
  ["-mode=http and nothing else", ["-mode=http"], {}, 1, "LFXMCP_LFX_API_URL, LFXMCP_CLIENT_ID"],
  ["the original's chart with no values", [], EMPTY_CHART, 3, "LFXMCP_LFX_API_URL, LFXMCP_CLIENT_ID"],
  [
    "half an OAuth client",
    [],
    { ...HTTP, LFXMCP_LFX_API_URL: "https://lfx.test", LFXMCP_CLIENT_ID: "lfx-mcp" },
    1,
    "LFXMCP_CLIENT_ID",
  ],
  ["--auth none", ["http", "--auth", "none"], {}, 1, "LFXMCP_LFX_API_URL, LFXMCP_CLIENT_ID"],
];

test.each(INCOMPLETE)("%s: starts, lists the tools, and each call says what to set", async (...row) => {
  const [, args, env, warnings, needs] = row;
  const isOpen = args.includes("none");
  const key = isOpen ? undefined : API_KEY;
  const keys = key === undefined ? {} : { LFXMCP_API_CREDENTIALS_NIGHTLY: key };
  const server = await serveProgram(["lfx", ...args], { LFXMCP_HTTP_PORT: "0", ...env, ...keys });
  expect(server.lines().filter(({ level }) => level === "warn")).toHaveLength(warnings);
  const url = `http://127.0.0.1:${new URL(server.url).port}/mcp`;
  for (const path of ["/livez", "/readyz"]) expect((await fetch(new URL(path, url))).status).toBe(200);
  if (!isOpen)
    for (const wrong of [undefined, "no key at all"])
      expect((await post(url, "tools/list", {}, wrong)).status).toBe(401);
  const { result } = await post(url, "tools/list", {}, key);
  const names = result?.tools?.map(({ name }) => name);
  const { tools } = JSON.parse((await run(["lfx", "tools", "--json"], {})).stdout) as Required<Answer>;
  // Those of the standard metrics are off by default. A key has no profile, and does not open LFX Lens.
  const hidden = isOpen ? /standard_metrics/ : /standard_metrics|lens|semantic|user_info/;
  expect(names).toEqual(tools.map(({ name }) => name).filter((name) => !hidden.test(name)));
  const called = await post(url, "tools/call", { name: "search_projects", arguments: {} }, key);
  expect(called.result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(`^missing_token: .*Nothing was sent\\. Set ${needs}`) }],
  });
  expect(called.result?.content[0]?.text).not.toContain("LFXMCP_LFX_TOKEN");
  expect(await server.stop()).toBe(0);
  expectNoSecrets(server.log(), ["the secret of the client"]);
});

/** Invalid settings, and the lines that report them. */
const INVALID: readonly [what: string, env: Record<string, string>, errors: readonly string[]][] = [
  ["an unknown mode", { LFXMCP_MODE: "sse" }, ["LFXMCP_MODE must be one of stdio, http"]],
  [
    "http on all addresses without a public URL, and incomplete settings",
    {
      ...HTTP,
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_HTTP_PORT: "eighty",
      LFXMCP_MCP_API_AUTH_SERVERS: "https://sso.lfx.test/,,",
      LFXMCP_LFX_API_URL: "http://lfx.test",
      LFXMCP_CLIENT_ID: "lfx-mcp",
      LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: "no key at all",
      LFXMCP_LENS_API_URL: "https://lens.lfx.test",
      LFXMCP_TOOLS: " ",
      LFXMCP_ONBOARDING_API_AUDIENCE: "urn:onboarding",
      LFXMCP_COMMITTEES_AS_GROUPS: "perhaps",
    },
    [
      "LFXMCP_HTTP_PORT must be a whole number",
      "LFXMCP_MCP_API_PUBLIC_URL) is required",
      "LFXMCP_MCP_API_AUTH_SERVERS has a blank entry",
      "LFXMCP_LFX_API_URL must be an https URL",
      "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY must be a private RSA key",
      "also require LFXMCP_TOKEN_ENDPOINT",
      "LFXMCP_TOOLS is empty",
      "LFXMCP_LENS_API_URL also requires LFXMCP_LENS_API_AUDIENCE",
      "LFXMCP_ONBOARDING_API_AUDIENCE also requires LFXMCP_ONBOARDING_API_URL",
      "LFXMCP_COMMITTEES_AS_GROUPS must be 1 or 0",
    ],
  ],
  [
    "a user's own token over HTTP",
    {
      ...HTTP,
      LFXMCP_MCP_API_AUTH_SERVERS: "https://sso.lfx.test/",
      LFXMCP_LFX_API_URL: "https://lfx.test",
      LFXMCP_LFX_TOKEN: "the token of one user",
    },
    ["LFXMCP_LFX_TOKEN is one user's own token"],
  ],
];

test.each(INVALID)("%s: all errors are reported at once, and nothing starts", async (_, env, errors) => {
  const { code, stdout, stderr } = await run(["lfx"], env);
  expect([code, stdout]).toEqual([1, ""]);
  for (const text of errors) expect(stderr).toContain(text);
  expect(stderr.trim().split("\n")).toHaveLength(errors.length);
  expectNoSecrets(stderr, ["no key at all", "the token of one user"]);
});

test("--auth none serves loopback addresses only", async () => {
  const lfx = await fakeLfx();
  const local = await serveProgram(
    ["lfx", "http", "--port", "0", "--auth", "none"],
    upstreamEnvironment(lfx),
  );
  const { status } = await fetch(local.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(status).toBe(200);
  const { code, stderr } = await run(["lfx", "http", "--auth", "none", "--host", "0.0.0.0"], {
    ...upstreamEnvironment(lfx),
    LFXMCP_MCP_API_PUBLIC_URL: PUBLIC_URL,
  });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("--auth none is only allowed on loopback addresses"),
  ]);
});
