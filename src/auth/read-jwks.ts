import { createLocalJWKSet, type JSONWebKeySet } from "jose";

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

/**
 * Reads a JSON document, and follows no redirect: its address is what is trusted.
 * @param timeoutMs for the whole answer
 * @throws Error where none came in time
 */
export const readDocument = async (url: URL, accept: string, timeoutMs: number): Promise<unknown> => {
  const { status, body } = await fetch(url, {
    headers: { accept },
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status !== 200 || !body) {
    await body?.cancel();
    throw new Error(`the answer is HTTP ${status}`);
  }
  return JSON.parse(await boundedText(body));
};

/** Reads a key set (RFC 7517, section 5). @throws Error where no usable one came in time */
export const readKeySet = async (url: URL, timeoutMs: number): Promise<LocalKeySet> => {
  const document = await readDocument(url, "application/jwk-set+json, application/json", timeoutMs);
  return createLocalJWKSet(document as JSONWebKeySet);
};
