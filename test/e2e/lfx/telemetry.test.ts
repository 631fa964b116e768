import { expect, test } from "vitest";
import { type ReceivedSpan, startCollector } from "../../fakes/otlp/collector.ts";
import { bearerValues } from "../../support/lfx/client.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const REGISTER = new URL("../../../deploy/telemetry/register.mjs", import.meta.url).href;
const COMMITTEE = "b0000000-0000-4000-8000-000000000001";
const LOOKED_FOR = "somebody@private.example";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
/** The client's spans: of its HTTP request, and of its MCP request. */
const [HTTP_SPAN, MCP_SPAN] = ["00f067aa0ba902b7", "b7ad6b7169203331"];
const HEADERS = { traceparent: `00-${TRACE}-${HTTP_SPAN}-01`, tracestate: "a=1" };
const META = { traceparent: `00-${TRACE}-${MCP_SPAN}-01`, tracestate: "a=2", baggage: "team=docs" };

/** Returns a function that sends tool calls of one user. */
async function caller(lfx: HostedLfx) {
  const token = await bearerValues(lfx)["user read"]();
  return (params: object): Promise<Response> =>
    fetch(lfx.url, {
      method: "POST",
      headers: {
        ...HEADERS,
        "content-type": "application/json",
        accept: "application/json",
        "mcp-protocol-version": "2025-11-25",
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params }),
    });
}

/** The line of the log with the outcome of a call. */
function callLine({ log }: HostedLfx): Record<string, unknown> {
  const lines = log()
    .split("\n")
    .filter((line) => line.includes('"tool":"'));
  return JSON.parse(lines.at(-1) ?? "{}");
}

test("one trace goes from the client through this server to the token endpoint and LFX, and to its log", async () => {
  const collector = await startCollector("http/protobuf");
  const lfx = await hostedLfx({
    env: {
      NODE_OPTIONS: `--import=${REGISTER}`,
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.address,
    },
  });
  const post = await caller(lfx);
  const params = { name: "get_committee", arguments: { uid: COMMITTEE }, _meta: META };
  expect((await post(params)).status).toBe(200);
  const search = { name: "search_projects", arguments: { name: LOOKED_FOR }, _meta: META };
  expect((await post(search)).status).toBe(200);
  expect(await (await fetch(new URL("/readyz", lfx.url))).json()).toEqual({ status: "ready" });
  await lfx.stop();

  const { spans, histograms } = collector;
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  const [http, second] = spans.filter(({ name }) => name === "POST /mcp");
  const tool = spans.find(({ name }) => name === "tools/call get_committee");
  if (!http || !tool) throw new Error("no spans");
  expect(http).toMatchObject({
    resource: { "service.name": "lfx-mcp-server", "service.version": expect.stringMatching(/^\d/) },
    scope: expect.stringMatching(/^lightfast-mcp \d/),
    kind: "server",
    parentId: HTTP_SPAN,
    isError: false,
    attributes: { "http.route": "/mcp", "url.path": "/mcp", "http.response.status_code": 200 },
  });
  expect(tool).toMatchObject({
    kind: "server",
    parentId: MCP_SPAN,
    links: [http.spanId],
    isError: false,
    attributes: {
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "get_committee",
      "jsonrpc.request.id": "7",
      "mcp.protocol.version": "2025-11-25",
      "network.transport": "tcp",
    },
  });

  // The key set is requested before the message is read, so within the HTTP request. The rest is the tool's.
  const path = ({ attributes }: ReceivedSpan) => new URL(String(attributes["url.full"])).pathname;
  const clients = spans.filter(({ kind }) => kind === "client");
  const below = (parent: ReceivedSpan | undefined) =>
    clients.filter(({ parentId }) => parentId === parent?.spanId).map(path);
  expect(below(http)).toEqual(["/.well-known/openid-configuration", "/oauth/jwks"]);
  expect(below(second)).toEqual([]);
  const read = [`/committees/${COMMITTEE}`, `/committees/${COMMITTEE}/settings`];
  expect(below(tool).sort()).toEqual([...read, "/oauth/token"]);

  // What each server received is the id of the span of that request.
  const sent = clients.map((span) => [path(span), `00-${TRACE}-${span.spanId}-01`]).sort();
  const received = [...lfx.traces].filter(([, traceparent]) => traceparent !== undefined);
  expect(received.map(([to, traceparent]) => [to.split(" ")[1], traceparent]).sort()).toEqual(sent);

  expect(
    JSON.parse(
      lfx
        .log()
        .split("\n")
        .find((line) => line.includes('"get_committee"')) ?? "{}",
    ),
  ).toMatchObject({
    trace_id: TRACE,
    span_id: tool.spanId,
  });

  const [histogram] = histograms;
  expect(histogram).toEqual({
    name: "mcp.server.operation.duration",
    unit: "s",
    bounds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    attributes: {
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "get_committee",
      "mcp.protocol.version": "2025-11-25",
      "network.transport": "tcp",
      "network.protocol.name": "http",
    },
  });
  expect(clients.map(({ attributes }) => attributes["url.full"])).toContainEqual(
    expect.stringMatching(/\/query\/resources\?name=REDACTED&/),
  );
  expect(collector.texts()).not.toContain(LOOKED_FOR);
  expect(collector.texts()).not.toMatch(/Bearer|eyJ/);
});

test("without an SDK, upstream requests continue the client's own span, and the log says what is missing", async () => {
  const lfx = await hostedLfx({
    env: { LFXMCP_TOOLS: "get_committee,user_info", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317" },
  });
  const post = await caller(lfx);
  const params = { name: "get_committee", arguments: { uid: COMMITTEE } };
  await post({ ...params, _meta: META });
  await post({ name: "user_info", arguments: {}, _meta: META });
  const traces = Object.fromEntries(lfx.traces);
  expect(traces).toMatchObject({
    "auth /oauth/jwks": HEADERS.traceparent,
    "auth /oauth/token": META.traceparent,
    "auth /userinfo": META.traceparent,
    "auth /.well-known/openid-configuration": META.traceparent,
    [`lfx /committees/${COMMITTEE}`]: META.traceparent,
  });
  expect(callLine(lfx)).toMatchObject({ trace_id: TRACE, span_id: MCP_SPAN });
  await post(params);
  expect(lfx.traces.get(`lfx /committees/${COMMITTEE}`)).toBe(HEADERS.traceparent);
  const warning = lfx
    .log()
    .split("\n")
    .find((line) => line.includes("OTEL_EXPORTER_OTLP_ENDPOINT is set"));
  expect(JSON.parse(warning ?? "{}")).toMatchObject({
    level: "warn",
    msg: expect.stringContaining("no OpenTelemetry SDK is registered"),
  });
});
