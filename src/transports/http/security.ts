import { hash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthUnavailable, TokenInvalid, TooManyAttempts } from "../../auth/errors.ts";
import { isJwt } from "../../auth/jwt.ts";
import { createLruCache } from "../../shared/cache.ts";
import { sanitizeText } from "../../shared/json.ts";
import type { Trace } from "../../shared/trace.ts";
import { type HttpResponse, json } from "./response.ts";

/** Which pages may read a response in a browser: those of allowed origins, any, or none. */
export type CorsPolicy = "allowed" | "any" | "none";

/** A request target in absolute form: authority and path (RFC 9112, section 3.2.2). */
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)([^?]*)/i;

/** The requested path without its query; empty for a target without one, such as `*`. */
export function readPath({ url = "" }: IncomingMessage): string {
  if (url.startsWith("/")) {
    const query = url.indexOf("?");
    return query === -1 ? url : url.slice(0, query);
  }
  const absolute = ABSOLUTE_TARGET.exec(url);
  return absolute ? absolute[2] || "/" : "";
}

/** The token of an Authorization header (RFC 6750, section 2.1). */
export function readBearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S.*)$/i.exec(authorization ?? "")?.[1]?.trim();
}

/** Headers that decide who may do what. If one is repeated, two programs could read it differently. */
const UNREPEATABLE: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "content-length",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
]);

/** The response to a request that repeats a security-relevant header; otherwise undefined. */
export function rejectRepeatedHeaders({ rawHeaders }: IncomingMessage): HttpResponse | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (!UNREPEATABLE.has(name)) continue;
    if (seen.has(name))
      return reject(400, "invalid_request", `Repeated header: ${name}.`, `${name} is repeated`);
    seen.add(name);
  }
  return undefined;
}

/** The hosts for which a route is served: any, the allowed ones, or these and IP addresses, which DNS rebinding cannot use. */
export type HostPolicy = "any" | "allowed" | "ip";

const IP_HOST = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?$/;

/**
 * The response to a request for a foreign host, against DNS rebinding, or from a browser page of a foreign origin
 * (MCP 2026-07-28, streamable HTTP, "Security Warning"); otherwise undefined.
 */
export function rejectForeignRequest(
  request: IncomingMessage,
  allowedHosts: ReadonlySet<string>,
  allowedOrigins: ReadonlySet<string> | "any",
  policy: HostPolicy = "allowed",
): HttpResponse | undefined {
  const host = readAuthority(request).toLowerCase();
  if (policy !== "any" && !isAllowedHost(host, allowedHosts, policy)) {
    return reject(
      403,
      "forbidden",
      "Unknown host name. Add it to the allowed hosts of this server.",
      `host not allowed: ${sanitizeText(host)}`,
    );
  }
  const { origin } = request.headers;
  if (origin !== undefined && allowedOrigins !== "any" && !allowedOrigins.has(origin.toLowerCase())) {
    return reject(
      403,
      "forbidden",
      "Requests from this origin are not allowed. Add it to the allowed origins of this server.",
      `origin not allowed: ${sanitizeText(origin)}`,
    );
  }
  return undefined;
}

function isAllowedHost(host: string, allowed: ReadonlySet<string>, policy: HostPolicy): boolean {
  return allowed.has(host) || (policy === "ip" && IP_HOST.test(host));
}

/** The authority that a request addresses: that of its target if it has one, otherwise the Host header. */
function readAuthority({ url = "", headers }: IncomingMessage): string {
  return (url.startsWith("/") ? undefined : ABSOLUTE_TARGET.exec(url)?.[1]) ?? headers.host ?? "";
}

function reject(status: number, error: string, description: string, reason: string): HttpResponse {
  return json(status, { error, error_description: description }, undefined, { reason });
}

/** The response to a CORS preflight request. */
export const PREFLIGHT: HttpResponse = {
  status: 204,
  headers: {
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-allow-headers":
      "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id, x-request-id, traceparent, tracestate, baggage",
    "access-control-max-age": "86400",
  },
};

const ANY_ORIGIN: OutgoingHttpHeaders = { "access-control-allow-origin": "*" };
const EXPOSED_HEADERS = "WWW-Authenticate, X-Request-Id, Retry-After";

/** The CORS headers of a response; undefined for requests that don't come from an allowed page. */
export function corsHeaders(
  policy: CorsPolicy,
  { headers: { origin } }: IncomingMessage,
  allowedOrigins: ReadonlySet<string>,
): OutgoingHttpHeaders | undefined {
  if (policy === "any") return ANY_ORIGIN;
  if (policy === "none" || origin === undefined || !allowedOrigins.has(origin.toLowerCase()))
    return undefined;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED_HEADERS,
    vary: "origin",
  };
}

/** Failed attempts that an address may make at once, and the time after which it may make one more. */
const MAX_FAILED_ATTEMPTS = 20;
const ATTEMPT_INTERVAL_MS = 500;
/** Limit of the time for which an attempt waits for its turn. */
const MAX_ATTEMPT_WAIT_MS = 4000;
const MAX_ADDRESSES = 10_000;
const MAX_KNOWN_TOKENS = 1000;
const KNOWN_TOKEN_MS = 24 * 60 * 60 * 1000;

