import type { TokenSource } from "../../../auth/token-source.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, parseJson } from "../../../shared/json.ts";

/** The last moment that a date can name. */
const MAX_SECONDS = 8.64e12;

/**
 * When a token expires, in seconds since 1970, as it says itself; nobody verifies it here, LFX does.
 * @returns undefined for a token that does not say
 */
export function readTokenExpiry(token: string): number | undefined {
  const claims = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const exp = isObject(claims) ? claims.exp : undefined;
  return typeof exp === "number" && Math.abs(exp) <= MAX_SECONDS ? exp : undefined;
}

/**
 * A token of LFX's that its user brought himself. It cannot be renewed.
 * @param now milliseconds since 1970
 */
export function createStaticTokenSource(token: string, now: () => number = Date.now): TokenSource {
  const expiresAt = (readTokenExpiry(token) ?? Number.POSITIVE_INFINITY) * 1000;
  return {
    token: async () => {
      if (now() < expiresAt) return token;
      throw new ToolError("invalid_token", `The LFX token expired at ${new Date(expiresAt).toISOString()}`, {
        hint: "Set a new one as LFXMCP_LFX_TOKEN and restart the server.",
      });
    },
    invalidate: () => {},
  };
}
