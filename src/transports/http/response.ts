import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** A whole answer, before it is written. */
export type HttpResponse = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
};

const JSON_TYPE: OutgoingHttpHeaders = Object.freeze({ "content-type": "application/json" });

export function json(status: number, value: unknown, headers?: OutgoingHttpHeaders): HttpResponse {
  return {
    status,
    headers: headers ? { ...JSON_TYPE, ...headers } : JSON_TYPE,
    body: JSON.stringify(value),
  };
}

/**
 * Writes an answer in one piece, with its length, so that the connection can be used again.
 * @param more headers that all answers have; an answer's own of the same name takes precedence
 */
export function writeResponse(
  response: ServerResponse,
  { status, headers = {}, body = "" }: HttpResponse,
  more: OutgoingHttpHeaders,
): void {
  if (response.destroyed || response.headersSent) return;
  // Not spread: adding to an object that was copied so takes V8 twenty times as long.
  const all: OutgoingHttpHeaders = Object.assign({}, more, headers);
  // 204 has no body and no length (RFC 9110, section 8.6).
  if (status !== 204) all["content-length"] = Buffer.byteLength(body);
  response.writeHead(status, all);
  response.end(body);
}
