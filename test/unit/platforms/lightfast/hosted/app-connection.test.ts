import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import {
  type AppRequestOptions,
  createAppConnection,
  createServiceSigner,
} from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { bytes, createClock, SECRET } from "../../../../support/auth/tokens.ts";

test("a service token has the claims and signature that the app requires", async () => {
  const clock = createClock();
  const token = await createServiceSigner(SECRET, clock.now)();
  const { payload, protectedHeader } = await jwtVerify(token, bytes(SECRET), {
    currentDate: new Date(clock.now()),
  });
  expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
  expect(payload).toEqual({
    iss: "mcp",
    aud: "lightfast-app",
    token_use: "service_access",
    iat: clock.seconds() - 30,
    exp: clock.seconds() + 60,
  });
});

test("another secret makes another signature", async () => {
  const token = await createServiceSigner(`${SECRET}.`)();
  await expect(jwtVerify(token, bytes(SECRET))).rejects.toThrow("signature");
});

test("a non-ASCII secret is used as UTF-8", async () => {
  const secret = `${SECRET}-ключ-🔑`;
  expect((await jwtVerify(await createServiceSigner(secret)(), bytes(secret))).payload.iss).toBe("mcp");
});

test("every second has its own token, issued 30 s ago, so that the app's clock may be behind", async () => {
  const clock = createClock();
  const sign = createServiceSigner(SECRET, clock.now);
  const tokens: string[] = [];
  for (const seconds of [0, 0.999, 0.001, 1, 58]) {
    clock.pass(seconds);
    const token = await sign();
    expect(Number(decodeJwt(token).iat) * 1000).toBeLessThanOrEqual(clock.now() - 30_000);
    expect(Number(decodeJwt(token).iat) * 1000).toBeGreaterThan(clock.now() - 31_000);
    tokens.push(token);
  }
  expect(tokens[1]).toBe(tokens[0]);
  expect(new Set(tokens).size).toBe(4);
});

test("the default clock is the system's", async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await createServiceSigner(SECRET)();
  expect(decodeJwt(token).iat).toBeGreaterThanOrEqual(before - 30);
  expect(decodeJwt(token).iat).toBeLessThanOrEqual(Date.now() / 1000 - 30);
  expect(decodeProtectedHeader(token).alg).toBe("HS256");
});

test("a request keeps the path of the app's address and has a service token", async () => {
  const requests: { href: string; headers: Readonly<Record<string, string>> }[] = [];
  const app = createAppConnection({
    appUrl: new URL("http://app.test/inner/"),
    secret: SECRET,
    post: async ({ url, headers }) => {
      requests.push({ href: url.href, headers });
      return { status: 200, header: () => undefined, body: `seen: ${headers.authorization}` };
    },
  });
  const response = await app.post("/audit", "{}", { timeoutMs: 1000, headers: { "x-request-id": "1" } });
  expect(requests).toEqual([
    {
      href: "http://app.test/inner/api/internal/mcp/audit",
      headers: {
        authorization: expect.stringMatching(/^Bearer eyJ/),
        accept: "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "x-request-id": "1",
      },
    },
  ]);
  expect(response.status).toBe(200);
  expect(response.header("retry-after")).toBeUndefined();
});

test("the headers of a request cannot replace the service token", () => {
  // @ts-expect-error: `authorization` is excluded
  const options: AppRequestOptions = { timeoutMs: 1, headers: { authorization: "Basic x" } };
  expect(options.timeoutMs).toBe(1);
});
