import type { IncomingMessage } from "node:http";
import { AuthUnavailable, TokenInvalid } from "../../auth/errors.ts";
import { type HttpResponse, json } from "./response.ts";

/** A target that is a whole URL: its authority and its path (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^?]*)/i;

/** The path that a request asks for, without its query; empty for a target that has none, such as `*`. */
export function pathOf({ url = "" }: IncomingMessage): string {
  if (url.startsWith("/")) return url.split("?", 1)[0] ?? "";
  const absolute = ABSOLUTE.exec(url);
  return absolute ? absolute[2] || "/" : "";
}

/** Whom a request means: the authority of its target, which overrides the Host header, else that header. */
function authorityOf({ url = "", headers }: IncomingMessage): string {
  return (url.startsWith("/") ? undefined : ABSOLUTE.exec(url)?.[1]) ?? headers.host ?? "";
}

/** Headers that decide who may do what; two of one kind would be read differently by different programs. */
const SINGLE = new Set([
  "host",
  "authorization",
  "content-length",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
]);

function refuse(status: number, error: string, description: string): HttpResponse {
  return json(status, { error, error_description: description });
}

/** Refuses a request whose deciding headers stand twice; undefined where it may go on. */
export function refuseRepeated({ rawHeaders }: IncomingMessage): HttpResponse | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return refuse(400, "invalid_request", `The header ${name} stands more than once.`);
    seen.add(name);
  }
  return undefined;
}

/**
 * Refuses a host that is not ours, against DNS rebinding, and an Origin that may not call (MCP 2026-07-28, streamable
 * HTTP, "Security Warning").
 */
export function refuseForeign(
  request: IncomingMessage,
  allowedHosts: ReadonlySet<string>,
  allowedOrigins: ReadonlySet<string> | "any",
): HttpResponse | undefined {
  if (!allowedHosts.has(authorityOf(request).toLowerCase())) {
    return refuse(403, "forbidden", "This host name is not served here. Add it with --allowed-hosts.");
  }
  const { origin } = request.headers;
  if (origin !== undefined && allowedOrigins !== "any" && !allowedOrigins.has(origin.toLowerCase())) {
    return refuse(403, "forbidden", "Pages of this origin may not call. Add it with --allowed-origins.");
  }
  return undefined;
}

/** A quoted string (RFC 9110, section 5.6.4); what cannot stand in one is left out. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;
}

export type Challenger = {
  /** No credentials came: the challenge has no error (RFC 6750, section 3.1), the body says what is missing. */
  missing(): HttpResponse;
  /** What became of the verification of a token. @throws whatever is neither a bad token nor an outage */
  refused(error: unknown): HttpResponse;
};

/**
 * Answers for callers that are not let in (RFC 6750, RFC 9728 section 5.1).
 * @param metadataUrl where the resource's metadata are; undefined where there are none
 * @param scope what a usual connection needs: clients ask the authorization server for exactly that
 */
export function createChallenger(metadataUrl: URL | undefined, scope: string): Challenger {
  const challenge = (parameters: Readonly<Record<string, string>>): string => {
    const all = { ...parameters, ...(metadataUrl ? { resource_metadata: metadataUrl.href, scope } : {}) };
    const list = Object.entries(all).map(([name, value]) => `${name}=${quoted(value)}`);
    return list.length > 0 ? `Bearer ${list.join(", ")}` : "Bearer";
  };
  const unauthorized = (
    error: string,
    description: string,
    parameters: Record<string, string>,
  ): HttpResponse =>
    json(401, { error, error_description: description }, { "www-authenticate": challenge(parameters) });

  return {
    missing: () => unauthorized("missing_token", "Bearer token is required.", {}),
    refused: (error) => {
      if (error instanceof TokenInvalid) {
        const { description } = error;
        const parameters = { error: "invalid_token", error_description: description };
        return unauthorized("invalid_token", description, parameters);
      }
      if (error instanceof AuthUnavailable) {
        const description = "MCP authorization is temporarily unavailable. Try again in a moment.";
        return json(
          503,
          { error: "service_unavailable", error_description: description },
          { "retry-after": String(error.retryAfterSeconds) },
        );
      }
      throw error;
    },
  };
}

/** The token of an Authorization header (RFC 6750, section 2.1); undefined where there is none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S.*)$/i.exec(authorization ?? "")?.[1]?.trim();
}
