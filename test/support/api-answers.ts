import type { HttpMethod, HttpRequest, HttpResponse } from "../../src/http-client/types.ts";

/** A request to Lightfast, as far as it matters to what its answer means. */
export function requestTo(method: HttpMethod, host = "x.test"): HttpRequest {
  return {
    method,
    url: new URL(`https://${host}/api/v1/signals?secret=1`),
    headers: { authorization: "Bearer lf_test" },
    body: method === "POST" ? "{}" : undefined,
  };
}

/** An answer as the HTTP client hands it on. */
export function httpAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, body, header: (name) => headers[name] };
}

/** An error answer of REST API v1. */
export function apiAnswer(
  status: number,
  error: string,
  message: string,
  diagnostics?: readonly object[],
  headers?: Readonly<Record<string, string>>,
): HttpResponse {
  return httpAnswer(status, JSON.stringify({ error, message, diagnostics }), headers);
}
