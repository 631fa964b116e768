import { once } from "node:events";
import { get } from "node:http";
import { describe, expect, test } from "vitest";
import { hosted, ISSUER, RESOURCE, serveHttp, tokenOf } from "../../support/http-program.ts";
import { run, start } from "../../support/program.ts";

function post(url: string, message: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });
}

function call(name: string, args: object = {}) {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: args },
  };
}

type Answered = {
  result: {
    structuredContent: Record<string, unknown>;
    tools: { name: string }[];
    content: { text: string }[];
    _meta: Record<string, Record<string, unknown>>;
    [field: string]: unknown;
  };
  error: { code: number };
};

async function answered(response: Response): Promise<Answered> {
  return (await response.json()) as Answered;
}

/** The status of a GET with a Host header, which `fetch` does not allow. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const [response] = await once(get(url, { headers: { host } }), "response");
  response.resume();
  return response.statusCode;
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

test("all configuration errors are reported at once, and nothing insecure starts", async () => {
  const { code, stderr } = await run(["http", "--port", "x", "--auth", "oauth", "--host", "0.0.0.0"], {
    SERVICE_JWT_SECRET: "short",
  });
  expect(code).toBe(1);
  for (const text of [
    "--port must be",
    "--resource-url",
    "--issuer",
    "SERVICE_JWT_SECRET must have at least 32",
  ])
    expect(stderr).toContain(text);
  expect(stderr.trim().split("\n")).toHaveLength(4);
  const open = await run(["http", "--auth", "none", "--host", "0.0.0.0", "--resource-url", RESOURCE], {
    LIGHTFAST_SANDBOX: "1",
  });
  expect(open).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--auth none is only allowed on loopback addresses"),
  });
});

describe("with access tokens", () => {
  test("calls are verified, made on behalf of the caller, and audited", async () => {
    const { url, app, log, stop } = await hosted();
    const token = await tokenOf();
    const created = await answered(
      await post(url, call("lightfast_signals_create", { input: " hello " }), bearer(token)),
    );
    expect(created.result.structuredContent).toMatchObject({ status: "queued" });
    const { id } = created.result.structuredContent;
    const got = await answered(await post(url, call("lightfast_signals_get", { id }), bearer(token)));
    expect(got.result.structuredContent).toMatchObject({ id, input: "hello" });
    const health = await answered(await post(url, call("lightfast_system_health"), bearer(token)));
    expect(health.result.structuredContent.status).toBe("ok");
    await app.stored(3);
    expect(app.audited.map((event) => (event as { eventName: string }).eventName).sort()).toEqual([
      "mcp.signals.create",
      "mcp.signals.get",
      "mcp.system.health",
    ]);
    expect(app.faults).toEqual([]);
    expect(log()).not.toContain(token);
    expect(log()).not.toContain("hello");
    expect(await stop()).toBe(0);
  });

  test("a signal is read by reference like by its tool: on behalf of the caller, by scope, audited", async () => {
    const { url, app, log } = await hosted();
    const headers = bearer(await tokenOf());
    const read = (uri: string, caller = headers) =>
      post(url, { jsonrpc: "2.0", id: 1, method: "resources/read", params: { uri } }, caller);
    const created = await answered(
      await post(url, call("lightfast_signals_create", { input: "hello" }), headers),
    );
    const { id } = created.result.structuredContent;
    const uri = `lightfast://signals/${id}`;
    const got = (await (await read(uri)).json()) as { result: { contents: { text: string }[] } };
    expect(JSON.parse(got.result.contents[0]?.text ?? "")).toMatchObject({ id, input: "hello" });
    const writer = bearer(await tokenOf({ scope: "mcp:signals:write" }));
    expect(await (await read(uri, writer)).json()).toMatchObject({
      error: { code: -32603, data: { uri, code: "insufficient_scope" } },
    });
    await app.stored(3);
    expect(app.audited).toMatchObject([
      { eventName: "mcp.signals.create", outcome: "success" },
      { eventName: "mcp.signals.get", outcome: "success" },
      { eventName: "mcp.signals.get", outcome: "denied" },
    ]);
    expect(log()).not.toContain("hello");
  });

  test("skills are those of the caller's scopes", async () => {
    const { url } = await hosted();
    const list = async (method: string, scope: string) => {
      const message = { jsonrpc: "2.0", id: 1, method, params: {} };
      return (await post(url, message, bearer(await tokenOf({ scope })))).text();
    };
    for (const method of ["skills/list", "resources/list"]) {
      expect(await list(method, "mcp:signals:read")).toContain("skill://lightfast-act-on-signals/SKILL.md");
      expect(await list(method, "mcp:signals:read")).not.toContain("lightfast-record-signals");
      expect(await list(method, "mcp:system:read")).not.toContain("skill://");
    }
  });

  test("without a token the challenge has no error and the URL of the metadata", async () => {
    const { url } = await hosted();
    for (const response of [
      await post(url, call("lightfast_system_health")),
      await fetch(url),
      await fetch(url, { method: "DELETE" }),
    ]) {
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe(
        'Bearer resource_metadata="https://mcp.lightfast.test/.well-known/oauth-protected-resource/mcp", scope="mcp:signals:read mcp:signals:write mcp:system:read"',
      );
      expect(await response.json()).toEqual({
        error: "missing_token",
        error_description: "Bearer token is required.",
      });
    }
    for (const path of ["", "/mcp"]) {
      const metadata = await fetch(new URL(`/.well-known/oauth-protected-resource${path}`, url), {
        headers: { origin: "https://anywhere.test" },
      });
      expect(metadata.headers.get("access-control-allow-origin")).toBe("*");
      expect(metadata.headers.get("cache-control")).toBe("no-store");
      expect(await metadata.json()).toMatchObject({
        resource: RESOURCE,
        authorization_servers: [ISSUER],
        bearer_methods_supported: ["header"],
      });
    }
  });

  const INVALID_TOKENS: readonly (readonly [what: string, make: () => Promise<string>])[] = [
    ["with a foreign signature", () => tokenOf({}, "another secret of thirty-two characters!")],
    ["for another resource", () => tokenOf({ aud: "https://mcp.lightfast.test/mcp2" })],
    ["of another issuer", () => tokenOf({ iss: "https://evil.test" })],
    ["valid for an hour", async () => tokenOf({ exp: Math.floor(Date.now() / 1000) + 3600 })],
    ["whose subject is not its user", () => tokenOf({ sub: "user_2" })],
    ["without a known scope", () => tokenOf({ scope: "everything" })],
    [
      "without a signature",
      async () => `${btoa('{"alg":"none"}').replaceAll("=", "")}.${(await tokenOf()).split(".")[1]}.`,
    ],
  ];

  test("an invalid token gets 401 invalid_token", async () => {
    const { url, app } = await hosted();
    for (const [what, make] of INVALID_TOKENS) {
      const response = await post(url, call("lightfast_system_health"), bearer(await make()));
      expect([what, response.status]).toEqual([what, 401]);
      expect(response.headers.get("www-authenticate")).toMatch(
        /^Bearer error="invalid_token", error_description="Bearer token is invalid\."/,
      );
    }
    expect(app.requests).toHaveLength(0);
  });

  test("a revoked grant ends immediately; if the app is down, callers get 503 without a challenge", async () => {
    const { url, app } = await hosted();
    const headers = bearer(await tokenOf());
    expect((await post(url, call("lightfast_system_health"), headers)).status).toBe(200);
    app.grants.clear();
    expect((await post(url, call("lightfast_system_health"), headers)).status).toBe(401);
    await app.stop();
    const down = await post(url, call("lightfast_system_health"), headers);
    expect(down.status).toBe(503);
    expect(down.headers.get("retry-after")).toBe("2");
    expect(down.headers.get("www-authenticate")).toBeNull();
    expect(await down.json()).toEqual({
      error: "service_unavailable",
      error_description: "MCP authorization grant validation is temporarily unavailable.",
    });
  });

  test("tools are listed by scope, and others are rejected before the app is called", async () => {
    const { url, app } = await hosted();
    const headers = bearer(await tokenOf({ scope: "mcp:system:read" }));
    const list = await answered(await post(url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, headers));
    expect(list.result.tools.map((tool) => tool.name)).toEqual(["lightfast_system_health"]);
    const response = await post(url, call("lightfast_signals_create", { input: "x" }), headers);
    expect(response.status).toBe(200);
    const { result } = await answered(response);
    expect(result).toMatchObject({
      isError: true,
      _meta: { "ai.lightfast/error": { code: "insufficient_scope" } },
    });
    expect(result.content[0]?.text).toContain("mcp:signals:write");
    await app.stored(1);
    expect(app.requests.filter(({ path }) => path === "/signals")).toHaveLength(0);
  });
});

describe("requests", () => {
  const open = () => serveHttp(["--auth", "none"], { LIGHTFAST_SANDBOX: "1" });
  const meta = {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  const modern = { "mcp-protocol-version": "2026-07-28" };

  test("of both eras get JSON, or an event stream if nothing else is accepted", async () => {
    const { url } = await open();
    const legacy = await post(url, {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25" },
    });
    expect(legacy.headers.get("content-type")).toBe("application/json");
    expect((await answered(legacy)).result.protocolVersion).toBe("2025-11-25");
    const discover = await post(
      `${url}/`,
      { jsonrpc: "2.0", id: 1, method: "server/discover", params: meta },
      { ...modern, "mcp-method": "server/discover" },
    );
    expect((await answered(discover)).result.supportedVersions).toEqual([
      "2026-07-28",
      "2025-11-25",
      "2025-06-18",
      "2025-03-26",
      "2024-11-05",
      "2024-10-07",
    ]);
    const stream = await post(
      url,
      { jsonrpc: "2.0", id: 1, method: "ping" },
      { accept: "text/event-stream" },
    );
    expect(await stream.text()).toBe('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n');
    expect((await post(url, { jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
  });

  const INVALID_REQUESTS: readonly (readonly [number, number, unknown, Record<string, string>])[] = [
    [400, -32700, "{", {}],
    [400, -32600, "[]", {}],
    [400, -32022, { jsonrpc: "2.0", id: 1, method: "ping" }, { "mcp-protocol-version": "1999-01-01" }],
    [400, -32020, { jsonrpc: "2.0", id: 1, method: "tools/list", params: meta }, modern],
    [
      400,
      -32020,
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...meta, name: "a" } },
      { ...modern, "mcp-method": "tools/call", "mcp-name": "b" },
    ],
    [
      404,
      -32601,
      { jsonrpc: "2.0", id: 1, method: "ping", params: meta },
      { ...modern, "mcp-method": "ping" },
    ],
    [406, -32600, { jsonrpc: "2.0", id: 1, method: "ping" }, { accept: "text/html" }],
    [415, -32600, { jsonrpc: "2.0", id: 1, method: "ping" }, { "content-type": "text/plain" }],
    [413, -32600, `"${"x".repeat(1024 * 1024)}"`, {}],
  ];

  test("that are invalid get their status and error", async () => {
    const { url } = await open();
    for (const [status, code, message, headers] of INVALID_REQUESTS) {
      const response = await post(url, message, headers);
      expect([response.status, (await answered(response)).error.code]).toEqual([status, code]);
    }
  });

  test("of foreign pages and for foreign hosts are rejected, probes are not", async () => {
    const { url } = await open();
    expect((await post(url, "{}", { origin: "https://evil.test" })).status).toBe(403);
    expect(await statusFor(url, "evil.test")).toBe(403);
    expect(await statusFor(new URL("/livez", url).href, "10.0.0.7")).toBe(200);
    expect(await (await fetch(new URL("/metrics", url))).text()).toContain(
      "mcp_http_request_duration_seconds",
    );
    expect(await (await fetch(new URL("/", url))).text()).toContain("Add to Cursor");
    const id = await fetch(url, { headers: { "x-request-id": "mine-1" } });
    expect(id.status).toBe(405);
    expect(id.headers.get("allow")).toBe("POST, OPTIONS");
    expect(id.headers.get("x-request-id")).toBe("mine-1");
  });
});

test("with API keys, REST v1 is called with each caller's own key", async () => {
  const sandbox = start(["sandbox", "--port", "0"]);
  const [lines] = await once(sandbox.stdout.setEncoding("utf8"), "data");
  const origin = /LIGHTFAST_BASE_URL=(\S+)/.exec(String(lines))?.[1] ?? "";
  const { url } = await serveHttp(["--auth", "api-key"], { LIGHTFAST_BASE_URL: origin });
  const good = await answered(await post(url, call("lightfast_system_health"), bearer("lf_sandbox")));
  expect(good.result.structuredContent.status).toBe("ok");
  const expired = await answered(
    await post(url, call("lightfast_system_health"), bearer("lf_sandbox_expired")),
  );
  expect(expired.result._meta["ai.lightfast/error"]?.code).toBe("invalid_token");
  // The next step is the caller's: the variables of the server are not theirs.
  expect(JSON.stringify(expired.result.content)).toMatch(/configuration of this server, as the header/);
  expect((await post(url, call("lightfast_system_health"), bearer("nonsense"))).status).toBe(401);
});

test("with API keys and the sandbox, calls go to the sandbox", async () => {
  const { url } = await serveHttp(["--auth", "api-key"], { LIGHTFAST_SANDBOX: "1" });
  const good = await answered(await post(url, call("lightfast_system_health"), bearer("lf_sandbox")));
  expect(good.result.structuredContent.status).toBe("ok");
});

test.each([" ", `\${LIGHTFAST_LOG_LEVEL}`])(
  "requests are logged if LIGHTFAST_LOG_LEVEL is %j",
  async (level) => {
    const { url, log, stop } = await serveHttp(["--auth", "none"], {
      LIGHTFAST_SANDBOX: "1",
      LIGHTFAST_LOG_LEVEL: level,
    });
    expect((await fetch(new URL("/", url))).status).toBe(200);
    expect(await stop()).toBe(0);
    expect(log()).toMatch(/"path":"\/","status":200,.*"msg":"request"/);
  },
);

test("with access tokens, no API key or base URL is read and no sandbox is started", async () => {
  const { url, log, stop } = await serveHttp(["--issuer", ISSUER, "--resource-url", RESOURCE], {
    SERVICE_JWT_SECRET: "a secret of more than thirty-two characters",
    LIGHTFAST_API_KEY: "not a key",
    LIGHTFAST_BASE_URL: "not a URL",
    LIGHTFAST_SANDBOX: "1",
  });
  expect((await fetch(new URL("/readyz", url))).status).toBe(200);
  expect(await stop()).toBe(0);
  expect(log()).not.toContain("LIGHTFAST_");
});

test("the log on stdout says what is served, who called what with which outcome, and what is wrong", async () => {
  const server = await hosted();
  const { url, app, lines } = server;
  const token = await tokenOf();
  const trace = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, "user-agent": "codex/0.171" };
  const create = call("lightfast_signals_create", { input: "a text of the caller" });
  const created = await answered(
    await post(url, create, { ...bearer(token), ...trace, "x-request-id": "r-1" }),
  );
  await post(url, call("lightfast_signals_get", { id: "x" }), { ...bearer(token), "x-request-id": "r-2" });
  await post(url, create, { ...bearer(await tokenOf({ exp: 1 })), "x-request-id": "r-3" });
  await app.stop();
  await post(url, create, { ...bearer(token), "x-request-id": "r-4" });
  expect(await server.stop()).toBe(0);

  expect(lines()[0]).toMatchObject({
    level: "info",
    msg: "listening",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    platform: "lightfast",
    auth: "oauth",
    url,
    publicUrl: RESOURCE,
    metricsUrl: url.replace("/mcp", "/metrics"),
    settings: { issuer: ISSUER, "resource-url": RESOURCE, "log-level": "info", "grant-cache": "0" },
  });
  const caller = { user: "user_1", organization: "org_1", clientId: "mcp_client_1" };
  const of = (id: string) => lines().filter(({ requestId }) => requestId === id);
  expect(of("r-1")).toEqual([
    {
      level: "info",
      time: expect.any(String),
      msg: "call",
      tool: "lightfast_signals_create",
      outcome: "ok",
      ms: expect.any(Number),
      requestId: "r-1",
      trace_id: "a".repeat(32),
      span_id: "b".repeat(16),
      ...caller,
      clientName: "codex/0.171",
      ids: { id: created.result.structuredContent.id },
      auditId: expect.any(String),
    },
  ]);
  expect(of("r-2")).toMatchObject([{ level: "warn", msg: "call", outcome: "invalid_input", ...caller }]);
  expect(of("r-3")).toMatchObject([
    { level: "info", msg: "request", status: 401, reason: expect.any(String) },
  ]);
  expect(of("r-4")).toMatchObject([
    { level: "error", msg: "request", status: 503, reason: expect.stringContaining("grant check failed") },
  ]);
  expect(lines()).toContainEqual(
    expect.objectContaining({ level: "error", msg: "upstream unreachable", origin: app.url.origin }),
  );
  expect(server.log()).not.toContain("a text of the caller");
  expect(server.log()).not.toMatch(/eyJ|a secret of more/);
});
