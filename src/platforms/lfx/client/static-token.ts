import type { TokenSource } from "../../../auth/token-source.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, type JsonObject, parseJson } from "../../../shared/json.ts";

/** The latest time a `Date` can represent (ECMA-262, 21.4.1.1), in seconds. */
const MAX_SECONDS = 8.64e12;

/** The claims of a JWT, unverified; none if they are unreadable. */
export function readTokenClaims(token: string): JsonObject {
  const claims = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  return isObject(claims) ? claims : {};
}

/** The `exp` claim, unverified, in seconds since 1970; undefined for a token without a readable one. */
export function readTokenExpiry(token: string): number | undefined {
  const { exp } = readTokenClaims(token);
  return typeof exp === "number" && Math.abs(exp) <= MAX_SECONDS ? exp : undefined;
}

/** Supplies the LFX token from the settings, which cannot be renewed. */
export function createStaticTokenSource(token: string, now: typeof Date.now = Date.now): TokenSource {
  const expiresAt = (readTokenExpiry(token) ?? Number.POSITIVE_INFINITY) * 1000;
  return {
    token: async () => {
      if (now() < expiresAt) return token;
      throw new ToolError("invalid_token", `The LFX token expired at ${new Date(expiresAt).toISOString()}`, {
        hint: "Set a new one as LFXMCP_LFX_TOKEN, then restart the server or run the command again.",
      });
    },
    invalidate: () => {},
  };
}
