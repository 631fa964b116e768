import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import {
  appEndpoint,
  appHeaders,
  createServiceSigner,
} from "../../../src/platforms/lightfast/hosted/app-connection.ts";
import { fakeApp } from "../../fakes/lightfast-app/server.ts";
import { auditEvent, IDENTITY, poster } from "../../support/hosted.ts";

const SECRET = "a secret of at least thirty-two characters";

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function token(claims: object = {}, { alg = "HS256", secret = SECRET } = {}): string {
  const iat = Math.floor(Date.now() / 1000) - 1;
  const base = { token_use: "service_access", iss: "mcp", aud: "lightfast-app", iat, exp: iat + 60 };
  const signed = `${encode({ alg, typ: "JWT" })}.${encode({ ...base, ...claims })}`;
  const digest = alg === "HS512" ? "sha512" : "sha256";
  return `${signed}.${createHmac(digest, secret).update(signed).digest("base64url")}`;
}

async function say(path: string, body: object, sign: () => string) {
  const app = await fakeApp({ secret: SECRET });
  const url = appEndpoint(app.url, path);
  const answer = await poster()({ url, body: JSON.stringify(body), headers: appHeaders(sign()) }, 4000);
  return { app, status: answer.status, body: JSON.parse(answer.body) };
}

const NOW = Math.floor(Date.now() / 1000);

test.each([
  ["another secret", token({}, { secret: "another secret of thirty-two characters" }), 401],
  ["another algorithm", token({}, { alg: "HS512" }), 401],
  ["no algorithm", token({}, { alg: "none" }), 401],
  ["another audience", token({ aud: "lightfast" }), 401],
  ["another use", token({ token_use: "mcp_access" }), 401],
  ["an end in the past", token({ iat: NOW - 100, exp: NOW - 40 }), 401],
  ["a beginning in the future", token({ iat: NOW + 100, exp: NOW + 160 }), 401],
  ["too long a life", token({ exp: NOW + 400 }), 401],
  ["a claim too many", token({ sub: "user_1" }), 401],
  ["another caller", token({ iss: "cron" }), 403],
])("the fake app refuses a service token with %s", async (_, refused, status) => {
  const answer = await say("/audit", auditEvent("one"), () => refused);
  expect(answer.status).toBe(status);
  expect(answer.app.faults).toHaveLength(1);
  expect(answer.app.audited).toEqual([]);
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
])("the fake app refuses at %s any other body than the contract's (case %#)", async (path, body) => {
  const answer = await say(path, body, () => token());
  expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  expect(answer.app.faults).toHaveLength(1);
});

test("the fake app knows who may do what", async () => {
  const sign = createServiceSigner(SECRET);
  const read = { actor: ACTOR, input: "hi", scopes: ["mcp:signals:read"] };
  expect(await say("/signals", read, sign)).toMatchObject({ status: 403, body: { error: "forbidden" } });
  const find = { actor: ACTOR, id: ID, scopes: ["mcp:signals:read"] };
  expect(await say("/signals/get", find, sign)).toMatchObject({ status: 404, body: { error: "not_found" } });
});

test("the fake app tells live grants from others", async () => {
  const app = await fakeApp({ secret: SECRET, resource: "https://mcp.example.com/mcp" });
  app.grants.set(IDENTITY.grantId, IDENTITY);
  const post = poster();
  const ask = async (overrides: object): Promise<[number, unknown]> => {
    const body = JSON.stringify({ ...IDENTITY, resource: "https://MCP.example.com:443/mcp", ...overrides });
    const headers = appHeaders(createServiceSigner(SECRET)());
    const answer = await post({ url: appEndpoint(app.url, "/auth/validate"), body, headers }, 4000);
    return [answer.status, JSON.parse(answer.body)];
  };
  expect(await ask({})).toEqual([200, { active: true }]);
  expect((await ask({ userId: "user_2" }))[0]).toBe(403);
  expect((await ask({ grantId: "mcp_grant_2" }))[0]).toBe(403);
  expect((await ask({ resource: "https://mcp.example.com/other" }))[0]).toBe(400);
  app.grants.delete(IDENTITY.grantId);
  expect((await ask({}))[0]).toBe(403);
});
