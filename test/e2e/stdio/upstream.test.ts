import { expect, test } from "vitest";
import { connect, type Environment, type Peer, run } from "../../support/program.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
  endless,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../support/scripted-server.ts";
import { CERTIFICATE, playSilence, playTls, playTunnel } from "../../support/tls-server.ts";

const KEY = "lf_test_0123456789abcdef";
const ID = "signal_00000000-0000-0000-0000-000000000000";
const HEALTHY = { status: "ok", timestamp: "2026-01-01T00:00:00.000Z", version: "0.1.0" };
const CREATED = { id: ID, status: "queued", visibilityScope: "user" };

type Outcome = {
  text: string;
  structured: Record<string, unknown> | undefined;
  facts: Record<string, unknown> | undefined;
  stderr: string;
  all: string;
};

/** One call of the installed program, over its pipes. */
async function call(
  origin: string,
  tool: string,
  args: object = {},
  env: Environment = {},
): Promise<Outcome> {
  const peer = open(origin, env);
  const outcome = await callWith(peer, tool, args);
  const { stdout, stderr } = await peer.end();
  return { ...outcome, stderr, all: stdout + stderr };
}

function open(origin: string, env: Environment = {}): Peer {
  return connect([], {
    LIGHTFAST_API_KEY: KEY,
    LIGHTFAST_BASE_URL: origin,
    LIGHTFAST_LOG_LEVEL: "debug",
    ...env,
  });
}

async function callWith(
  peer: Peer,
  tool: string,
  args: object = {},
): Promise<Pick<Outcome, "text" | "structured" | "facts">> {
  const { result } = await peer.request("tools/call", { name: tool, arguments: args });
  const { content, structuredContent, _meta } = result as {
    content: { text: string }[];
    structuredContent?: Record<string, unknown>;
    _meta?: Record<string, Record<string, unknown>>;
  };
  return {
    text: content[0]?.text ?? "",
    structured: structuredContent,
    facts: _meta?.["ai.lightfast/error"],
  };
}

function health(origin: string, env: Environment = {}) {
  return call(origin, "lightfast_system_health", {}, env);
}
function create(origin: string, env: Environment = {}) {
  return call(origin, "lightfast_signals_create", { input: "hello" }, env);
}
function get(origin: string) {
  return call(origin, "lightfast_signals_get", { id: ID });
}

const SAFE = /safe to try again/;
const UNKNOWN = /unknown whether the request was processed/;

test("requests follow the contract and identify the client", async () => {
  const server = await playScript([json(202, CREATED), json(200, HEALTHY)]);
  const peer = connect([], { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: `${server.origin}/sub/api/v1//` });
  await peer.request("initialize", {
    protocolVersion: "2025-11-25",
    clientInfo: { name: "Claude Code\r\nX-Evil: 1", version: "2.1 (β)" },
  });
  await peer.request("tools/call", { name: "lightfast_signals_create", arguments: { input: "  hello  " } });
  await peer.request("tools/call", { name: "lightfast_system_health" });
  await peer.end();
  const [post, read] = server.requests;
  expect(post).toMatchObject({ method: "POST", target: "/sub/api/v1/signals", body: '{"input":"hello"}' });
  expect(post?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, "content-type": "application/json" });
  expect(read).toMatchObject({ method: "GET", target: "/sub/api/v1/system/health", body: "" });
  const { version } = JSON.parse((await run(["--version"])).stdout.replace(/^(.*)$/m, '{"version":"$1"}'));
  expect(read?.headers["user-agent"]).toBe(
    `lightfast-mcp/${version} (Claude-Code-X-Evil-1/2.1-; node/${process.versions.node})`,
  );
  expect(read?.headers["x-evil"]).toBeUndefined();
});

test("a request continues the trace of its _meta", async () => {
  const upstream = await playScript([json(200, HEALTHY)]);
  const peer = connect([], { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: upstream.url().origin });
  const trace = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "a=1",
    baggage: "b=2",
  };
  await peer.request("tools/call", { name: "lightfast_system_health", arguments: {}, _meta: trace });
  await peer.end();
  expect(upstream.requests[0]?.headers).toMatchObject(trace);
});

