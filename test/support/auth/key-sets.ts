import { type JWTVerifyGetKey, jwtVerify } from "jose";
import { createKeySet } from "../../../src/auth/jwks.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { type Act, playScript } from "../scripted-server.ts";
import { createFetchJson } from "./fetch-json.ts";
import { createClaims, createClock, type ServerKey, signWith } from "./tokens.ts";

/** A key set whose endpoint and clock the test controls. */
export async function startKeySet(act: Act, timeoutMs = 5000) {
  const clock = createClock();
  const endpoint = { act };
  const server = await playScript([(response, request) => endpoint.act(response, request)]);
  const lines: string[] = [];
  const keys = createKeySet({
    source: server.url("/oauth/jwks"),
    fetchJson: createFetchJson(),
    now: clock.now,
    timeoutMs,
    log: createLogger("warn", (line) => lines.push(line)),
  });
  return { clock, endpoint, server, lines, keys, verify: (pair: ServerKey) => verifyWith(keys, pair) };
}

/** Verifies a token signed with the given key, and returns the key id. */
export async function verifyWith(keys: JWTVerifyGetKey, pair: ServerKey): Promise<string> {
  const clock = createClock();
  const token = await signWith(pair, createClaims(clock));
  const { protectedHeader } = await jwtVerify(token, keys, { currentDate: new Date(clock.now()) });
  return String(protectedHeader.kid);
}
