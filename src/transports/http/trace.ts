import type { IncomingMessage } from "node:http";

/** Version, trace, parent and flags; version ff and ids of zeros alone are none (W3C Trace Context, section 3.2.2). */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** W3C trace context, passed on as it came where it is valid (W3C Trace Context, section 3). */
export const traceOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> => {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== "string" || !TRACEPARENT.test(traceparent)) return {};
  return typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent };
};
