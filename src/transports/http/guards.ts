import type { IncomingMessage } from "node:http";
import { type Answer, json } from "./response.ts";
import { authorityOf } from "./target.ts";

/** Headers that decide who may do what; two of one kind would be read differently by different programs. */
const SINGLE = new Set([
  "host",
  "authorization",
  "content-length",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
]);

const refuse = (status: number, error: string, description: string): Answer =>
  json(status, { error, error_description: description });

/** Refuses a request whose deciding headers stand twice; undefined where it may go on. */
export const refuseRepeated = ({ rawHeaders }: IncomingMessage): Answer | undefined => {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return refuse(400, "invalid_request", `The header ${name} stands more than once.`);
    seen.add(name);
  }
  return undefined;
};

/**
 * Refuses a host that is not ours, against DNS rebinding, and an Origin that may not call (MCP 2026-07-28, streamable
 * HTTP, "Security Warning").
 */
export const refuseForeign = (
  request: IncomingMessage,
  allowedHosts: ReadonlySet<string>,
  allowedOrigins: ReadonlySet<string> | "any",
): Answer | undefined => {
  if (!allowedHosts.has(authorityOf(request).toLowerCase())) {
    return refuse(403, "forbidden", "This host name is not served here. Add it with --allowed-hosts.");
  }
  const { origin } = request.headers;
  if (origin !== undefined && allowedOrigins !== "any" && !allowedOrigins.has(origin.toLowerCase())) {
    return refuse(403, "forbidden", "Pages of this origin may not call. Add it with --allowed-origins.");
  }
  return undefined;
};
