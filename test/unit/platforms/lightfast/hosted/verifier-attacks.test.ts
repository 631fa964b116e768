import { CompactSign } from "jose";
import { expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createVerifier } from "../../../../../src/platforms/lightfast/hosted/verifier.ts";
import { documents } from "../../../../support/auth/documents.ts";
import {
  bytes,
  crafted,
  hs256,
  keySet,
  refusalOf,
  SECRET,
  serverKey,
  signed,
  signedBy,
} from "../../../../support/auth/tokens.ts";
import { byKeys, bySecret, claims, common, ec, rsa } from "../../../../support/lightfast/verifiers.ts";
import { json, playScript } from "../../../../support/scripted-server.ts";

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
  const attacker = serverKey("ES256", "attacker");
  const [jwk] = (await keySet(attacker)).keys;
  return Promise.all(
    [
      { jku: `${origin}/keys` },
      { x5u: `${origin}/certificate` },
      { jwk },
      { x5c: [attacker.publicKey.export({ type: "spki", format: "der" }).toString("base64")] },
      { jku: `${origin}/keys`, x5u: `${origin}/certificate`, jwk },
    ].flatMap((header) =>
      [ec.kid, "attacker", undefined].map((kid) => signedBy(attacker, claims, { ...header, kid })),
    ),
  );
};

test("a key that the token itself brings or points to is not looked at", async () => {
  const { server, verify } = await byKeys();
  const theirs = await playScript([json(200, { keys: [] })]);
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
  const verify = createVerifier({ ...common, jwksUrl: server.url(), document: documents() });
  expect(await refusalOf(verify(await hs256(claims, { kid: "oct" })))).toBeInstanceOf(TokenInvalid);
  expect(await refusalOf(verify(await signedBy({ ...rsa, kid: "leaked" }, claims)))).toBeInstanceOf(
    TokenInvalid,
  );
});
