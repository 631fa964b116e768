import { CompactSign } from "jose";
import { expect, test } from "vitest";
import { TokenInvalid } from "../../src/auth/errors.ts";
import { createVerifier } from "../../src/auth/verifier.ts";
import { json, playScript } from "../support/scripted-server.ts";
import {
  bytes,
  claimsAt,
  crafted,
  createClock,
  hs256,
  ISSUER,
  KNOWN_SCOPES,
  keySet,
  RESOURCE,
  refusalOf,
  SECRET,
  serverKey,
  servesKeys,
  signed,
  signedBy,
} from "./tokens.ts";

const clock = createClock();
const claims = claimsAt(clock);
const rsa = serverKey("RS256", "rsa");
const ec = serverKey("ES256", "ec");

const common = { issuer: ISSUER, resource: RESOURCE, knownScopes: KNOWN_SCOPES, now: clock.now };
const bySecret = createVerifier({ ...common, secret: SECRET });

/** A verifier by a key set on loopback, with the server to see what it is asked. */
const byKeys = async () => {
  const server = await playScript([await servesKeys(rsa, ec)]);
  const verify = createVerifier({ ...common, secret: SECRET, jwksUrl: server.url("/jwks") });
  return { server, verify };
};

const pem = ({ publicKey }: typeof rsa) => publicKey.export({ type: "spki", format: "pem" }).toString();

const NONE = ["none", "None", "NONE", "nOnE", "", " none"];

test.each(NONE)("a token with alg %j is refused", async (alg) => {
  const { server, verify } = await byKeys();
  for (const signature of ["", "c2lnbmF0dXJl"]) {
    const token = crafted({ alg, typ: "JWT" }, claims, signature);
    for (const attempt of [bySecret(token), bySecret(`${token}.`), verify(token), verify(`${token}.`)]) {
      expect(await refusalOf(attempt)).toBeInstanceOf(TokenInvalid);
    }
  }
  expect(server.requests).toHaveLength(0);
});

test.each([
  ["RSA", rsa],
  ["EC", ec],
])("a token that is HS256 with the %s public key as its secret is refused", async (_, pair) => {
  const { server, verify } = await byKeys();
  const [jwk] = (await keySet(pair)).keys;
  const der = pair.publicKey.export({ type: "spki", format: "der" });
  const secrets = [bytes(pem(pair)), bytes(pem(pair).trim()), bytes(JSON.stringify(jwk)), der];
  for (const key of secrets) {
    const token = await signed(claims, { alg: "HS256", key, header: { kid: pair.kid } });
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
  }
  expect(server.requests).toHaveLength(0);
});

test("with a key set, HS256 is refused even when the service secret signed it", async () => {
  const { server, verify } = await byKeys();
  const token = await hs256(claims);
  expect((await bySecret(token)).userId).toBe("user_1");
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  expect(server.requests).toHaveLength(0);
});

test.each(["HS384", "HS512"])("%s is refused although the secret fits", async (alg) => {
  const key = bytes(SECRET.repeat(2));
  const verify = createVerifier({ ...common, secret: SECRET.repeat(2) });
  expect((await verify(await signed(claims, { alg: "HS256", key }))).userId).toBe("user_1");
  expect(await refusalOf(verify(await signed(claims, { alg, key })))).toBeInstanceOf(TokenInvalid);
});

test.each(["RS384", "RS512", "PS512"])("%s is refused although the key fits", async (alg) => {
  const { server, verify } = await byKeys();
  const token = await signed(claims, { alg, key: rsa.key, header: { kid: rsa.kid } });
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  expect(server.requests).toHaveLength(0);
});

test("with a secret, no public key signature is accepted", async () => {
  for (const pair of [rsa, ec]) {
    expect(await refusalOf(bySecret(await signedBy(pair, claims)))).toBeInstanceOf(TokenInvalid);
  }
});

test("a key is used for no other algorithm than its own", async () => {
  const { verify } = await byKeys();
  const token = await signed(claims, { alg: "PS256", key: rsa.key, header: { kid: rsa.kid } });
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
});

test("another's signature under a known kid is refused", async () => {
  const { verify } = await byKeys();
  const forged = await signedBy({ ...serverKey("ES256", "ec") }, claims);
  expect(await refusalOf(verify(forged))).toBeInstanceOf(TokenInvalid);
  expect(await refusalOf(bySecret(await hs256(claims, {}, `${SECRET}.`)))).toBeInstanceOf(TokenInvalid);
});

test("claims that were changed after signing are refused", async () => {
  const [header, , signature] = (await hs256(claims)).split(".");
  const [, changed] = (await hs256({ ...claims, org_id: "org_2" })).split(".");
  expect(await refusalOf(bySecret(`${header}.${changed}.${signature}`))).toBeInstanceOf(TokenInvalid);
});

const KIDS: readonly unknown[] = [
  "../../../../../../dev/null",
  "..%2f..%2fjwks",
  "/etc/passwd",
  "file:///dev/null",
  "http://127.0.0.1/jwks",
  "rsa\u0000",
  "rsa' OR '1'='1",
  "__proto__",
  "constructor",
  "k".repeat(4000),
];