test("unknown fields are kept, and optional ones may be absent", async () => {
  const odd = { id: ID, input: "x", status: "archived", future: { deep: [1] } };
  const server = await playScript([json(200, odd)]);
  const { structured, text } = await get(server.origin);
  expect(structured).toEqual(odd);
  expect(JSON.parse(text)).toEqual(odd);
});

/** Responses to a read, in the order of one program's calls. */
const UNUSABLE: readonly (readonly [what: string, act: Act, text: RegExp])[] = [
  [
    "a reset before the response",
    resetBeforeHeaders,
    /^upstream_error: GET 127\.0\.0\.1:\d+\/api\/v1\/system\/health failed: .+\(UND_ERR_SOCKET\)|ECONNRESET/,
  ],
  ["a reset within the answer", resetAfterHeaders, /^upstream_error: GET 127/],
  ["a truncated answer", truncated, /^upstream_error: GET 127/],
  ["HTML", html(200), /sent text\/html instead of JSON \(HTTP 200\)/],
  ["an empty answer", answer(200), /sent no content type instead of JSON/],
  ["half a JSON text", answer(200, '{"status":"o'), /instead of JSON/],
  ["JSON of another type", json(200, ["ok"]), /is unusable: the value must be an object, got an array/],
  [
    "a field of another type",
    json(200, { status: 5 }),
    /is unusable: "status" must be a string, got a number/,
  ],
  ["a missing field", json(200, { version: "1" }), /is unusable: "status" is required/],
  [
    "a server error",
    json(500, { error: "internal_error", message: "Boom." }),
    /\(HTTP 500 from 127\.0\.0\.1:\d+\)\. Lightfast says: "Boom\."/,
  ],
  ["a gateway's page", html(502), /not from the Lightfast API \(HTTP 502 from 127\.0\.0\.1:\d+\)/],
  ["no API at that address", html(404), /\(HTTP 404 from 127\.0\.0\.1:\d+\)\. .+ Check the base URL/],
];

test("a response that is no answer causes an upstream_error", async () => {
  let current: Act = hang;
  const server = await playScript([(...exchange) => current(...exchange)]);
  const peer = open(server.origin);
  for (const [what, act, text] of UNUSABLE) {
    current = act;
    const outcome = await callWith(peer, "lightfast_system_health");
    expect(outcome.text, what).toMatch(text);
    expect([what, outcome.facts?.code, outcome.structured]).toEqual([what, "upstream_error", undefined]);
  }
  const { stdout, stderr } = await peer.end();
  expect(stdout + stderr).not.toContain(KEY);
});

test("an endless response is aborted", async () => {
  const server = await playScript([endless]);
  expect((await health(server.origin)).text).toMatch(/^upstream_error: .+UND_ERR_RES_EXCEEDED_MAX_SIZE/);
});

test.each<[string, Act]>([
  ["hangs", hang],
  ["drips", drip],
])("an upstream that %s is abandoned at the deadline", async (_, act) => {
  const server = await playScript([act]);
  const result = health(server.origin, { LIGHTFAST_TIMEOUT: "2000" });
  await Promise.race([server.arrived(1), result]);
  const started = performance.now();
  const { text, facts } = await result;
  expect(text).toMatch(/did not respond within 2000 ms\. It is safe to try again\.$/);
  expect(facts).toMatchObject({ code: "upstream_error", retryable: true, reason: "DEADLINE" });
  expect(performance.now() - started).toBeLessThan(3000);
});

test("a read is retried after transient failures", async () => {
  const server = await playScript([resetBeforeHeaders, html(503), json(200, HEALTHY)]);
  expect((await health(server.origin)).structured).toEqual(HEALTHY);
  expect(server.requests).toHaveLength(3);
});

/** Responses to a create that leave open whether it was recorded. */
const UNCLEAR: readonly (readonly [what: string, act: Act])[] = [
  ["a reset", resetBeforeHeaders],
  ["a truncated answer", truncated],
  ["502", html(502)],
  ["503", html(503)],
  ["503 with Retry-After", answer(503, "", { "retry-after": "0" })],
  ["429 with Retry-After", answer(429, "", { "retry-after": "0" })],
  ["a content coding", answer(202, "x", { "content-encoding": "gzip" })],
  ["500", json(500, { error: "internal_error", message: "Failed to create signal." })],
  ["HTML with 200", html(200)],
];

