import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** A whole answer, before it is written. */
export type Answer = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
};

export const json = (status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

/** Writes an answer in one piece, with its length, so that the connection can be used again. */
export const writeAnswer = (
  response: ServerResponse,
  { status, headers = {}, body = "" }: Answer,
  more: OutgoingHttpHeaders,
): void => {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.byteLength(body);
  // 204 has no body and no length (RFC 9110, section 8.6).
  const length = status === 204 ? {} : { "content-length": bytes };
  response.writeHead(status, { ...more, ...headers, ...length });
  response.end(body);
};