test.each(KIDS)("kid %j leads nowhere but to the key set", async (kid) => {
  const { server, verify } = await byKeys();
  const attacker = serverKey("ES256", "x");
  const token = await signedBy(attacker, claims, { kid });
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  expect(server.requests.map(({ method, target, body }) => ({ method, target, body }))).toEqual([
    { method: "GET", target: "/jwks", body: "" },
  ]);
  const empty = await signed(claims, { alg: "HS256", key: bytes("\0"), header: { kid } });
  expect(await refusalOf(bySecret(empty))).toBeInstanceOf(TokenInvalid);
});

test.each([[7], [null], [["rsa"]], [{ toString: "rsa" }]])(
  "kid %j, which is no text, is refused",
  async (kid) => {
    const { verify } = await byKeys();
    expect(await refusalOf(verify(await signedBy(rsa, claims, { kid })))).toBeInstanceOf(TokenInvalid);
  },
);

/** Tokens that would bring their own key, signed with just that. */
const ownKeyTokens = async (origin: string): Promise<readonly string[]> => {
  const attacker = serverKey("RS256", "attacker");
  const [jwk] = (await keySet(attacker)).keys;
  return Promise.all(
    [
      { jku: `${origin}/keys` },
      { x5u: `${origin}/certificate` },
      { jwk },
      { x5c: [attacker.publicKey.export({ type: "spki", format: "der" }).toString("base64")] },
      { jku: `${origin}/keys`, x5u: `${origin}/certificate`, jwk },
    ].flatMap((header) =>
      [rsa.kid, "attacker", undefined].map((kid) => signedBy(attacker, claims, { ...header, kid })),
    ),
  );
};

test("a key that the token itself brings or points to is not looked at", async () => {
  const { server, verify } = await byKeys();
  const theirs = await playScript([json(200, await keySet(serverKey("RS256", "attacker")))]);
  for (const token of await ownKeyTokens(theirs.origin)) {
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
  }
  expect(theirs.requests).toHaveLength(0);
  expect(server.requests).toHaveLength(1);
});

test("such headers change nothing for a token that the authorization server signed", async () => {
  const { verify } = await byKeys();
  const theirs = await playScript([json(200, { keys: [] })]);
  const header = { jku: `${theirs.origin}/keys`, x5u: `${theirs.origin}/certificate` };
  expect((await verify(await signedBy(rsa, claims, header))).userId).toBe("user_1");
  expect((await bySecret(await hs256(claims, header))).userId).toBe("user_1");
  expect(theirs.requests).toHaveLength(0);
});

test("a critical header that nobody here understands is refused", async () => {
  const token = crafted({ alg: "HS256", crit: ["exp2"], exp2: 1 }, claims);
  expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
});

test.each([
  ["1 MB of a letter", "a".repeat(1_000_000)],
  ["1 MB of dots", ".".repeat(1_000_000)],
  ["1 MB of claims", crafted({ alg: "HS256" }, { pad: "x".repeat(750_000) })],
])("a token of %s is refused unread", async (_, token) => {
  const { server, verify } = await byKeys();
  const start = performance.now();
  expect(await refusalOf(bySecret(token))).toMatchObject({ message: "it is longer than 8192 characters" });
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  expect(performance.now() - start).toBeLessThan(50);
  expect(server.requests).toHaveLength(0);
});

test("a signed token is accepted up to 8192 characters, and no further", async () => {
  const bare = (await hs256({ ...claims, pad: "" })).length;
  const token = await hs256({ ...claims, pad: "x".repeat(Math.floor(((8192 - bare) * 3) / 4)) });
  expect(token.length).toBeGreaterThan(8188);
  expect((await bySecret(token)).userId).toBe("user_1");
  const longer = await hs256({ ...claims, pad: "x".repeat(6200) });
  expect(longer.length).toBeGreaterThan(8192);
  expect(await refusalOf(bySecret(longer))).toBeInstanceOf(TokenInvalid);
});

const MALFORMED = [
  "",
  "lf_key",
  "a.b",
  "a.b.c",
  "a.b.c.d.e",
  "..",
  "e30.e30.e30",
  "a b.c.d",
  "é.é.é",
  "a.b.c\n",
];

test.each(MALFORMED)("%j is no token", async (token) => {
  const { server, verify } = await byKeys();
  expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
  expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  expect(server.requests).toHaveLength(0);
});

test.each([
  ["a list", []],
  ["a number", 1],
  ["nothing", null],
])("claims that are %s are refused", async (_, value) => {
  const token = await new CompactSign(bytes(JSON.stringify(value)))
    .setProtectedHeader({ alg: "HS256" })
    .sign(bytes(SECRET));
  expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
});

test("a public key set that holds a secret verifies nothing with it", async () => {
  const k = Buffer.from(SECRET).toString("base64url");
  const privateJwk = { ...rsa.key.export({ format: "jwk" }), kid: "leaked", alg: "RS256" };
  const server = await playScript([
    json(200, { keys: [{ kty: "oct", kid: "oct", k, alg: "HS256" }, privateJwk] }),
  ]);
  const verify = createVerifier({ ...common, jwksUrl: server.url() });
  expect(await refusalOf(verify(await hs256(claims, { kid: "oct" })))).toBeInstanceOf(TokenInvalid);
  expect(await refusalOf(verify(await signedBy({ ...rsa, kid: "leaked" }, claims)))).toBeInstanceOf(
    TokenInvalid,
  );
});
