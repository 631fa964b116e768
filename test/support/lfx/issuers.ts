import { createLfxAuthenticator } from "../../../src/platforms/lfx/auth/authenticator.ts";
import type { ApiKey } from "../../../src/platforms/lfx/config/http.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { documents } from "../auth/documents.ts";
import {
  type Claims,
  type Clock,
  createClock,
  type ServerKey,
  serverKey,
  servesKeys,
  signedBy,
} from "../auth/tokens.ts";
import { type Act, answer, json, playScript } from "../scripted-server.ts";

export const RESOURCE = "https://mcp.example/mcp";
export const METADATA = "/.well-known/openid-configuration";
export const USUAL_KEYS = "/.well-known/jwks.json";

/** An authorization server on loopback: it answers what its acts say, by path, and signs tokens. */
async function startIssuer(key: ServerKey, clock: Clock) {
  const acts: Record<string, Act> = { [USUAL_KEYS]: await servesKeys(key) };
  const server = await playScript([
    (response, request) => (acts[request.url ?? ""] ?? answer(404))(response, request),
  ]);
  const issuer = server.origin;
  return {
    acts,
    server,
    issuer,
    /** The paths that were asked for, in order. */
    asked: () => server.requests.map(({ target }) => target),
    /** Says in its metadata where its keys are. */
    tells: (changes: Claims) => {
      acts[METADATA] = json(200, { issuer, ...changes });
    },
    /** A token of Ada's who may read, for an hour. */
    token: (changes: Claims = {}, signer = key, header: Claims = {}) =>
      signedBy(
        signer,
        {
          iss: issuer,
          aud: RESOURCE,
          sub: "auth0|ada",
          scope: "openid read:all",
          iat: clock.seconds(),
          exp: clock.seconds() + 3600,
          ...changes,
        },
        header,
      ),
  };
}

/** As many issuers as there are keys, and what tells their callers. */
export async function authenticatorOf(keys: readonly ServerKey[], apiKeys: readonly ApiKey[] = []) {
  const clock = createClock();
  const issuers = await Promise.all(keys.map((key) => startIssuer(key, clock)));
  const lines: string[] = [];
  const authenticate = createLfxAuthenticator({
    issuers: issuers.map(({ issuer }) => issuer),
    resource: RESOURCE,
    apiKeys,
    fetchJson: documents(),
    log: createLogger("debug", (line) => lines.push(line)),
    now: clock.now,
  });
  return { clock, issuers, authenticate, lines };
}

export const first = serverKey("ES256", "first");
export const second = serverKey("ES256", "second");

/** One issuer, and what tells its callers. */
export async function one() {
  const room = await authenticatorOf([first]);
  const [issuer] = room.issuers;
  if (!issuer) throw new Error("no issuer was started");
  return { ...room, ...issuer };
}

/** Two of them. */
export async function two() {
  const room = await authenticatorOf([first, second]);
  const [a, b] = room.issuers;
  if (!a || !b) throw new Error("no two issuers were started");
  return { ...room, a, b };
}