/**
 * Slows failed attempts of each remote address. Many callers may share an address, so valid credentials pass: a signed
 * token cannot be guessed and is always verified, and other tokens pass if they were accepted before. The rest wait for
 * their turn once the address has failed too often.
 * @param verify throws TokenInvalid, AuthUnavailable
 * @param now milliseconds since 1970
 * @returns a function from a token and an address to its caller; it also throws TooManyAttempts
 */
export function limitAttempts<T>(
  verify: (token: string, trace?: Trace) => Promise<T>,
  now: () => number = Date.now,
  wait: (ms: number) => Promise<void> = sleep,
): (token: string, address: string, trace?: Trace) => Promise<T> {
  /** When each address may fail as often as any other again (generic cell rate algorithm). */
  const clearAt = createLruCache<number>(now, MAX_ADDRESSES);
  const known = createLruCache<true>(now, MAX_KNOWN_TOKENS);

  const setClear = (network: string, at: number): void => clearAt.set(network, { value: at, until: at });
  /** Counts a failed attempt. @returns milliseconds to wait before it @throws TooManyAttempts if that is too long */
  const count = (network: string, maxWaitMs: number): number => {
    const time = now();
    const at = (clearAt.get(network) ?? time) + ATTEMPT_INTERVAL_MS;
    const waitMs = at - time - MAX_FAILED_ATTEMPTS * ATTEMPT_INTERVAL_MS;
    if (waitMs > maxWaitMs) throw new TooManyAttempts("too many failed attempts");
    setClear(network, at);
    return waitMs;
  };
  const verifySigned = async (token: string, network: string, trace?: Trace): Promise<T> => {
    try {
      return await verify(token, trace);
    } catch (error) {
      if (error instanceof TokenInvalid && error.isGuess) count(network, 0);
      throw error;
    }
  };

  return async (token, address, trace) => {
    const network = readNetwork(address);
    if (isJwt(token)) return verifySigned(token, network, trace);
    const key = hash("sha256", token, "base64");
    if (known.get(key)) return verify(token, trace);
    // Counted in advance, so that concurrent attempts are, too.
    const waitMs = count(network, MAX_ATTEMPT_WAIT_MS);
    if (waitMs > 0) await wait(waitMs);
    const caller = await verify(token, trace);
    setClear(network, (clearAt.get(network) ?? 0) - ATTEMPT_INTERVAL_MS);
    known.set(key, { value: true, until: now() + KNOWN_TOKEN_MS });
    return caller;
  };
}

/** The /64 network of an IPv6 address, whose owner has all its addresses; any other address as it is. */
function readNetwork(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  return address.split("::")[0]?.split(":").slice(0, 4).join(":") ?? address;
}

export type Challenger = {
  /** The response to a request without credentials. Its challenge has no error code (RFC 6750, section 3.1). */
  missingToken(): HttpResponse;
  /** The response after a failed verification. @throws other errors than those of `limitAttempts` */
  verificationFailed(error: unknown): HttpResponse;
  /** The response to a call that needs another scope (RFC 6750, section 3.1; MCP authorization, step-up flow). */
  missingScope(tool: string, scope: string): HttpResponse;
};

/**
 * Responses to callers that are not authenticated (RFC 6750; RFC 9728, section 5.1).
 * @param metadataUrl URL of the protected resource metadata, if there is any
 * @param scope scopes that clients should request from the authorization server
 */
export function createChallenger(metadataUrl: URL | undefined, scope: string): Challenger {
  const resource = metadataUrl ? { resource_metadata: metadataUrl.href, scope } : {};
  const unauthorized = (
    error: string,
    description: string,
    parameters: Record<string, string>,
    reason: string,
  ) =>
    json(
      401,
      { error, error_description: description },
      { "www-authenticate": formatChallenge({ ...parameters, ...resource }) },
      { reason },
    );

  return {
    missingToken: () => unauthorized("missing_token", "Bearer token is required.", {}, "no bearer token"),
    missingScope: (tool, scope) => {
      const needs = `${tool} requires the ${scope} scope`;
      const challenge = formatChallenge({
        error: "insufficient_scope",
        scope,
        ...(metadataUrl && { resource_metadata: metadataUrl.href }),
        error_description: `${needs}, which the token lacks. Authorize again with it.`,
      });
      return { status: 403, headers: { "www-authenticate": challenge }, log: { reason: needs } };
    },
    verificationFailed: (error) => {
      // For operators. It contains no part of the token.
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof TokenInvalid) {
        const { description } = error;
        const parameters = { error: "invalid_token", error_description: description };
        return unauthorized("invalid_token", description, parameters, reason);
      }
      if (error instanceof AuthUnavailable) {
        return json(
          503,
          { error: "service_unavailable", error_description: error.description },
          { "retry-after": String(error.retryAfterSeconds) },
          { reason },
        );
      }
      if (error instanceof TooManyAttempts) {
        const seconds = MAX_ATTEMPT_WAIT_MS / 1000;
        const description = `Too many failed attempts to authenticate from this address. Try again in ${seconds} seconds.`;
        return json(
          429,
          { error: "too_many_attempts", error_description: description },
          { "retry-after": String(seconds) },
          { reason },
        );
      }
      throw error;
    },
  };
}

function formatChallenge(parameters: Readonly<Record<string, string>>): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name}=${quote(value)}`);
  return list.length > 0 ? `Bearer ${list.join(", ")}` : "Bearer";
}

/** A quoted string without the characters that it cannot contain (RFC 9110, section 5.6.4). */
function quote(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;
}
