import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { SignJWT } from "jose";

const LIFETIME_SECONDS = 60;

/** RFC 7518, section 3.3. */
const MIN_BITS = 2048;

/** How an OAuth client proves to its token endpoint who it is. */
export type ClientProof = { readonly secret: string } | { readonly signingKey: KeyObject };

/**
 * Reads a private RSA key of 2048 bits or more, PKCS#8 or PKCS#1 in PEM.
 * @returns undefined where the text is none
 */
export const readSigningKey = (pem: string): KeyObject | undefined => {
  try {
    const key = createPrivateKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === "rsa" && bits >= MIN_BITS ? key : undefined;
  } catch {
    return undefined;
  }
};

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * The parameters of a token request by which a client authenticates itself: its secret, or an assertion that it signs
 * anew each time (RFC 7523, sections 2.2 and 3).
 * @param now milliseconds since 1970
 */
export const clientParameters = async (
  clientId: string,
  proof: ClientProof,
  tokenEndpoint: URL,
  now: () => number,
): Promise<Readonly<Record<string, string>>> => {
  if ("secret" in proof) return { client_id: clientId, client_secret: proof.secret };
  const issuedAt = Math.floor(now() / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenEndpoint.href)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .setJti(randomBytes(16).toString("hex"))
    .sign(proof.signingKey);
  return { client_id: clientId, client_assertion: assertion, client_assertion_type: ASSERTION_TYPE };
};
