import { expect, onTestFinished, test } from "vitest";
import { callTool } from "../../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../../src/mcp/tool.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import {
  defineLightfastServer,
  type LightfastOptions,
  type Upstream,
} from "../../../../src/platforms/lightfast/server.ts";
import { createLogger } from "../../../../src/shared/logger.ts";
import { readTrace } from "../../../../src/shared/trace.ts";
import { createGate } from "../../../support/gate.ts";
import { type Act, hang, json, playScript } from "../../../support/scripted-server.ts";
import { exchange } from "../../../support/tiny-server.ts";

const OK = json(200, { status: "ok" });

function define(upstream: Upstream, overrides: Partial<LightfastOptions> = {}) {
  const lines: string[] = [];
  const server = defineLightfastServer({
    upstream,
    timeoutMs: 4000,
    proxies: {},
    redact: (text) => text,
    log: createLogger("debug", (line) => lines.push(line)),
    ...overrides,
  });
  onTestFinished(() => server.close());
  return { server, lines };
}

async function serve(...script: Act[]) {
  const upstream = await playScript(script);
  return { upstream, ...define({ baseUrl: upstream.url(), apiKey: "lf_test" }) };
}

function check(server: ReturnType<typeof defineLightfastServer>, signal?: AbortSignal) {
  return callTool(server, "lightfast_system_health", {}, exchange(signal ? { signal } : {}));
}

test("a call sends the key and the client's name to Lightfast", async () => {
  const { upstream, server } = await serve(OK);
  const client = { name: "probe", version: "3" };
  const result = await callTool(server, "lightfast_system_health", {}, exchange({ client }));
  expect(result.structuredContent).toEqual({ status: "ok" });
  expect(upstream.requests[0]?.headers).toMatchObject({
    authorization: "Bearer lf_test",
    "user-agent": expect.stringContaining("probe/3"),
  });
});

test("a call continues its trace at Lightfast", async () => {
  const { upstream, server } = await serve(OK);
  const headers = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "a=1",
  };
  await callTool(server, "lightfast_system_health", {}, exchange({ trace: readTrace(headers) }));
  expect(upstream.requests[0]?.headers).toMatchObject(headers);
});

test("every attempt is logged before its call", async () => {
  const { server, lines } = await serve(OK);
  await check(server);
  expect(lines).toEqual([
    expect.stringMatching(/^debug: GET host=.* status=200$/),
    expect.stringMatching(/^info: call tool="lightfast_system_health" outcome="ok"/),
  ]);
});

test.each(["missing_token", "invalid_token"] as const)(
  "without a usable key the tools are listed, and a call fails with %s and the next step",
  async (code) => {
    const { server } = define({ code, problem: "No key is set", hint: "Set one." });
    expect(server.catalog.list(LOCAL_CALLER)).toEqual(TOOL_DEFINITIONS.map(({ wire }) => wire));
    const result = await check(server);
    expect(result.content[0]?.text).toBe(`${code}: No key is set. Set one.`);
  },
);

test("close works before the first call, and twice", async () => {
  const { server } = await serve(OK);
  await expect(server.close()).resolves.toBeUndefined();
  await check(server);
  await server.close();
  await expect(server.close()).resolves.toBeUndefined();
});

test("close closes the connections to Lightfast", async () => {
  const closed = createGate();
  const { server } = await serve((response, request) => {
    request.socket.once("close", () => closed.open());
    OK(response, request);
  });
  await check(server);
  await server.close();
  await closed.promise;
});

test("close does not wait for a call without a response", async () => {
  const { upstream, server } = await serve(hang);
  const cancel = new AbortController();
  const call = check(server, cancel.signal);
  await upstream.arrived(1);
  cancel.abort(new Error("closed"));
  await expect(call).rejects.toThrow("closed");
  await server.close();
  expect(upstream.requests).toHaveLength(1);
});
