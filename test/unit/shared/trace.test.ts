import { validateHeaderValue } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace, traceFields } from "../../../src/shared/trace.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";
const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`;

test("a trace has the ids and the headers of its context", () => {
  const baggage = "userId=alice,serverNode=DF%2028";
  const headers = { traceparent, tracestate: "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", baggage };
  expect(readTrace({ ...headers, authorization: "Bearer x" })).toEqual({
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    headers,
  });
});

// The rules of W3C Trace Context, section 3.2.2.
test.each([
  ["no carrier", undefined],
  ["a list", [traceparent]],
  ["nothing", {}],
  ["a list of values", { traceparent: [traceparent] }],
  ["upper case", { traceparent: traceparent.toUpperCase() }],
  ["version ff", { traceparent: traceparent.replace(/^00/, "ff") }],
  ["a trace id of zeros", { traceparent: `00-${"0".repeat(32)}-${SPAN_ID}-01` }],
  ["a span id of zeros", { traceparent: `00-${TRACE_ID}-${"0".repeat(16)}-01` }],
  ["a short trace id", { traceparent: `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01` }],
  ["more than four fields", { traceparent: `${traceparent}-00` }],
  ["a line break", { traceparent: `${traceparent}\n` }],
])("%s is no trace", (_, carrier) => {
  expect(readTrace(carrier)).toBeUndefined();
});

describe("an invalid part is omitted:", () => {
  const long = (count: number) => Array.from({ length: count }, (_, at) => `k${at}=v`).join(",");

  test.each([
    ["a=1", true],
    ["a=1, b=2 ,,c=3", true],
    ["0tenant@system=x", true],
    [long(32), true],
    [long(33), false],
    ["", false],
    ["a", false],
    ["A=1", false],
    ["a=1\r\nx-admin: 1", false],
    ["a=ü", false],
    [`a=${"x".repeat(257)}`, false],
    [["a=1"], false],
    [7, false],
  ])("tracestate %j", (tracestate, isValid) => {
    expect(readTrace({ traceparent, tracestate })?.headers).toEqual({
      traceparent,
      ...(isValid && { tracestate }),
    });
  });

  test.each([
    ["a=1;p=2,b=%20", true],
    ["x".repeat(8192), true],
    ["x".repeat(8193), false],
    ["", false],
    ["a=1\r\nx-admin: 1", false],
    ["a=ü", false],
    [{}, false],
  ])("baggage %j", (baggage, isValid) => {
    expect(readTrace({ traceparent, baggage })?.headers).toEqual({
      traceparent,
      ...(isValid && { baggage }),
    });
  });
});

test("whatever is given, the headers can be sent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (state, baggage) => {
      const { headers = {} } = readTrace({ traceparent, tracestate: `a=${state}`, baggage }) ?? {};
      for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
    }),
  );
});

test("a log line has the ids of its trace, if there is one", () => {
  expect(traceFields(readTrace({ traceparent }))).toEqual({ trace_id: TRACE_ID, span_id: SPAN_ID });
  expect(traceFields(undefined)).toEqual({});
});
