import { expect, test } from "vitest";
import { type ReceivedSpan, startCollector } from "../../fakes/otlp/collector.ts";
import { hosted, tokenOf } from "../../support/http-program.ts";

const REGISTER = new URL("../../../deploy/telemetry/register.mjs", import.meta.url).href;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TEXT = "a private text";

test("the grant check, the app, and the audit are in the trace of a call, over gRPC by default", async () => {
  const collector = await startCollector("grpc");
  const server = await hosted([], {
    NODE_OPTIONS: `--import=${REGISTER}`,
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.address,
    OTEL_TRACES_SAMPLER: "sometimes",
  });
  const token = await tokenOf();
  const params = { name: "lightfast_signals_create", arguments: { input: TEXT } };
  const response = await fetch(server.url, {
    method: "POST",
    headers: {
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
      "content-type": "application/json",
      accept: "application/json",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: "one", method: "tools/call", params }),
  });
  expect(response.status).toBe(200);
  expect(await server.stop()).toBe(0);

  const { spans } = collector;
  const named = (name: string) => spans.find((span) => span.name === name);
  const [http, tool] = [named("POST /mcp"), named("tools/call lightfast_signals_create")];
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  expect(http).toMatchObject({ parentId: "00f067aa0ba902b7", resource: { "service.name": "lightfast-mcp" } });
  expect(tool).toMatchObject({ parentId: http?.spanId, links: [] });
  const path = ({ attributes }: ReceivedSpan) => new URL(String(attributes["url.full"])).pathname;
  const clients = spans.filter(({ kind }) => kind === "client");
  const prefix = "/api/internal/mcp";
  expect(clients.map((span) => [path(span), span.parentId])).toEqual([
    [`${prefix}/auth/validate`, http?.spanId],
    [`${prefix}/signals`, tool?.spanId],
    [`${prefix}/audit`, tool?.spanId],
  ]);
  const sent = clients.map((span) => [path(span), `00-${TRACE}-${span.spanId}-01`]);
  expect(server.app.requests.map((request) => [prefix + request.path, request.headers.traceparent])).toEqual(
    sent,
  );
  expect(collector.texts()).not.toContain(TEXT);
  expect(collector.texts()).not.toContain(token);
  // The settings of the SDK itself are reported, too.
  expect(server.log()).toContain("OTEL_TRACES_SAMPLER must be one of parentbased_traceidratio,");
});
