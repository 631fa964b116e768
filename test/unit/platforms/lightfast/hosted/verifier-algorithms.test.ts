import { expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createVerifier } from "../../../../../src/platforms/lightfast/hosted/verifier.ts";
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
  const forged = await signedBy(serverKey("ES256", "ec"), claims);
  expect(await refusalOf(verify(forged))).toBeInstanceOf(TokenInvalid);
  expect(await refusalOf(bySecret(await hs256(claims, {}, `${SECRET}.`)))).toBeInstanceOf(TokenInvalid);
});

test("claims that were changed after signing are refused", async () => {
  const [header, , signature] = (await hs256(claims)).split(".");
  const [, changed] = (await hs256({ ...claims, org_id: "org_2" })).split(".");
  expect(await refusalOf(bySecret(`${header}.${changed}.${signature}`))).toBeInstanceOf(TokenInvalid);
});
