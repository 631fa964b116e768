import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { createServiceSigner } from "../../../src/platforms/lightfast/hosted/app-connection.ts";
import { fakeApp } from "../../fakes/lightfast-app/server.ts";
import { auditEvent, connectionTo, IDENTITY } from "../../support/lightfast/hosted.ts";

const SECRET = "a secret of at least thirty-two characters";

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function serviceToken(claims: object = {}, { alg = "HS256", secret = SECRET } = {}): string {
  const iat = Math.floor(Date.now() / 1000) - 1;
  const base = { token_use: "service_access", iss: "mcp", aud: "lightfast-app", iat, exp: iat + 60 };
  const signed = `${encode({ alg, typ: "JWT" })}.${encode({ ...base, ...claims })}`;
  const digest = alg === "HS512" ? "sha512" : "sha256";
  return `${signed}.${createHmac(digest, secret).update(signed).digest("base64url")}`;
}

async function send(path: string, body: object, token: string) {
  const app = await fakeApp({ secret: SECRET });
  const response = await fetch(new URL(`/api/internal/mcp${path}`, app.url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { app, status: response.status, body: await response.json() };
}

const NOW = Math.floor(Date.now() / 1000);

test.each([
  ["another secret", serviceToken({}, { secret: "another secret of thirty-two characters" }), 401],
  ["another algorithm", serviceToken({}, { alg: "HS512" }), 401],
  ["no algorithm", serviceToken({}, { alg: "none" }), 401],
  ["another audience", serviceToken({ aud: "lightfast" }), 401],
  ["another use", serviceToken({ token_use: "mcp_access" }), 401],
  ["an expiry in the past", serviceToken({ iat: NOW - 100, exp: NOW - 40 }), 401],
  ["an issue time in the future", serviceToken({ iat: NOW + 100, exp: NOW + 160 }), 401],
  ["a long lifetime", serviceToken({ exp: NOW + 400 }), 401],
  ["an extra claim", serviceToken({ sub: "user_1" }), 401],
  ["another issuer", serviceToken({ iss: "cron" }), 403],
])("the fake app rejects a service token with %s", async (_, token, status) => {
  const response = await send("/audit", auditEvent("one"), token);
  expect(response.status).toBe(status);
  expect(response.app.faults).toHaveLength(1);
  expect(response.app.audited).toEqual([]);
});

const ACTOR = { ...IDENTITY, kind: "mcp" };
const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

test.each([
  ["/audit", { ...auditEvent("one"), extra: 1 }],
  ["/audit", { ...auditEvent("one"), outcome: "failed" }],
  ["/auth/validate", { ...IDENTITY }],
  ["/signals", { actor: ACTOR, input: "hi", scopes: [] }],
  ["/signals", { actor: ACTOR, input: " ", scopes: ["mcp:signals:write"] }],
  ["/signals", { actor: IDENTITY, input: "hi", scopes: ["mcp:signals:write"] }],
  ["/signals/get", { actor: ACTOR, id: "signal_1", scopes: ["mcp:signals:read"] }],
])("the fake app rejects an invalid body at %s (case %#)", async (path, body) => {
  const response = await send(path, body, serviceToken());
  expect(response).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  expect(response.app.faults).toHaveLength(1);
});

test("the fake app checks scopes and visibility", async () => {
  const token = await createServiceSigner(SECRET)();
  const read = { actor: ACTOR, input: "hi", scopes: ["mcp:signals:read"] };
  expect(await send("/signals", read, token)).toMatchObject({ status: 403, body: { error: "forbidden" } });
  const find = { actor: ACTOR, id: ID, scopes: ["mcp:signals:read"] };
  expect(await send("/signals/get", find, token)).toMatchObject({
    status: 404,
    body: { error: "not_found" },
  });
});

test("the fake app accepts active grants only", async () => {
  const app = await fakeApp({ secret: SECRET, resource: "https://mcp.example.com/mcp" });
  app.grants.set(IDENTITY.grantId, IDENTITY);
  const connection = connectionTo(app);
  const validate = async (overrides: object): Promise<[number, unknown]> => {
    const body = JSON.stringify({ ...IDENTITY, resource: "https://MCP.example.com:443/mcp", ...overrides });
    const response = await connection.post("/auth/validate", body, { timeoutMs: 4000 });
    return [response.status, JSON.parse(response.body)];
  };
  expect(await validate({})).toEqual([200, { active: true }]);
  expect((await validate({ userId: "user_2" }))[0]).toBe(403);
  expect((await validate({ grantId: "mcp_grant_2" }))[0]).toBe(403);
  expect((await validate({ resource: "https://mcp.example.com/other" }))[0]).toBe(400);
  app.grants.delete(IDENTITY.grantId);
  expect((await validate({}))[0]).toBe(403);
});
