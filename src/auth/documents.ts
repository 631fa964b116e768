import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { Cancel } from "../core/cancel.ts";
import { withDeadline } from "../core/deadline.ts";
import type { HttpClient } from "../net/exchange.ts";

/** A key set as jose uses it: finds the key that fits a token's header. */
export type LocalKeySet = ReturnType<typeof createLocalJWKSet>;

const MAX_BYTES = 256 * 1024;

const boundedText = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the answer is over ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/** A document that is not there, or not to be had. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  readonly status: number;

  constructor(status: number) {
    super(`the answer is HTTP ${status}`);
    this.status = status;
  }
}

/**
 * Reads a JSON document.
 * @param timeoutMs for the whole answer
 * @throws DocumentError where the answer is no success, SyntaxError where it is no JSON, Error where none came in time
 */
export type ReadDocument = (url: URL, accept: string, timeoutMs: number) => Promise<unknown>;

/** Reads it without a proxy, and follows no redirect: its address is what is trusted. */
export const fetchDocument: ReadDocument = async (url, accept, timeoutMs) => {
  const { status, body } = await fetch(url, {
    headers: { accept },
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status !== 200 || !body) {
    await body?.cancel();
    throw new DocumentError(status);
  }
  return JSON.parse(await boundedText(body));
};

/** Reads it in the way in which everything else is called, through the proxies. */
export const documentReader =
  (http: HttpClient): ReadDocument =>
  (url, accept, timeoutMs) =>
    withDeadline(timeoutMs, new Cancel(), async (deadline) => {
      const request = { method: "GET", url, headers: { accept }, attempts: 1 } as const;
      const { status, body } = await http.send(request, deadline);
      if (status !== 200) throw new DocumentError(status);
      return JSON.parse(body);
    });

/** Reads a key set (RFC 7517, section 5). @throws Error where no usable one came in time */
export const readKeySet = async (read: ReadDocument, url: URL, timeoutMs: number): Promise<LocalKeySet> => {
  const document = await read(url, "application/jwk-set+json, application/json", timeoutMs);
  return createLocalJWKSet(document as JSONWebKeySet);
};
