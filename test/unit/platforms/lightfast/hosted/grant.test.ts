import { jwtVerify } from "jose";
import { expect, test } from "vitest";
import { createGrantCheck } from "../../../../../src/platforms/lightfast/hosted/auth.ts";
import { bytes, RESOURCE, refusalOf, SECRET } from "../../../../support/auth/tokens.ts";
import { ACTIVE, checkAt, checkOf, clock, TOKEN } from "../../../../support/lightfast/grants.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
  endless,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../../../support/scripted-server.ts";

test("the app is asked about the grant of the token, with a service token", async () => {
  const { app, check } = await checkOf([ACTIVE]);
  await check(TOKEN);
  expect(app.requests).toHaveLength(1);
  const [request] = app.requests;
  expect(request).toMatchObject({ method: "POST", target: "/api/internal/mcp/auth/validate" });
  expect(request?.headers).toMatchObject({ "content-type": "application/json", accept: "application/json" });
  expect(JSON.parse(request?.body ?? "")).toEqual({
    clientId: "mcp_client_1",
    grantId: "mcp_grant_1",
    orgId: "org_1",
    resource: RESOURCE,
    userId: "user_1",
  });
  const bearer = String(request?.headers.authorization).replace("Bearer ", "");
  const { payload } = await jwtVerify(bearer, bytes(SECRET), { currentDate: new Date(clock.now()) });
  expect(payload).toMatchObject({ iss: "mcp", aud: "lightfast-app", token_use: "service_access" });
});

test("the app may be below a path", async () => {
  const app = await playScript([ACTIVE]);
  await checkAt(app.url("/base/"))(TOKEN);
  await checkAt(app.url("/base"))(TOKEN);
  const target = "/base/api/internal/mcp/auth/validate";
  expect(app.requests.map((request) => request.target)).toEqual([target, target]);
});

const ENDED: readonly [string, Act][] = [
  ["403", json(403, { error: "mcp_grant_invalid", message: "MCP authorization grant is invalid." })],
  ["400", json(400, { error: "invalid_request" })],
  ["402", answer(402)],
  ["410", answer(410)],
  ["422", answer(422)],
  ["499", answer(499)],
  ['200 {"ok":true}', json(200, { ok: true })],
  ['200 {"active":false}', json(200, { active: false })],
  ['200 {"active":"true"}', json(200, { active: "true" })],
  ['200 {"active":1}', json(200, { active: 1 })],
  ['200 [{"active":true}]', json(200, [{ active: true }])],
  ["200 null", json(200, null)],
  ["200 true", json(200, true)],
  ["200 without a body", answer(200)],
  ["204", answer(204)],
  ["a page", html(200)],
];

test.each(ENDED)("a grant for which the app answers %s lets nobody in", async (_, act) => {
  const { app, check } = await checkOf([act]);
  const refusal = await refusalOf(check(TOKEN));
  expect(refusal).toMatchObject({ name: "TokenInvalid", description: "Bearer token is invalid." });
  expect(app.requests).toHaveLength(1);
});

const UNKNOWN: readonly [string, Act][] = [
  ["401", json(401, { error: "invalid_token", message: "Service token is invalid." })],
  ["404", json(404, { error: "not_found" })],
  ["408", answer(408)],
  ["429", answer(429, "", { "retry-after": "0" })],
  ["500", json(500, { error: "internal_error" })],
  ['500 {"active":true}', json(500, { active: true })],
  ["502", html(502)],
  ["503", answer(503, "", { "retry-after": "0" })],
  ["504", answer(504)],
  ["599", answer(599)],
  ["a redirect", redirect(307, "/elsewhere")],
  ["nothing, breaking the connection", resetBeforeHeaders],
  ["half, breaking the connection", resetAfterHeaders],
  ["half", truncated],
  ["without an end in size", endless],
];

test.each(UNKNOWN)("nothing is known of a grant for which the app answers %s", async (_, act) => {
  const { app, check } = await checkOf([act, ACTIVE]);
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "AuthUnavailable", retryAfterSeconds: 2 });
  expect(app.requests).toHaveLength(1);
});

test.each([
  ["at all", hang],
  ["to its end", drip],
])("nothing is known of a grant when the app does not answer %s in time", async (_, act) => {
  const { app, check } = await checkOf([act], { timeoutMs: 200 });
  const start = performance.now();
  expect(await refusalOf(check(TOKEN))).toMatchObject({
    name: "AuthUnavailable",
    message: expect.stringContaining("no result within 200 ms"),
  });
  expect(performance.now() - start).toBeLessThan(1000);
  expect(app.requests).toHaveLength(1);
});

test("nothing is known of a grant when nobody listens", async () => {
  const refusal = await refusalOf(checkAt(new URL(`http://127.0.0.1:${await closedPort()}`))(TOKEN));
  expect(refusal).toMatchObject({
    name: "AuthUnavailable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("the app has 2000 ms", async () => {
  const granted: number[] = [];
  const check = createGrantCheck({
    appUrl: new URL("http://127.0.0.1"),
    resource: RESOURCE,
    sign: () => "token",
    cacheSeconds: 0,
    post: async (_, timeoutMs) => {
      granted.push(timeoutMs);
      return { status: 200, body: '{"active":true}' };
    },
  });
  await check(TOKEN);
  expect(granted).toEqual([2000]);
});
