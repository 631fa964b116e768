import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { clientParameters, readSigningKey } from "../../../src/auth/client-assertion.ts";
import { createClock, serverKey } from "../../support/auth/tokens.ts";

const ENDPOINT = new URL("https://issuer.example/oauth/token");
const { key, publicKey } = serverKey("RS256", "client");
const PKCS8 = String(key.export({ type: "pkcs8", format: "pem" }));
const PKCS1 = String(key.export({ type: "pkcs1", format: "pem" }));

const assertionOf = async (clock = createClock(), proof = { signingKey: key }) => {
  const { client_assertion: assertion = "" } = await clientParameters(
    "our-client",
    proof,
    ENDPOINT,
    clock.now,
  );
  return assertion;
};

describe("a client with a secret", () => {
  test("sends its id and the secret, and nothing else", async () => {
    const { now } = createClock();
    expect(await clientParameters("our-client", { secret: "a secret & more" }, ENDPOINT, now)).toEqual({
      client_id: "our-client",
      client_secret: "a secret & more",
    });
  });
});

describe("a client with a key", () => {
  test("sends its id and an assertion, and no secret", async () => {
    const { now } = createClock();
    expect(await clientParameters("our-client", { signingKey: key }, ENDPOINT, now)).toEqual({
      client_id: "our-client",
      client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
  });

  test("signs with RS256, and says of itself what the authorization server must know", async () => {
    const clock = createClock();
    clock.pass(0.999);
    const assertion = await assertionOf(clock);
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256" });
    const { payload } = await jwtVerify(assertion, publicKey, { currentDate: new Date(clock.now()) });
    expect({ ...payload, aud: [payload.aud].flat() }).toEqual({
      iss: "our-client",
      sub: "our-client",
      aud: ["https://issuer.example/oauth/token"],
      iat: clock.seconds(),
      exp: clock.seconds() + 60,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("signs each request anew, under a number of its own", async () => {
    const clock = createClock();
    const assertions = await Promise.all(Array.from({ length: 20 }, () => assertionOf(clock)));
    const claims = assertions.map((assertion) =>
      JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString()),
    );
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(20);
    expect(new Set(claims.map(({ iat }) => iat)).size).toBe(1);
  });

  test.each([
    ["PKCS#8", PKCS8],
    ["PKCS#1", PKCS1],
    ["PKCS#8 with other line breaks", PKCS8.replaceAll("\n", "\r\n")],
    ["PKCS#1 without a line break at its end", PKCS1.trim()],
  ])("may have it in %s", async (_, pem) => {
    const signingKey = readSigningKey(pem);
    const clock = createClock();
    expect(signingKey).toBeDefined();
    const assertion = signingKey && (await assertionOf(clock, { signingKey }));
    await jwtVerify(assertion ?? "", publicKey, { currentDate: new Date(clock.now()) });
  });
});

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;

test.each([
  ["an empty text", ""],
  ["a word", "secret"],
  ["a public key", String(publicKey.export({ type: "spki", format: "pem" }))],
  ["a key of a curve", String(ec.privateKey.export({ type: "pkcs8", format: "pem" }))],
  ["a key under a passphrase", String(key.export(encrypted))],
  ["a key that is cut off", PKCS8.slice(0, 400)],
  ["the frame of a key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
])("%s is no signing key", (_, pem) => {
  expect(readSigningKey(pem)).toBeUndefined();
});

test("a key that is too short for RS256 is no signing key (RFC 7518, section 3.3)", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  expect(readSigningKey(String(privateKey.export({ type: "pkcs8", format: "pem" })))).toBeUndefined();
});

test("a key for PSS alone is no signing key for RS256", () => {
  const { privateKey } = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
  expect(readSigningKey(String(privateKey.export({ type: "pkcs8", format: "pem" })))).toBeUndefined();
});