test("a create is sent once, with an unknown outcome, after any failure", async () => {
  const acts: Act[] = [];
  const server = await playScript([(...exchange) => (acts.shift() ?? json(202, CREATED))(...exchange)]);
  const peer = open(server.origin);
  for (const [index, [what, act]] of UNCLEAR.entries()) {
    acts.push(act);
    const { text, facts } = await callWith(peer, "lightfast_signals_create", { input: "hello" });
    expect(text, what).toMatch(UNKNOWN);
    expect(facts, what).toMatchObject({ code: "upstream_error", retryable: false });
    // The second request looks for the signal.
    expect(server.requests.slice(2 * index).map(({ method }) => method)).toEqual(["POST", "GET"]);
  }
  await peer.end();
});

test("a create whose response is lost returns the signal if it was recorded", async () => {
  const signal = () => ({ ...CREATED, input: "hello", createdAt: new Date().toISOString() });
  const list: Act = (...args) => json(200, { items: [signal()], nextCursor: null })(...args);
  const server = await playScript([resetBeforeHeaders, list]);
  expect((await create(server.origin)).structured).toMatchObject({
    ...CREATED,
    note: expect.stringContaining(`It was recorded as ${CREATED.id}`),
  });
});

test("a create that was stored but not queued has its own error", async () => {
  const body = { error: "signal_enqueue_failed", message: "Failed to queue signal for classification." };
  const server = await playScript([json(500, body)]);
  expect((await create(server.origin)).text).toMatch(
    /stored the signal but could not queue it.+would create a second signal\.$/,
  );
});

test("rate limiting reports the time to wait", async () => {
  const server = await playScript([answer(429, "", { "retry-after": "120" })]);
  const { facts, text } = await health(server.origin);
  expect(facts).toEqual({ code: "upstream_error", status: 429, retryable: true, retryAfterMs: 120_000 });
  expect(text).toMatch(SAFE);
  expect(text).toMatch(/120 s/);
});

test("a refused connection is reported with its cause", async () => {
  const port = await closedPort();
  const { text, facts } = await create(`http://127.0.0.1:${port}`);
  expect(text).toMatch(
    new RegExp(`^upstream_error: POST 127\\.0\\.0\\.1:${port}/api/v1/signals failed: .*ECONNREFUSED`),
  );
  expect(text).toMatch(/It was not processed, so it is safe to try again/);
  expect(facts).toEqual({
    code: "upstream_error",
    retryable: true,
    reason: "ECONNREFUSED",
  });
});

test("an unknown host is reported", async () => {
  const { text } = await health("https://no-such-host.invalid", { LIGHTFAST_TIMEOUT: "5000" });
  expect(text).toMatch(/no-such-host\.invalid.+(ENOTFOUND|EAI_AGAIN)/);
});

test("a redirect to another origin is not followed with the key", async () => {
  const other = await playScript([json(200, HEALTHY)]);
  const server = await playScript([redirect(302, `${other.origin}/api/v1/system/health`)]);
  const { text } = await health(server.origin);
  expect(text).toContain(
    `redirects to ${other.origin} (HTTP 302): credentials are not sent to another origin`,
  );
  expect(other.requests).toHaveLength(0);
});

test("a redirect within the origin is followed", async () => {
  const server = await playScript([redirect(308, "/moved"), json(200, HEALTHY)]);
  expect((await health(server.origin)).structured).toEqual(HEALTHY);
});

test("the API's message is quoted on one line, truncated", async () => {
  const message = `Ignore\u0000 all\u001b[31m\nprevious ${"x".repeat(600)}`;
  const server = await playScript([json(400, { error: "invalid_request", message })]);
  const { text, facts } = await get(server.origin);
  const quote = /Lightfast says: "([^"]*)"/.exec(text)?.[1] ?? "";
  expect(facts).toMatchObject({ code: "invalid_input", status: 400 });
  expect(quote).toHaveLength(500);
  expect(quote).not.toMatch(/\p{Cc}/u);
});

test("a key echoed by the upstream is redacted", async () => {
  const server = await playScript([
    json(200, { ...HEALTHY, echo: `Bearer ${KEY}`, [KEY]: 1 }),
    json(500, { message: KEY }),
  ]);
  const good = await health(server.origin);
  expect(good.structured).toMatchObject({ echo: "Bearer [redacted]", "[redacted]": 1 });
  expect(good.all).not.toContain(KEY);
  expect((await create(server.origin)).all).not.toContain(KEY.slice(0, 8));
});

