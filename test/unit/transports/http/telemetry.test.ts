import { once } from "node:events";
import { api, metrics, NodeSDK, tracing } from "@opentelemetry/sdk-node";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createHttpClient } from "../../../../src/http-client/client.ts";
import { ToolError } from "../../../../src/mcp/errors.ts";
import type { RequestContext } from "../../../../src/mcp/server.ts";
import { withDeadline } from "../../../../src/shared/deadline.ts";
import { createLogger } from "../../../../src/shared/logger.ts";
import {
  findTelemetry,
  missingSdkWarning,
  type Telemetry,
} from "../../../../src/transports/http/telemetry.ts";
import { RESOURCE_URL, startApp } from "../../../support/http-app.ts";
import { answer, json, playScript } from "../../../support/scripted-server.ts";
import { modernMeta } from "../../../support/tiny-server.ts";
import { request } from "../../../support/wire.ts";

const OPTIONS = { name: "tiny", version: "1.2.3", resourceUrl: RESOURCE_URL };
const PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("without an SDK, there is no telemetry", () => {
  expect(findTelemetry(OPTIONS)).toBeUndefined();
});

test.each([
  [{}, undefined],
  [{ PATH: "/bin", OTEL_TRACES_EXPORTER: " " }, undefined],
  [{ OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }, undefined],
  [{ OTEL_SDK_DISABLED: "true", OTEL_TRACES_EXPORTER: "otlp" }, undefined],
  [{ OTEL_SDK_DISABLED: "TRUE ", OTEL_TRACES_EXPORTER: "otlp" }, undefined],
  [{ OTEL_SDK_DISABLED: "false" }, undefined],
  [{ OTEL_TRACES_EXPORTER: "otlp" }, /^OTEL_TRACES_EXPORTER is set, but no .*--import/],
  [{ OTEL_TRACES_EXPORTER: "none", OTEL_SERVICE_NAME: "x", OTEL_PROPAGATORS: "b3" }, /and 1 more/],
])("with %j, the warning is %s", (env, warning) => {
  if (warning) expect(missingSdkWarning(env)).toMatch(warning);
  else expect(missingSdkWarning(env)).toBeUndefined();
});

