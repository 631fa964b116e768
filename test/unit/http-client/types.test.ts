import { expect, test } from "vitest";
import { type HttpClient, withMetrics, withoutCredential } from "../../../src/http-client/types.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { abortedDeadline } from "../../support/http.ts";

const REQUEST = { method: "GET", url: new URL("https://x.test/"), headers: {} } as const;

async function observe(send: HttpClient["send"], reason: Error = new DeadlineExceeded(1)) {
  const observed: [outcome: string, seconds: number][] = [];
  const http = withMetrics({ send, close: async () => {} }, (...report) => void observed.push(report));
  const result = await http.send(REQUEST, abortedDeadline(reason)).catch(String);
  return { observed, result };
}

test("withMetrics reports the status and the duration", async () => {
  const response = { status: 404, body: "", header: () => undefined };
  const { observed, result } = await observe(async () => response);
  expect(result).toBe(response);
  expect(observed).toEqual([["404", expect.any(Number)]]);
  expect(observed[0]?.[1]).toBeGreaterThanOrEqual(0);
});

test("withMetrics reports `none` without a complete response", async () => {
  const { observed, result } = await observe(() => Promise.reject(new Error("broken")));
  expect(result).toBe("Error: broken");
  expect(observed).toEqual([["none", expect.any(Number)]]);
});

test("withMetrics reports `canceled` if the caller gave up", async () => {
  const { observed } = await observe(() => Promise.reject(new Error("broken")), new Error("bored"));
  expect(observed).toEqual([["canceled", expect.any(Number)]]);
});

test("withoutCredential removes the credential from the body and from headers", () => {
  const request = { headers: { authorization: "Bearer lf_secret-1", "x-other": "public" } };
  const echo = 'lf_secret-1 and "\\u006cf_secret-1", public';
  const { status, body, header } = withoutCredential(request, {
    status: 200,
    body: echo,
    header: (name) => (name === "x-echo" ? echo : undefined),
  });
  const clean = '[redacted] and "[redacted]", public';
  expect([status, body, header("x-echo"), header("none")]).toEqual([200, clean, clean, undefined]);
});

test("without a credential nothing is removed", () => {
  const { body } = withoutCredential({ headers: {} }, { status: 200, body: "Bearer", header: () => "" });
  expect(body).toBe("Bearer");
});
