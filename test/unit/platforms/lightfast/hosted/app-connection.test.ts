import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { createServiceSigner } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { bytes, createClock, SECRET } from "../../../../support/auth/tokens.ts";

test("a service token has the claims that the app asks for, and a signature that it can verify", async () => {
  const clock = createClock();
  const token = createServiceSigner(SECRET, clock.now)();
  const { payload, protectedHeader } = await jwtVerify(token, bytes(SECRET), {
    currentDate: new Date(clock.now()),
  });
  expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
  expect(payload).toEqual({
    iss: "mcp",
    aud: "lightfast-app",
    token_use: "service_access",
    iat: clock.seconds(),
    exp: clock.seconds() + 60,
  });
});

test("another secret makes another signature", async () => {
  const token = createServiceSigner(`${SECRET}.`)();
  await expect(jwtVerify(token, bytes(SECRET))).rejects.toThrow("signature");
});

test("a secret beyond ASCII is taken as UTF-8", async () => {
  const secret = `${SECRET}-ключ-🔑`;
  expect((await jwtVerify(createServiceSigner(secret)(), bytes(secret))).payload.iss).toBe("mcp");
});

test("every second has a token of its own, never issued in the future", () => {
  const clock = createClock();
  const sign = createServiceSigner(SECRET, clock.now);
  const tokens = [0, 0.999, 0.001, 1, 58].map((seconds) => {
    clock.pass(seconds);
    const token = sign();
    expect(Number(decodeJwt(token).iat) * 1000).toBeLessThanOrEqual(clock.now());
    expect(Number(decodeJwt(token).iat) * 1000).toBeGreaterThan(clock.now() - 1000);
    return token;
  });
  expect(tokens[1]).toBe(tokens[0]);
  expect(new Set(tokens).size).toBe(4);
});

test("without a clock of its own it uses the machine's", () => {
  const before = Math.floor(Date.now() / 1000);
  const token = createServiceSigner(SECRET)();
  expect(decodeJwt(token).iat).toBeGreaterThanOrEqual(before);
  expect(decodeJwt(token).iat).toBeLessThanOrEqual(Date.now() / 1000);
  expect(decodeProtectedHeader(token).alg).toBe("HS256");
});
