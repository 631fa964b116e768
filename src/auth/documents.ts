import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { createHttpClient } from "../http-client/client.ts";
import type { ProxySettings } from "../http-client/types.ts";
import { Cancel } from "../shared/cancel.ts";
import { withDeadline } from "../shared/deadline.ts";
import type { Logger } from "../shared/logger.ts";

/** A key set as jose uses it: finds the key that fits a token's header. */
export type LocalKeySet = ReturnType<typeof createLocalJWKSet>;

const MAX_BYTES = 256 * 1024;

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

/** The way to the documents of authorization servers. */
export type Documents = {
  readonly read: ReadDocument;
  close(): Promise<void>;
};

/** Reads them as everything else is called, through the proxies, but follows no redirect: the address is what is trusted. */
export const createDocuments = (proxies: ProxySettings, log: Logger): Documents => {
  const http = createHttpClient(proxies, log, { maxAnswerBytes: MAX_BYTES });
  const read: ReadDocument = (url, accept, timeoutMs) =>
    withDeadline(timeoutMs, new Cancel(), async (deadline) => {
      const request = { method: "GET", url, headers: { accept }, attempts: 1, follow: false } as const;
      const { status, body } = await http.send(request, deadline);
      if (status !== 200) throw new DocumentError(status);
      return JSON.parse(body);
    });
  return { read, close: () => http.close() };
};

/** Reads a key set (RFC 7517, section 5). @throws Error where no usable one came in time */
export const readKeySet = async (read: ReadDocument, url: URL, timeoutMs: number): Promise<LocalKeySet> => {
  const document = await read(url, "application/jwk-set+json, application/json", timeoutMs);
  return createLocalJWKSet(document as JSONWebKeySet);
};
