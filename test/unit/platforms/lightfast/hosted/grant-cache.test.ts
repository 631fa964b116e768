import { expect, test } from "vitest";
import type { AccessToken } from "../../../../../src/platforms/lightfast/hosted/access-token.ts";
import { createClock, refusalOf } from "../../../../support/auth/tokens.ts";
import { createGate } from "../../../../support/gate.ts";
import { ACTIVE, checkOf, TOKEN } from "../../../../support/lightfast/grants.ts";
import { type Act, answer } from "../../../../support/scripted-server.ts";

test("a revoked grant ends at once", async () => {
  const { app, check } = await checkOf([ACTIVE, ACTIVE, answer(403)]);
  await check(TOKEN);
  await check(TOKEN);
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
  expect(app.requests).toHaveLength(3);
});

test("a positive answer is used again as long as the settings say", async () => {
  const time = createClock();
  const { app, check } = await checkOf([ACTIVE, answer(403)], { cacheSeconds: 5, now: time.now });
  await check(TOKEN);
  time.pass(4.999);
  await check({ ...TOKEN, scopes: ["mcp:signals:write"], expiresAt: TOKEN.expiresAt + 60 });
  expect(app.requests).toHaveLength(1);
  time.pass(0.001);
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
  expect(app.requests).toHaveLength(2);
});

test("its age is counted from the question, not from a late answer", async () => {
  const time = createClock();
  const gate = createGate();
  const late: Act = (response, request) => void gate.promise.then(() => ACTIVE(response, request));
  const { app, check } = await checkOf([late, answer(403)], { cacheSeconds: 5, now: time.now });
  const work = check(TOKEN);
  await app.arrived(1);
  time.pass(5);
  gate.open();
  await work;
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
});

test("other answers are never used again", async () => {
  const { app, check } = await checkOf([answer(503), answer(403), ACTIVE], { cacheSeconds: 3600 });
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "AuthUnavailable" });
  expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
  await check(TOKEN);
  await check(TOKEN);
  expect(app.requests).toHaveLength(3);
});

const OTHERS: readonly Partial<AccessToken>[] = [
  { userId: "user_2" },
  { orgId: "org_2" },
  { clientId: "mcp_client_2" },
  { grantId: "mcp_grant_2" },
  { userId: 'user_1","x":"' },
];

test.each(OTHERS)("an answer for one grant says nothing of another (%j)", async (other) => {
  const { app, check } = await checkOf([ACTIVE, answer(403)], { cacheSeconds: 3600 });
  await check(TOKEN);
  expect(await refusalOf(check({ ...TOKEN, ...other }))).toMatchObject({ name: "TokenInvalid" });
  expect(app.requests).toHaveLength(2);
});

test("100 simultaneous requests of one token ask once, and those of another ask for themselves", async () => {
  const gate = createGate();
  const script: Act = (response, request) => {
    void gate.promise.then(() => ACTIVE(response, request));
  };
  const { app, check } = await checkOf([script]);
  const work = Promise.all([
    ...Array.from({ length: 100 }, () => check(TOKEN)),
    ...Array.from({ length: 100 }, () => check({ ...TOKEN, grantId: "mcp_grant_2" })),
  ]);
  await app.arrived(2);
  gate.open();
  await work;
  expect(app.requests.map(({ body }) => JSON.parse(body).grantId).sort()).toEqual([
    "mcp_grant_1",
    "mcp_grant_2",
  ]);
  await check(TOKEN);
  expect(app.requests).toHaveLength(3);
});

test("a refusal goes to all who waited for it", async () => {
  const gate = createGate();
  const late: Act = (response, request) => void gate.promise.then(() => answer(403)(response, request));
  const { app, check } = await checkOf([late]);
  const work = Promise.all(Array.from({ length: 20 }, () => refusalOf(check(TOKEN))));
  await app.arrived(1);
  gate.open();
  for (const refusal of await work) expect(refusal).toMatchObject({ name: "TokenInvalid" });
  expect(app.requests).toHaveLength(1);
});
