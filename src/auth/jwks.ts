import { setTimeout as delay } from "node:timers/promises";
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { createHttpClient } from "../http-client/client.ts";
import type { ProxySettings } from "../http-client/types.ts";
import { withDeadline } from "../shared/deadline.ts";
import { CodedError } from "../shared/errors.ts";
import { isObject } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";
import type { Trace } from "../shared/trace.ts";
import { appendPath, isClusterName, isLoopback } from "../shared/url.ts";
import { AuthUnavailable } from "./errors.ts";
import { type KeyLookup, normalizeIssuer } from "./jwt.ts";

/**
 * Fetches a JSON document.
 * @param timeoutMs limit for the whole response
 * @param trace of the request that needs the document; others may wait for it, too
 * @throws UnexpectedStatus if the status isn't 200, SyntaxError if the body isn't JSON, ToolError if the request fails
 */
export type FetchJson = (url: URL, accept: string, timeoutMs: number, trace?: Trace) => Promise<unknown>;

/** Fetches the documents of authorization servers: metadata (RFC 8414) and key sets (RFC 7517). */
export type MetadataClient = {
  readonly fetchJson: FetchJson;
  close(): Promise<void>;
};

export type KeySetOptions = {
  /** The URL of the set, or the issuer whose metadata name it. */
  readonly source: URL | { readonly issuer: string };
  readonly fetchJson: FetchJson;
  readonly log?: Logger | undefined;
  readonly now?: typeof Date.now;
  /** Limit for each request. */
  readonly timeoutMs?: number;
};

const MAX_DOCUMENT_BYTES = 256 * 1024;
const TIMEOUT_MS = 5000;

/** A key set is refreshed at this age. */
const REFRESH_AGE_MS = 10 * 60 * 1000;

/** A key set is used up to this age if no refresh succeeds. Until then, a withdrawn key may still count. */
const MAX_AGE_MS = 60 * 60 * 1000;

/** A token waits this long for a refresh before it is verified with the loaded key set. */
const MAX_REFRESH_WAIT_MS = 500;

/** Minimum time between requests while a key set is loaded: anyone can send tokens with unknown keys. */
const COOLDOWN_MS = 30_000;

/** Minimum time between requests if the last one failed and a token can't be verified without its key. */
const RETRY_MS = 2000;

