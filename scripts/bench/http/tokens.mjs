import { exportJWK, generateKeyPair, SignJWT } from "jose";

export const ISSUER = "http://127.0.0.1:1/issuer";
export const RESOURCE = "http://127.0.0.1:1/mcp";

/** The longest lifetime that the server accepts. A run must end before. */
const LIFETIME_SECONDS = 900;
const KEY_ID = "bench";

/**
 * A key set with one public key, and an ES256 token for each caller.
 * @param {number} callers
 * @returns {Promise<{ jwks: string, tokens: string[] }>}
 */
export async function makeTokens(callers) {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const key = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: "ES256", use: "sig" };
  const issuedAt = Math.floor(Date.now() / 1000);
  const sign = (/** @type {number} */ caller) =>
    new SignJWT({
      user_id: `user_${caller}`,
      org_id: "org_bench",
      client_id: "mcp_client_bench",
      grant_id: `mcp_grant_${caller}`,
      scope: "mcp:signals:read mcp:signals:write mcp:system:read",
      token_use: "mcp_access",
    })
      .setProtectedHeader({ alg: "ES256", kid: KEY_ID })
      .setIssuer(ISSUER)
      .setAudience(RESOURCE)
      .setSubject(`user_${caller}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .sign(privateKey);
  const tokens = await Promise.all(Array.from({ length: callers }, (_, caller) => sign(caller)));
  return { jwks: JSON.stringify({ keys: [key] }), tokens };
}
