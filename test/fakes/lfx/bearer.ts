import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { Bearer } from "../../../src/platforms/lfx/sandbox/routes.ts";

export type BearerRules = {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  /** The MCP server's OAuth client; only its tokens are accepted. */
  readonly client: string;
  readonly kinds: readonly Bearer["kind"][];
};

/** Why a bearer is rejected. */
export class Refused extends Error {}

function kindOf({ sub, client_id: client }: JWTPayload, own: string): Bearer["kind"] {
  if (client !== own) throw new Refused(`a token of the client ${client}`);
  if (sub === own) return "machine";
  if (!sub || sub.endsWith("@clients")) throw new Refused(`a token of ${sub}`);
  return "user";
}

/**
 * Verifies bearer tokens for one API: signature, issuer, audience, type, times and subject.
 * @returns a function that throws Refused
 */
export async function createBearerCheck(rules: BearerRules) {
  const { issuer, jwksUrl, audience, client, kinds } = rules;
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  // Fetch now, so that every later request for the key set comes from the server under test.
  await keys.reload();
  return async (authorization: string | undefined): Promise<Bearer> => {
    const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "";
    const requiredClaims = ["sub", "exp", "client_id"];
    const expected = { issuer, audience, typ: "at+jwt", requiredClaims, clockTolerance: 5 };
    const { payload } = await jwtVerify(token, keys, expected).catch((error: unknown) => {
      throw new Refused(String(error));
    });
    const kind = kindOf(payload, client);
    if (!kinds.includes(kind)) throw new Refused(`a token of a ${kind}, which is not accepted`);
    return { kind, subject: payload.sub ?? "", token };
  };
}
