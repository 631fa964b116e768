import { createLfxAuthenticator } from "../../../src/platforms/lfx/auth/authenticator.ts";
import type { ApiKey } from "../../../src/platforms/lfx/config/http.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createFetchJson } from "../auth/fetch-json.ts";
import {
  type Claims,
  type Clock,
  createClock,
  respondWithKeys,
  type ServerKey,
  serverKey,
  signWith,
} from "../auth/tokens.ts";
import { type Act, answer, json, playScript } from "../scripted-server.ts";

export const RESOURCE = "https://mcp.example/mcp";
export const METADATA = "/.well-known/openid-configuration";
export const USUAL_KEYS = "/.well-known/jwks.json";

/** Starts an authorization server whose responses are scripted by path, and which signs tokens. */
async function startIssuer(key: ServerKey, clock: Clock) {
  const acts: Record<string, Act> = { [USUAL_KEYS]: await respondWithKeys(key) };
  const server = await playScript([
    (response, request) => (acts[request.url ?? ""] ?? answer(404))(response, request),
  ]);
  const issuer = server.origin;
  return {
    acts,
    server,
    issuer,
    /** The requested paths, in order. */
    asked: () => server.requests.map(({ target }) => target),
    /** Publishes metadata. */
    publish: (changes: Claims) => {
      acts[METADATA] = json(200, { issuer, ...changes });
    },
    /** A token for Ada with read access, valid for an hour. */
    token: (changes: Claims = {}, signer = key, header: Claims = {}) =>
      signWith(
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

/** Starts one issuer per key and an authenticator that accepts them. */
export async function createTestAuthenticator(keys: readonly ServerKey[], apiKeys: readonly ApiKey[] = []) {
  const clock = createClock();
  const issuers = await Promise.all(keys.map((key) => startIssuer(key, clock)));
  const lines: string[] = [];
  const authenticate = createLfxAuthenticator({
    issuers: issuers.map(({ issuer }) => issuer),
    resource: RESOURCE,
    apiKeys,
    fetchJson: createFetchJson(),
    log: createLogger("debug", (line) => lines.push(line)),
    now: clock.now,
  });
  return { clock, issuers, authenticate, lines };
}

export const first = serverKey("ES256", "first");
export const second = serverKey("ES256", "second");

/** Starts one issuer. */
export async function startOne() {
  const started = await createTestAuthenticator([first]);
  const [issuer] = started.issuers;
  if (!issuer) throw new Error("no issuer was started");
  return { ...started, ...issuer };
}

/** Starts two issuers. */
export async function startTwo() {
  const started = await createTestAuthenticator([first, second]);
  const [a, b] = started.issuers;
  if (!a || !b) throw new Error("two issuers were not started");
  return { ...started, a, b };
}
