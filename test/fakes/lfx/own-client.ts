import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { exportJWK, type JWK } from "jose";

/** The MCP server's own OAuth client. */
export const OWN_CLIENT = "lfx-mcp@clients";
export const OWN_SECRET = "the secret of the MCP server's own client";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Its private key in PEM. */
export const SIGNING_KEY = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

export function publicKey(): Promise<JWK> {
  return exportJWK(createPublicKey(SIGNING_KEY));
}