describe("a registered SDK", () => {
  const spans = new tracing.InMemorySpanExporter();
  const measured = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.DELTA);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter: measured });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
    metricReaders: [reader],
  });
  let telemetry: Telemetry | undefined;

  beforeAll(() => {
    sdk.start();
    telemetry = findTelemetry(OPTIONS);
  });
  beforeEach(() => spans.reset());
  // Test files share their process.
  afterAll(async () => {
    await sdk.shutdown();
    for (const one of [api.trace, api.metrics, api.propagation, api.context]) one.disable();
  });

  const open = async (connect: (context: RequestContext) => unknown = () => (given: unknown) => given) =>
    startApp({ telemetry, server: { connect: connect as never } });
  const call = (name: string, text = "hi", _meta: object = {}) =>
    request(7, "tools/call", { name, arguments: { text }, _meta });
  /** The recorded spans, the first to end first. */
  const recorded = () =>
    spans.getFinishedSpans().map(({ name, attributes, status, parentSpanContext, links, kind }) => ({
      name,
      kind: api.SpanKind[kind],
      attributes,
      isError: status.code === api.SpanStatusCode.ERROR,
      ...(status.message && { reason: status.message }),
      parentId: parentSpanContext?.spanId,
      links: links.map(({ context }) => context.spanId),
    }));
  const idOf = (name: string) =>
    spans
      .getFinishedSpans()
      .find((span) => span.name === name)
      ?.spanContext().spanId;

  test("receives a span of each HTTP request and of each MCP request in it", async () => {
    const app = await open();
    await app.post(call("tiny_echo"), { "mcp-protocol-version": "2025-06-18" });
    expect(recorded()).toEqual([
      {
        name: "tools/call tiny_echo",
        kind: "SERVER",
        isError: false,
        parentId: idOf("POST /mcp"),
        links: [],
        attributes: {
          "mcp.method.name": "tools/call",
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": "tiny_echo",
          "mcp.protocol.version": "2025-06-18",
          "network.transport": "tcp",
          "network.protocol.name": "http",
          "jsonrpc.request.id": "7",
        },
      },
      {
        name: "POST /mcp",
        kind: "SERVER",
        isError: false,
        parentId: undefined,
        links: [],
        attributes: {
          "http.request.method": "POST",
          "http.route": "/mcp",
          "http.response.status_code": 200,
          "network.protocol.version": "1.1",
          "server.address": RESOURCE_URL.hostname,
          "server.port": 443,
          "url.path": "/mcp",
          "url.scheme": "https",
        },
      },
    ]);
  });

  test("receives MCP spans below the trace of _meta, linked to the HTTP request", async () => {
    const app = await open();
    await app.post(call("tiny_echo", "hi", { traceparent: PARENT }));
    await app.post(call("tiny_echo", "hi", { traceparent: "nonsense" }), { traceparent: PARENT });
    const [first, http, second] = recorded();
    expect(first).toMatchObject({ parentId: "00f067aa0ba902b7", links: [idOf("POST /mcp")] });
    expect(http?.parentId).toBeUndefined();
    expect(second?.links).toEqual([]);
    expect(recorded()[3]?.parentId).toBe("00f067aa0ba902b7");
  });

  test("receives no span of probes", async () => {
    const app = await open();
    for (const path of ["/livez", "/readyz", "/api/health", "/metrics"]) await app.ask({ path });
    expect(recorded()).toEqual([]);
  });

  test.each<[message: object, name: string, attributes: object, reason?: string]>([
    [request(1, "ping"), "ping", {}],
    [
      request(1, "initialize", { protocolVersion: "2025-03-26" }),
      "initialize",
      { "mcp.protocol.version": "2025-03-26" },
    ],
    [
      request("a", "tools/list", { _meta: modernMeta() }),
      "tools/list",
      { "mcp.protocol.version": "2026-07-28", "jsonrpc.request.id": "a" },
    ],
    [
      request(1, "private/text"),
      "_OTHER",
      { "mcp.method.name": "_OTHER", "error.type": "-32601", "rpc.response.status_code": "-32601" },
    ],
    [call("private_text"), "tools/call", { "error.type": "tool_error" }, "unsupported_tool"],
    [call("tiny_echo", ""), "tools/call tiny_echo", { "error.type": "tool_error" }, "invalid_input"],
    [call("tiny_echo"), "tools/call tiny_echo", { "error.type": "tool_error" }, "upstream_error"],
    [call("tiny_drop"), "tools/call tiny_drop", { "error.type": "tool_error" }, "insufficient_scope"],
  ])("receives no text of a caller: %j", async (message, name, attributes, reason) => {
    const app = await open(() => () => {
      throw new ToolError("upstream_error", "private text", { hint: "private text" });
    });
    const { method, params } = message as { method: string; params: { name?: string; _meta?: object } };
    const isModern = params?._meta && "io.modelcontextprotocol/protocolVersion" in params._meta;
    const version = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
    await app.post(message, isModern ? version : {});
    const [span] = recorded();
    expect(span).toMatchObject({ name, attributes, isError: "error.type" in attributes });
    expect(span?.reason).toBe(reason);
    expect(JSON.stringify(recorded())).not.toContain("private");
  });

  test.each([
    ["/private-text", "GET", { "url.path": "REDACTED", "http.response.status_code": 404 }],
    ["/", "GET /", { "http.route": "/", "http.response.status_code": 200 }],
    ["/mcp?key=private-text", "GET /mcp", { "url.path": "/mcp", "http.response.status_code": 401 }],
  ])("receives the route of %s, not its text", async (path, name, attributes) => {
    await (await open()).ask({ path });
    expect(recorded()).toMatchObject([{ name, attributes, isError: false }]);
    expect(JSON.stringify(recorded())).not.toContain("private-text");
  });

  test("receives spans of what a client cancels by disconnecting", async () => {
    const cancel = new AbortController();
    const app = await open(({ signal }) => () => {
      cancel.abort();
      return once(signal, "abort");
    });
    const headers = { "content-type": "application/json", authorization: "Bearer both" };
    const body = JSON.stringify(call("tiny_echo"));
    const { signal } = cancel;
    await fetch(`http://${app.host}/mcp`, { method: "POST", headers, body, signal }).catch(() => {});
    await vi.waitFor(() => expect(recorded()).toHaveLength(2));
    const attributes = { "error.type": "canceled" };
    expect(recorded()).toMatchObject([
      { name: "tools/call tiny_echo", isError: true, attributes },
      { name: "POST /mcp", isError: true, attributes },
    ]);
  });

  test("receives a span of each request of a batch", async () => {
    await (await open()).post([call("tiny_echo"), request(2, "ping")]);
    const parentId = idOf("POST /mcp");
    expect(recorded().slice(0, 2)).toMatchObject([
      { name: "ping", parentId },
      { name: "tools/call tiny_echo", parentId },
    ]);
  });

  test("receives the failure of this server as an error", async () => {
    await (await open()).post(call("tiny_echo"), { authorization: "Bearer faulty" });
    const attributes = { "http.response.status_code": 500, "error.type": "500" };
    expect(recorded()).toMatchObject([{ name: "POST /mcp", isError: true, attributes }]);
  });

  test("receives a span of each attempt of an upstream request, without texts in its URL", async () => {
    const upstream = await playScript([answer(503, "busy", { "retry-after": "0" }), json(200, {})]);
    const http = createHttpClient(
      {},
      createLogger("silent", () => {}),
    );
    onTestFinished(() => http.close());
    const url = upstream.url("/records?name=private&name=text&v=1");
    url.username = "private";
    const app = await open(({ trace }) => async () => {
      await withDeadline(2000, undefined, (deadline) =>
        http.send({ method: "GET", url, headers: {}, trace }, deadline),
      );
      return { text: "done" };
    });
    await app.post(call("tiny_echo"), { traceparent: PARENT, tracestate: "a=1", baggage: "b=2" });
    const [first, second, tool] = recorded();
    const parentId = idOf("tools/call tiny_echo");
    const full = `${url.origin}/records?name=REDACTED&name=REDACTED&v=REDACTED`;
    const common = { "http.request.method": "GET", "server.address": "127.0.0.1", "url.full": full };
    expect(first).toMatchObject({ name: "GET", kind: "CLIENT", parentId, isError: true });
    expect(first?.attributes).toEqual({
      ...common,
      "url.scheme": "http",
      "server.port": Number(url.port),
      "http.response.status_code": 503,
      "error.type": "503",
    });
    expect(second).toMatchObject({
      parentId,
      isError: false,
      attributes: { ...common, "http.request.resend_count": 1, "http.response.status_code": 200 },
    });
    expect(tool?.name).toBe("tools/call tiny_echo");
    const ids = spans.getFinishedSpans().map((span) => span.spanContext().spanId);
    expect(upstream.requests.map(({ headers }) => headers.traceparent)).toEqual(
      ids.slice(0, 2).map((id) => `00-4bf92f3577b34da6a3ce929d0e0e4736-${id}-01`),
    );
    expect(upstream.requests[0]?.headers).toMatchObject({ tracestate: "a=1", baggage: "b=2" });
    expect(JSON.stringify(recorded())).not.toMatch(/private|text/);
  });

  test("receives the code of a failed upstream request", async () => {
    const http = createHttpClient(
      {},
      createLogger("silent", () => {}),
    );
    onTestFinished(() => http.close());
    const app = await open(
      ({ trace }) =>
        () =>
          withDeadline(2000, undefined, (deadline) =>
            http.send(
              { method: "POST", url: new URL("http://127.0.0.1:1/"), headers: {}, trace, maxAttempts: 1 },
              deadline,
            ),
          ),
    );
    await app.post(call("tiny_echo"));
    const attributes = { "error.type": "ECONNREFUSED" };
    expect(recorded()[0]).toMatchObject({ name: "POST", kind: "CLIENT", isError: true, attributes });
  });

  test("receives the duration of MCP requests", async () => {
    const app = await open();
    await telemetry?.flush();
    measured.reset();
    await app.post(call("tiny_echo"));
    await app.post(request(1, "private/text"));
    await telemetry?.flush();
    const [metric] = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
    expect(metric?.descriptor).toMatchObject({ name: "mcp.server.operation.duration", unit: "s" });
    expect(metric?.dataPoints.map(({ attributes }) => attributes)).toEqual([
      {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "tiny_echo",
        "network.transport": "tcp",
        "network.protocol.name": "http",
      },
      {
        "mcp.method.name": "_OTHER",
        "network.transport": "tcp",
        "network.protocol.name": "http",
        "error.type": "-32601",
        "rpc.response.status_code": "-32601",
      },
    ]);
  });

  test("is given 10 s to send what is left", async () => {
    const provider = (api.trace.getTracerProvider() as api.ProxyTracerProvider).getDelegate();
    const forceFlush = vi.spyOn(provider as tracing.BasicTracerProvider, "forceFlush");
    forceFlush.mockReturnValue(new Promise(() => {}));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
      forceFlush.mockRestore();
    });
    let isDone = false;
    const flushed = telemetry?.flush().then(() => {
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(9999);
    expect(isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await flushed;
    expect(forceFlush).toHaveBeenCalledOnce();
  });

  test("makes the span the active one for other instrumentations", async () => {
    let active: string | undefined;
    const app = await open(() => (given: unknown) => {
      active = api.trace.getActiveSpan()?.spanContext().spanId;
      return given;
    });
    await app.post(call("tiny_echo"));
    expect(active).toBe(idOf("tools/call tiny_echo"));
  });
});

