import { expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createVerifier } from "../../../../../src/platforms/lightfast/hosted/verifier.ts";
import { createLogger, type Logger } from "../../../../../src/shared/logger.ts";
import { documents } from "../../../../support/auth/documents.ts";
import {
  claimsAt,
  crafted,
  createClock,
  ISSUER,
  KNOWN_SCOPES,
  keySet,
  RESOURCE,
  refusalOf,
  type ServerKey,
  serverKey,
  servesKeys,
  signedBy,
} from "../../../../support/auth/tokens.ts";
import { answer, json, playScript } from "../../../../support/scripted-server.ts";

const clock = createClock();

const verifierBy = (jwksUrl: URL, log?: Logger) =>
  createVerifier({
    issuer: ISSUER,
    resource: RESOURCE,
    knownScopes: KNOWN_SCOPES,
    jwksUrl,
    document: documents(),
    log,
    now: clock.now,
  });

test.each(["RS256", "PS256", "ES256", "EdDSA"] as const)(
  "a token signed with %s is verified",
  async (alg) => {
    const pair = serverKey(alg, "now");
    const server = await playScript([await servesKeys(serverKey("ES256", "other"), pair)]);
    const verify = verifierBy(server.url("/jwks"));
    expect(await verify(await signedBy(pair, claimsAt(clock)))).toMatchObject({
      userId: "user_1",
      orgId: "org_1",
    });
    const [head, , signature] = (await signedBy(pair, claimsAt(clock))).split(".");
    const [, changed] = (await signedBy(pair, claimsAt(clock, { org_id: "org_2" }))).split(".");
    expect(await refusalOf(verify(`${head}.${changed}.${signature}`))).toBeInstanceOf(TokenInvalid);
    expect(server.requests).toHaveLength(1);
  },
);

test("the rules for claims hold for these tokens too", async () => {
  const pair = serverKey("ES256", "now");
  const server = await playScript([await servesKeys(pair)]);
  const verify = verifierBy(server.url());
  const changes = [
    { iss: "https://evil.test" },
    { aud: ISSUER },
    { sub: "user_2" },
    { exp: undefined },
    { scope: "x" },
  ];
  for (const change of changes) {
    expect(await refusalOf(verify(await signedBy(pair, claimsAt(clock, change))))).toBeInstanceOf(
      TokenInvalid,
    );
  }
});

test("a token without kid is verified where one key alone fits", async () => {
  const [rsa, first, second] = [serverKey("RS256", "a"), serverKey("ES256", "b"), serverKey("ES256", "c")];
  const server = await playScript([await servesKeys(rsa, first, second)]);
  const verify = verifierBy(server.url());
  const nameless = (pair: ServerKey) => signedBy(pair, claimsAt(clock), { kid: undefined });
  expect((await verify(await nameless(rsa))).userId).toBe("user_1");
  expect(await refusalOf(verify(await nameless(first)))).toBeInstanceOf(TokenInvalid);
});

test("an unusable key in the set does not spoil the others", async () => {
  const pair = serverKey("ES256", "good");
  const { keys } = await keySet(pair);
  const broken = [
    { kty: "RSA", kid: "broken", alg: "RS256", n: "AQAB", e: "AQAB" },
    { kty: "new", kid: "new" },
  ];
  const server = await playScript([json(200, { keys: [...broken, ...keys] })]);
  const verify = verifierBy(server.url());
  expect((await verify(await signedBy(pair, claimsAt(clock)))).userId).toBe("user_1");
  const token = crafted({ alg: "RS256", kid: "broken" }, claimsAt(clock));
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
});

test("a key for encryption verifies no signature", async () => {
  const pair = serverKey("ES256", "enc");
  const { keys } = await keySet(pair);
  const server = await playScript([json(200, { keys: keys.map((key) => ({ ...key, use: "enc" })) })]);
  expect(await refusalOf(verifierBy(server.url())(await signedBy(pair, claimsAt(clock))))).toBeInstanceOf(
    TokenInvalid,
  );
});

test("a token is not called invalid when its key cannot be had", async () => {
  const server = await playScript([answer(503)]);
  const token = await signedBy(serverKey("ES256", "now"), claimsAt(clock));
  expect(await refusalOf(verifierBy(server.url())(token))).toBeInstanceOf(AuthUnavailable);
});

test("a key set that cannot be read is logged without anything of the token", async () => {
  const server = await playScript([answer(503)]);
  const lines: string[] = [];
  const log = createLogger("debug", (line) => lines.push(line));
  const token = await signedBy(serverKey("ES256", "private"), claimsAt(clock));
  await refusalOf(verifierBy(server.url(), log)(token));
  expect(lines).toEqual([
    `lightfast-mcp warn: the key set cannot be read host="127.0.0.1:${server.port}" cause="DocumentError: the answer is HTTP 503"`,
  ]);
});
