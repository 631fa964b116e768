import { createVerifier } from "../../../src/platforms/lightfast/hosted/auth.ts";
import { createFetchJson } from "../auth/fetch-json.ts";
import {
  createClaims,
  createClock,
  ISSUER,
  KNOWN_SCOPES,
  RESOURCE,
  respondWithKeys,
  SECRET,
  serverKey,
} from "../auth/tokens.ts";
import { playScript } from "../scripted-server.ts";

const clock = createClock();
export const claims = createClaims(clock);
export const rsa = serverKey("RS256", "rsa");
export const ec = serverKey("ES256", "ec");

export const common = { issuer: ISSUER, resource: RESOURCE, knownScopes: KNOWN_SCOPES, now: clock.now };
export const bySecret = createVerifier({ ...common, secret: SECRET });

/** A verifier with a key set on loopback, and the server of that key set. */
export async function byKeys() {
  const server = await playScript([await respondWithKeys(rsa, ec)]);
  const verify = createVerifier({
    ...common,
    secret: SECRET,
    jwksUrl: server.url("/jwks"),
    fetchJson: createFetchJson(),
  });
  return { server, verify };
}
