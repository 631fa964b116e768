import type { HttpMethod, HttpRequest, HttpResponse } from "../../../src/http-client/types.ts";

/** A request to Lightfast. Only its method and host matter for errors. */
export function requestTo(method: HttpMethod, host = "x.test"): HttpRequest {
  return {
    method,
    url: new URL(`https://${host}/api/v1/signals?secret=1`),
    headers: { authorization: "Bearer lf_test" },
    body: method === "POST" ? "{}" : undefined,
  };
}

export function httpResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, body, header: (name) => headers[name] };
}

/** An error response of REST API v1. */
export function errorResponse(
  status: number,
  error: string,
  message: string,
  diagnostics?: readonly object[],
  headers?: Readonly<Record<string, string>>,
): HttpResponse {
  return httpResponse(status, JSON.stringify({ error, message, diagnostics }), headers);
}
