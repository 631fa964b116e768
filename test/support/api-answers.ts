import type { HttpAnswer } from "../../src/net/exchange.ts";

/** An answer as the HTTP client hands it on. */
export const httpAnswer = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ status, body, header: (name) => headers[name] });

/** An error answer of REST API v1. */
export const apiAnswer = (
  status: number,
  error: string,
  message: string,
  diagnostics?: readonly object[],
  headers?: Readonly<Record<string, string>>,
): HttpAnswer => httpAnswer(status, JSON.stringify({ error, message, diagnostics }), headers);
