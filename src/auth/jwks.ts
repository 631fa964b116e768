import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { createHttpClient } from "../http-client/client.ts";
import type { ProxySettings } from "../http-client/types.ts";
import { Cancel, withDeadline } from "../shared/deadline.ts";
import { isObject } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";
import { appendPath, isLoopback } from "../shared/url.ts";
import { AuthUnavailable } from "./errors.ts";
import { normalizeIssuer } from "./jwt.ts";

/** A key set as jose uses it: finds the key that fits a token's header. */
export type LocalKeySet = ReturnType<typeof createLocalJWKSet>;

const MAX_BYTES = 256 * 1024;

/** A document that is not there, or not to be had. */
class DocumentError extends Error {
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
export type FetchJson = (url: URL, accept: string, timeoutMs: number) => Promise<unknown>;

/** The way to the documents of authorization servers. */
export type MetadataClient = {
  readonly fetchJson: FetchJson;
  close(): Promise<void>;
};

/** Reads them as everything else is called, through the proxies, but follows no redirect: the address is what is trusted. */
export function createMetadataClient(proxies: ProxySettings, log: Logger): MetadataClient {
  const http = createHttpClient(proxies, log, { maxResponseBytes: MAX_BYTES });
  const read: FetchJson = (url, accept, timeoutMs) =>
    withDeadline(timeoutMs, new Cancel(), async (deadline) => {
      const request = {
        method: "GET",
        url,
        headers: { accept },
        maxAttempts: 1,
        followRedirects: false,
      } as const;
      const { status, body } = await http.send(request, deadline);
      if (status !== 200) throw new DocumentError(status);
      return JSON.parse(body);
    });
  return { fetchJson: read, close: () => http.close() };
}

/** Reads a key set (RFC 7517, section 5). @throws Error where no usable one came in time */
async function readKeySet(read: FetchJson, url: URL, timeoutMs: number): Promise<LocalKeySet> {
  const document = await read(url, "application/jwk-set+json, application/json", timeoutMs);
  return createLocalJWKSet(document as JSONWebKeySet);
}

export type KeySetOptions = {
  /** Where the set is, or how that is found out; asked at each reading. */
  readonly url: URL | ((timeoutMs: number) => Promise<URL>);
  readonly fetchJson: FetchJson;
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long one reading may take. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5000;

/** So much of a reading a token waits for while there is a set that can be used. */
const PATIENCE_MS = 500;

/** A set is read again when it is that old. */
const FRESH_MS = 10 * 60 * 1000;

/** A set is used so long while no newer one can be had. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Unknown keys, which anybody can name, cause one reading in that time. */
const COOLDOWN_MS = 30_000;

/** Where the last reading failed and a token waits for its key. */
const RETRY_MS = 2000;

/** A reading, and as much of it as is waited for by those who could do without. */
type Reading = { readonly whole: Promise<void>; readonly brief: Promise<void> };

function beginningOf(work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * The keys of an authorization server by the address of its key set. jose's own remote set has no way to outlast an
 * endpoint that is down, and asks it for every token meanwhile.
 * @returns finds the key for a token's header; throws AuthUnavailable where that cannot be known now, and jose's
 * errors where the token has no key in the set
 */
export function createKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { url, fetchJson: document, log, now = Date.now, timeoutMs = TIMEOUT_MS } = options;
  let good: { readonly find: LocalKeySet; readonly readAt: number } | undefined;
  let failure: unknown;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Reading | undefined;

  const age = (): number => (good ? now() - good.readAt : Number.POSITIVE_INFINITY);
  const unavailable = (): AuthUnavailable =>
    new AuthUnavailable(`the key set cannot be read: ${String(failure)}`, { cause: failure });

  const read = async (): Promise<void> => {
    triedAt = now();
    let place: URL | undefined;
    try {
      place = url instanceof URL ? url : await url(timeoutMs);
      good = { find: await readKeySet(document, place, timeoutMs), readAt: triedAt };
      failure = undefined;
    } catch (error) {
      failure = error;
      log?.warn("the key set cannot be read", { host: place?.host, cause: String(error) });
    }
  };
  /** Reads the set unless the last reading began less than `pauseMs` ago; all who wait share one reading. */
  const readAfter = (pauseMs: number): Reading | undefined => {
    if (!reading && now() - triedAt >= pauseMs) {
      const whole = read().finally(() => {
        reading = undefined;
      });
      reading = { whole, brief: beginningOf(whole) };
    }
    return reading;
  };
  const current = (): LocalKeySet => {
    if (!good || age() >= MAX_AGE_MS) throw unavailable();
    return good.find;
  };

  return async (header, token) => {
    if (age() >= MAX_AGE_MS) await readAfter(RETRY_MS)?.whole;
    else if (age() >= FRESH_MS) await readAfter(COOLDOWN_MS)?.brief;
    try {
      return await current()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await readAfter(failure ? RETRY_MS : COOLDOWN_MS)?.whole;
    // The key may be newer than the set, so nobody can say that the token is bad.
    if (failure) throw unavailable();
    return current()(header, token);
  };
}

/** The part of an authorization server's metadata that is of use here. */
export type IssuerEndpoints = { readonly jwks: URL; readonly userInfo: URL };

const METADATA = "/.well-known/openid-configuration";

/** An endpoint as the metadata name it, where it may be trusted: only an issuer of this machine names others of it. */
function endpoint(value: unknown, issuer: URL): URL | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isLocal = isLoopback(url.hostname) && isLoopback(issuer.hostname);
  return isLocal || (url.protocol === "https:" && !isLoopback(url.hostname)) ? url : undefined;
}

/** Whether an issuer is known to have no metadata, and not only at this moment. */
function isAbsent(error: unknown): boolean {
  return (
    error instanceof SyntaxError ||
    (error instanceof DocumentError && error.status >= 300 && error.status < 500)
  );
}

/**
 * Finds an issuer's endpoints by its metadata (OpenID Connect Discovery 1.0, section 4). An issuer that has none has
 * its endpoints where they usually are.
 * @throws Error where it cannot be known at present
 */
export async function discoverIssuer(
  issuer: string,
  timeoutMs: number,
  read: FetchJson,
): Promise<IssuerEndpoints> {
  const base = new URL(issuer);
  const document = await read(appendPath(base, METADATA), "application/json", timeoutMs).catch(
    (error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    },
  );
  // Metadata that speak for somebody else are nobody's (section 4.3).
  const isOwn =
    isObject(document) &&
    typeof document.issuer === "string" &&
    normalizeIssuer(document.issuer) === normalizeIssuer(issuer);
  const found = isOwn ? document : {};
  return {
    jwks: endpoint(found.jwks_uri, base) ?? usualKeys(issuer),
    userInfo: endpoint(found.userinfo_endpoint, base) ?? appendPath(base, "/userinfo"),
  };
}

/** Where an issuer's keys usually are. */
function usualKeys(issuer: string): URL {
  return appendPath(new URL(issuer), "/.well-known/jwks.json");
}

/** Where an issuer's keys are; where the metadata are not to be had, in the usual place, which is as much its own. */
export async function keysOf(issuer: string, timeoutMs: number, read: FetchJson): Promise<URL> {
  try {
    return (await discoverIssuer(issuer, timeoutMs, read)).jwks;
  } catch {
    return usualKeys(issuer);
  }
}
