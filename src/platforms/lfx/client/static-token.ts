import type { TokenSource } from "../../../auth/token-source.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, parseJson } from "../../../shared/json.ts";

/** The latest time a `Date` can represent (ECMA-262, 21.4.1.1), in seconds. */
const MAX_SECONDS = 8.64e12;

/** The `exp` claim, unverified, in seconds since 1970; undefined for a token without a readable one. */
export function readTokenExpiry(token: string): number | undefined {
  const claims = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const exp = isObject(claims) ? claims.exp : undefined;
  return typeof exp === "number" && Math.abs(exp) <= MAX_SECONDS ? exp : undefined;
}

/** Supplies the LFX token from the settings, which cannot be renewed. */
export function createStaticTokenSource(token: string, now: typeof Date.now = Date.now): TokenSource {
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