test("with an SDK for metrics alone, requests continue the trace of the client", async () => {
  const measured = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.DELTA);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter: measured });
  const sdk = new NodeSDK({ autoDetectResources: false, spanProcessors: [], metricReaders: [reader] });
  sdk.start();
  onTestFinished(async () => {
    await sdk.shutdown();
    for (const one of [api.metrics, api.propagation, api.context]) one.disable();
  });
  const telemetry = findTelemetry(OPTIONS);
  const traces: RequestContext["trace"][] = [];
  const connect = ({ trace }: RequestContext) => {
    traces.push(trace);
    return (given: unknown) => given;
  };
  const app = await startApp({ telemetry, server: { connect } });
  const other = PARENT.replace("4bf9", "0000");
  const params = { name: "tiny_echo", arguments: { text: "hi" } };
  await app.post(request(1, "tools/call", params), { traceparent: PARENT });
  await app.post(request(1, "tools/call", { ...params, _meta: { traceparent: other } }), {
    traceparent: PARENT,
  });
  expect(traces.map((trace) => trace?.headers)).toEqual([{ traceparent: PARENT }, { traceparent: other }]);
  await telemetry?.flush();
  const [metric] = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
  expect(metric?.dataPoints).toMatchObject([{ value: { count: 2 } }]);
});