class UnexpectedStatus extends CodedError {
  static override readonly code = "UNEXPECTED_STATUS";
  override readonly name = "UnexpectedStatus";
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** Uses the configured proxies. Redirects are not followed, because only the requested URL is trusted. */
export function createMetadataClient(proxies: ProxySettings, log: Logger): MetadataClient {
  const http = createHttpClient(proxies, log, { maxResponseBytes: MAX_DOCUMENT_BYTES });
  const fetchJson: FetchJson = (url, accept, timeoutMs, trace) =>
    withDeadline(timeoutMs, undefined, async (deadline) => {
      const { status, body } = await http.send(
        { method: "GET", url, headers: { accept }, trace, maxAttempts: 1, followRedirects: false },
        deadline,
      );
      if (status !== 200) throw new UnexpectedStatus(status);
      return JSON.parse(body);
    });
  return { fetchJson, close: () => http.close() };
}

/**
 * The public keys of an authorization server (RFC 7517, section 5), from a given URL or found through the issuer's
 * metadata. The last good set stays in use while its endpoint is down.
 * @returns the key for a token's header; throws AuthUnavailable if the keys can't be loaded or the set is too old to
 * tell, and jose's JWKSNoMatchingKey if a current set has no such key
 */
export function createKeySet(options: KeySetOptions): KeyLookup {
  const { source, fetchJson, log, now = Date.now, timeoutMs = TIMEOUT_MS } = options;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let requestedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let trace: Trace | undefined;
  let url = source instanceof URL ? source : new URL(source.issuer);
  let refresh: { readonly done: Promise<void>; readonly briefly: Promise<void> } | undefined;

  // Its own expiry and cooldown are off: they would request the set for every token while the endpoint is down.
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: async () => {
      if (!(source instanceof URL)) {
        const endpoints = await discoverIssuer(source.issuer, timeoutMs, fetchJson, trace).catch(
          () => undefined,
        );
        url = endpoints?.jwks ?? defaultKeySetUrl(source.issuer);
      }
      const accept = "application/jwk-set+json, application/json";
      return Response.json(await fetchJson(url, accept, timeoutMs, trace));
    },
  });
  const load = async (): Promise<void> => {
    requestedAt = now();
    try {
      await keys.reload();
      loadedAt = requestedAt;
      failure = undefined;
    } catch (error) {
      failure = error;
      log?.warn("failed to load the key set", { host: url.host, cause: String(error) });
    } finally {
      refresh = undefined;
    }
  };
  /** Requests the set unless the last request is less than `pauseMs` old. All waiting tokens share one request. */
  const refreshAfter = (pauseMs: number, first?: Trace) => {
    if (!refresh && now() - requestedAt >= pauseMs) {
      trace = first;
      const done = load();
      const timeout = delay(MAX_REFRESH_WAIT_MS, undefined, { ref: false });
      refresh = { done, briefly: Promise.race([done, timeout]) };
    }
    return refresh;
  };
  const unavailable = (): AuthUnavailable =>
    new AuthUnavailable(`key set unavailable: ${String(failure)}`, { cause: failure });
  const age = (): number => now() - loadedAt;
  const find: JWTVerifyGetKey = (header, token) => {
    if (age() >= MAX_AGE_MS) throw unavailable();
    return keys(header, token);
  };

  return async (header, token, trace) => {
    const askedAt = now();
    if (age() >= MAX_AGE_MS) await refreshAfter(RETRY_MS, trace)?.done;
    else if (age() >= REFRESH_AGE_MS) await refreshAfter(COOLDOWN_MS, trace)?.briefly;
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    const refreshing = refreshAfter(failure ? RETRY_MS : COOLDOWN_MS, trace);
    await refreshing?.done;
    if (failure) throw unavailable();
    if (refreshing || requestedAt >= askedAt) return find(header, token);
    // A client that gets 401 signs in again, so a key that may be new is not invalid.
    throw new AuthUnavailable("the key may be newer than the key set", {
      retryAfterSeconds: Math.max(1, Math.ceil((requestedAt + COOLDOWN_MS - now()) / 1000)),
    });
  };
}

/**
 * Reads an issuer's metadata (OpenID Connect Discovery 1.0, section 4). An endpoint that the metadata don't name, or may
 * not name, has its default path below the issuer.
 * @throws Error if the metadata cannot be read now
 */
export async function discoverIssuer(issuer: string, timeoutMs: number, fetchJson: FetchJson, trace?: Trace) {
  const base = new URL(issuer);
  const url = appendPath(base, "/.well-known/openid-configuration");
  const document = await fetchJson(url, "application/json", timeoutMs, trace).catch((error: unknown) => {
    // The issuer has no metadata, as opposed to an endpoint that is down.
    const hasNone =
      error instanceof SyntaxError ||
      (error instanceof UnexpectedStatus && error.status >= 300 && error.status < 500);
    if (!hasNone) throw error;
  });
  // Metadata whose issuer doesn't match are ignored (section 4.3).
  const isOwn =
    isObject(document) &&
    typeof document.issuer === "string" &&
    normalizeIssuer(document.issuer) === normalizeIssuer(issuer);
  const metadata = isOwn ? document : {};
  return {
    jwks: parseEndpoint(metadata.jwks_uri, base) ?? defaultKeySetUrl(issuer),
    userInfo: parseEndpoint(metadata.userinfo_endpoint, base) ?? appendPath(base, "/userinfo"),
  };
}

function defaultKeySetUrl(issuer: string): URL {
  return appendPath(new URL(issuer), "/.well-known/jwks.json");
}

/**
 * Only https is trusted, and only an issuer on a loopback host may name loopback endpoints. An issuer whose metadata come
 * over plain http may name its own origin and a cluster's names.
 */
function parseEndpoint(value: unknown, issuer: URL): URL | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isLocal = isLoopback(url.hostname);
  if (isLocal && isLoopback(issuer.hostname)) return url;
  const isPlain = url.protocol === "http:" && issuer.protocol === "http:";
  const isTrusted =
    url.protocol === "https:" || (isPlain && (url.origin === issuer.origin || isClusterName(url.hostname)));
  return isTrusted && !isLocal ? url : undefined;
}