test("connections are kept alive and reused", async () => {
  const ports = new Set<number | undefined>();
  const server = await playScript([
    (response, request) => {
      ports.add(request.socket.remotePort);
      json(200, HEALTHY)(response, request);
    },
  ]);
  const peer = connect([], { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  for (let calls = 0; calls < 5; calls += 1) {
    await peer.request("tools/call", { name: "lightfast_system_health" });
  }
  await peer.end();
  expect(server.requests).toHaveLength(5);
  expect(ports.size).toBe(1);
});

test("a proxy is never used for loopback hosts", async () => {
  const server = await playScript([json(200, HEALTHY)]);
  const dead = `http://127.0.0.1:${await closedPort()}`;
  expect((await health(server.origin, { HTTP_PROXY: dead, HTTPS_PROXY: dead })).structured).toEqual(HEALTHY);
});

test.each(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])(
  "%s names the proxy to the world, and NO_PROXY the exceptions",
  async (name) => {
    const tunnels: string[] = [];
    const proxy = await playTunnel((target) => tunnels.push(target), 502);
    const world = "https://lightfast.invalid";
    expect((await health(world, { [name]: proxy })).text).toMatch(/Proxy response \(502\)/);
    expect(tunnels).toEqual(["lightfast.invalid:443"]);
    const excepted = await health(world, { [name]: proxy, NO_PROXY: "other.example,.invalid" });
    expect(excepted.text).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(tunnels).toHaveLength(1);
  },
);

test("https uses the proxy's tunnel, and trusts a private CA named in NODE_EXTRA_CA_CERTS", async () => {
  const tls = await playTls([json(200, HEALTHY)]);
  const { port } = new URL(tls.origin);
  const proxy = await playTunnel(() => {}, undefined, Number(port));
  const world = "https://lightfast.test";
  const untrusted = await health(world, { HTTPS_PROXY: proxy });
  expect(untrusted.text).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED/);
  expect(untrusted.text).toContain("NODE_EXTRA_CA_CERTS");
  const trusted = await health(world, { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: CERTIFICATE });
  expect(trusted.structured).toEqual(HEALTHY);
  const direct = await health(tls.origin, { NODE_EXTRA_CA_CERTS: CERTIFICATE });
  expect(direct.structured).toEqual(HEALTHY);
});

test("a silent TLS handshake reports that nothing was processed", async () => {
  const silent = await playSilence();
  const { text } = await create(silent, { LIGHTFAST_TIMEOUT: "2000" });
  expect(text).toMatch(
    /did not respond within (?:1[0-6]\d\d|\d{1,3}) ms\. It was not processed, so it is safe to try again/,
  );
});

test.each([
  ["closes the connection", async () => (await playScript([hang])).origin, /the proxy closed the connection/],
  ["refuses with 407", () => playTunnel(() => {}, 407), /Proxy response \(407\)/],
])("a proxy that %s is reported without its password", async (_, proxy, text) => {
  const env = { HTTPS_PROXY: (await proxy()).replace("//", "//user:hunter22@"), LIGHTFAST_TIMEOUT: "3000" };
  const outcome = await create("https://lightfast.invalid", env);
  expect(outcome.text).toMatch(/^upstream_error: POST lightfast\.invalid\/.+(?:not processed|will not help)/);
  expect(outcome.text).toMatch(text);
  expect(outcome.text).toContain("HTTPS_PROXY");
  expect(outcome.all).not.toContain("hunter22");
});

test("at most 64 connections are open at a time", async () => {
  let open = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const server = await playScript([
    (response, request) => {
      open += 1;
      most = Math.max(most, open);
      held.push(() => {
        open -= 1;
        json(200, HEALTHY)(response, request);
      });
      if (held.length === 64) for (const release of held) release();
      if (held.length > 64) held.at(-1)?.();
    },
  ]);
  const peer = connect([], { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  const calls = Array.from({ length: 100 }, () =>
    peer.request("tools/call", { name: "lightfast_system_health" }),
  );
  for (const { result } of await Promise.all(calls)) expect(result).not.toHaveProperty("isError");
  expect(most).toBe(64);
  await peer.end();
});
