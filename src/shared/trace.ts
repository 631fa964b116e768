import { isObject } from "./json.ts";
import type { LogFields } from "./logger.ts";

/** The trace that a request belongs to (W3C Trace Context). */
export type Trace = {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span that upstream requests are part of: 16 hexadecimal digits. */
  readonly spanId: string;
  /** Headers that continue the trace in an upstream request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Records an upstream request as a span of its own. Absent unless spans are recorded. */
  readonly record?: RecordRequest;
};

/**
 * Records one attempt of a request.
 * @param resends how often the request was sent before
 * @param send is called with the headers that continue the trace
 */
export type RecordRequest = <T extends { readonly status: number }>(
  request: { readonly method: string; readonly url: URL },
  resends: number,
  send: (headers: Trace["headers"]) => Promise<T>,
) => Promise<T>;

/** Version, trace id, parent id and flags; version ff and all-zero ids are invalid (W3C Trace Context, section 3.2.2). */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-((?!0{16})[\da-f]{16})-[\da-f]{2}$/;

/** One entry of `tracestate` (W3C Trace Context, section 3.3.1.3). */
const STATE_ENTRY = /^[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;
const MAX_STATE_ENTRIES = 32;

/** The characters of `baggage`, and its limit in bytes (W3C Baggage, sections 3.2 and 3.3.2). */
const BAGGAGE = /^[\t\x20-\x7e]{1,8192}$/;

/**
 * Reads the trace context of HTTP headers, or of a request's `_meta` (MCP, SEP-414). An invalid `tracestate` or `baggage` is
 * omitted; without a valid `traceparent`, there is no trace.
 */
export function readTrace(carrier: unknown): Trace | undefined {
  if (!isObject(carrier)) return undefined;
  const { traceparent, tracestate, baggage } = carrier;
  const [, traceId, spanId] = (typeof traceparent === "string" && TRACEPARENT.exec(traceparent)) || [];
  if (typeof traceparent !== "string" || !traceId || !spanId) return undefined;
  const headers = {
    traceparent,
    ...(isTraceState(tracestate) && { tracestate }),
    ...(typeof baggage === "string" && BAGGAGE.test(baggage) && { baggage }),
  };
  return { traceId, spanId, headers };
}

function isTraceState(value: unknown): value is string {
  if (typeof value !== "string" || !value) return false;
  const entries = value.split(",", MAX_STATE_ENTRIES + 1).map((entry) => entry.trim());
  return entries.length <= MAX_STATE_ENTRIES && entries.every((entry) => !entry || STATE_ENTRY.test(entry));
}

/** The ids under which a log line is found from a trace, and a trace from a log line; none outside of a trace. */
export function traceFields(trace: Trace | undefined): LogFields {
  return trace ? { trace_id: trace.traceId, span_id: trace.spanId } : {};
}
