import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { toWellFormedJson } from "../../shared/json.ts";

/** A complete response, before it is written. */
export type HttpResponse = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
};

export const JSON_HEADERS: OutgoingHttpHeaders = Object.freeze({ "content-type": "application/json" });

export function json(status: number, value: unknown, headers?: OutgoingHttpHeaders): HttpResponse {
  return {
    status,
    headers: headers ? { ...JSON_HEADERS, ...headers } : JSON_HEADERS,
    body: toWellFormedJson(value).text,
  };
}

/**
 * Writes a response in one piece, with its length, so that the connection can be reused.
 * @param common headers of every response; the response's own headers take precedence
 */
export function writeResponse(
  response: ServerResponse,
  { status, headers, body = "" }: HttpResponse,
  common: OutgoingHttpHeaders,
): void {
  if (response.destroyed || response.headersSent) return;
  // Not spread: V8 adds properties to an object made by spread 20 times slower.
  const all: OutgoingHttpHeaders = Object.assign({}, common, headers);
  // 204 has neither body nor length (RFC 9110, section 8.6).
  if (status !== 204) all["content-length"] = Buffer.byteLength(body);
  response.writeHead(status, all);
  response.end(body);
}
