import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { keySetEndpoint } from "../../fakes/oauth/key-set-endpoint.ts";
import { createGate } from "../../support/gate.ts";
import { type Call, startLoad } from "../../support/load.ts";
import { passingClock } from "../../support/passing-clock.ts";
import {
  type Act,
  answer,
  hang,
  resetAfterHeaders,
  resetBeforeHeaders,
} from "../../support/scripted-server.ts";
import {
  addGrant,
  auditedIds,
  callIds,
  healthWith,
  idsOf,
  isOk,
  isUnavailable,
  isUpstreamError,
  kindsOf,
  served,
  signalsOf,
} from "../../support/under-load.ts";

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe("while 32 connections call, the app", () => {
  test("crashes, restarts, resets connections and hangs: every call is answered and audited exactly once", async () => {
    const { url, app, log, stop } = await served([], { LIGHTFAST_TIMEOUT: "1000" });
    const load = startLoad({ url, connections: 32, next: await signalsOf(app, 32) });
    await load.until(200, isOk);

    await app.stop();
    await load.until(200, isUnavailable);
    await app.start();
    const returned = load.calls.length;
    await load.until(200, isOk);
    // Those that were under way, and none that came later.
    expect(load.calls.slice(returned).filter(isUnavailable).length).toBeLessThanOrEqual(32);

    // A check whose connection is closed is sent once more.
    app.plays("/auth/validate", ...times(192, resetBeforeHeaders));
    app.plays("/signals", ...times(16, resetBeforeHeaders), ...times(16, resetAfterHeaders));
    app.plays("/audit", ...times(2, resetBeforeHeaders));
    await Promise.all([load.until(64, isUnavailable), load.until(32, isUpstreamError)]);
    await load.until(64, isOk);

    const back = createGate();
    app.plays("/auth/validate", ...times(16, hang));
    app.plays("/signals", ...times(16, hang));
    app.plays("/audit", ...times(4, { after: back.promise }));
    await Promise.all([load.until(16, isUnavailable), load.until(16, isUpstreamError)]);
    back.open();
    await load.until(64, isOk);

    await load.stop();
    expect(await stop()).toBe(0);
    expect(kindsOf(load.calls)).toEqual(["200 ok", "200 upstream_error", "503 service_unavailable"]);
    for (const { headers } of load.calls.filter(isUnavailable)) expect(headers.get("retry-after")).toBe("2");
    expect(auditedIds({ app, log })).toEqual(idsOf(load.calls.filter((call) => !isUnavailable(call))));
    expect(app.faults).toEqual([]);
  });

  test("stores audit events and crashes before it confirms: they are sent again with the same keys", async () => {
    const { url, app, log, stop } = await served();
    const unsaid = new Set<string>();
    const died = createGate();
    const storeAndDie: Act = (_, request) => {
      const event = JSON.parse(app.requests.at(-1)?.body ?? "");
      app.audited.push(event);
      unsaid.add(event.metadata.requestId);
      if (unsaid.size === 5) died.open();
      request.socket.resetAndDestroy();
    };
    app.plays("/audit", ...times(5, storeAndDie));
    const load = startLoad({ url, connections: 32, next: await signalsOf(app, 32) });
    await Promise.all([load.until(200, isOk), died.promise]);
    await load.stop();
    expect(await stop()).toBe(0);

    // Whether an event was stored only the app can know, and this one stores whatever comes.
    const ids = callIds(log());
    const twice = [...unsaid].map((id) => ids.get(id) ?? "unknown");
    expect(auditedIds({ app, log })).toEqual([...idsOf(load.calls), ...twice].sort());
    // One that looks at the key stores each exactly once.
    const byKey = new Map<unknown, string>();
    for (const { path, headers, body } of app.requests) {
      if (path === "/audit") byKey.set(headers["idempotency-key"], JSON.parse(body).metadata.requestId);
    }
    expect([...byKey.values()].map((id) => ids.get(id) ?? "unknown").sort()).toEqual(idsOf(load.calls));
  });
});

describe("while 32 connections call, the key set", () => {
  const GRANT = "mcp_grant_1";

  test("cannot be fetched: tokens of known keys are accepted, and it is requested once in 30 s", async () => {
    const clock = passingClock();
    const issuer = await keySetEndpoint();
    const { url, app, log, stop } = await served(["--jwks-url", issuer.url], clock.env);
    addGrant(app, GRANT);
    const failures = () => log().match(/failed to load the key set/g)?.length ?? 0;
    const tokens = await issuer.tokens(1500, GRANT);
    const first = startLoad({ url, connections: 32, next: healthWith([tokens.slice(0, 10)]) });
    await first.until(100, isOk);
    await first.stop();
    expect([issuer.reads(), failures()]).toEqual([1, 0]);

    clock.pass(11 * 60);
    issuer.play(answer(500));
    const load = startLoad({ url, connections: 32, next: healthWith([tokens]) });
    await load.until(100, isOk);
    for (const act of [answer(200, "no keys"), resetAfterHeaders, hang]) {
      issuer.play(act);
      clock.pass(31);
      await load.until(100, isOk);
    }
    // The last reading still hangs, and no request waits for it.
    await expect.poll(failures).toBe(3);
    expect(issuer.reads()).toBe(5);
    await issuer.refuse();
    clock.pass(31);
    await load.until(100, isOk);
    await expect.poll(failures).toBe(5);

    // Tokens of unknown keys may be valid now.
    issuer.play(answer(502));
    await issuer.listen();
    const strangers = await (await keySetEndpoint("RS256")).tokens(1, GRANT);
    clock.pass(2);
    const asked = performance.now();
    const attack = startLoad({ url, connections: 4, next: healthWith([strangers]) });
    await attack.until(100, ({ status, headers }) => status === 503 && headers.get("retry-after") === "2");
    expect(issuer.reads()).toBeLessThanOrEqual(6 + (performance.now() - asked) / 2000);
    issuer.publish();
    clock.pass(2);
    await attack.until(1, ({ status }) => status === 401);
    // From now on the key may be newer than the set, until the set may be requested again.
    await attack.until(100, ({ status }) => status === 503);
    const reads = issuer.reads();
    clock.pass(20);
    await attack.until(100, ({ status }) => status === 503);
    expect(issuer.reads()).toBe(reads);

    await Promise.all([load.stop(), attack.stop()]);
    expect(kindsOf(load.calls)).toEqual(["200 ok"]);
    expect(kindsOf(attack.calls)).toEqual(["401 invalid_token", "503 service_unavailable"]);
    expect(await stop()).toBe(0);
  });

  test("changes: only tokens whose key was not announced have to wait, for 30 s", async () => {
    const clock = passingClock();
    const issuer = await keySetEndpoint();
    const { url, app, stop } = await served(["--jwks-url", issuer.url], clock.env);
    addGrant(app, GRANT);
    const old = await issuer.tokens(500, GRANT);
    const lists = [old];
    const load = startLoad({ url, connections: 32, next: healthWith(lists) });
    const isOf =
      (tokens: readonly string[], status: number) =>
      (call: Call): boolean =>
        call.status === status &&
        decodeProtectedHeader(call.token).kid === decodeProtectedHeader(tokens[0] ?? "").kid;
    await load.until(100, isOk);

    await issuer.keys.announce();
    issuer.publish();
    await issuer.keys.rotate();
    const announced = await issuer.tokens(500, GRANT);
    clock.pass(31);
    lists.push(announced);
    await Promise.all([load.until(100, isOf(old, 200)), load.until(100, isOf(announced, 200))]);
    expect(issuer.reads()).toBe(2);

    issuer.publish();
    lists.shift();
    await load.until(100, isOk);
    await load.stop();
    expect([kindsOf(load.calls), issuer.reads()]).toEqual([["200 ok"], 2]);
    clock.pass(11 * 60);
    const later = startLoad({ url, connections: 32, next: healthWith(lists) });
    await later.until(100, isOk);
    expect([kindsOf(later.calls), issuer.reads()]).toEqual([["200 ok"], 3]);
    // Its ten minutes are not over, but its key is withdrawn.
    lists.push(old);
    await later.until(100, isOf(old, 503));
    clock.pass(31);
    await later.until(1, isOf(old, 401));
    expect(issuer.reads()).toBe(4);

    await issuer.keys.rotate();
    issuer.publish();
    const sudden = await issuer.tokens(500, GRANT);
    lists.splice(0, 2, sudden);
    await later.until(100, isOf(sudden, 503));
    expect(issuer.reads()).toBe(4);
    const passed = performance.now();
    clock.pass(31);
    await later.until(100, isOf(sudden, 200));
    await later.stop();
    expect(kindsOf(later.calls.filter(({ sentAt }) => sentAt >= passed))).toEqual(["200 ok"]);
    expect(issuer.reads()).toBe(5);
    expect(later.calls.filter(({ status }) => status === 401).every(isOf(old, 401))).toBe(true);
    expect(await stop()).toBe(0);
  });
});

test("at SIGTERM 64 busy connections lose no request, and the app no audit event", async () => {
  const { url, app, log, stop } = await served(["--drain-delay", "1"]);
  const load = startLoad({ url, connections: 64, next: await signalsOf(app, 64) });
  await load.until(500, isOk);
  const signalled = performance.now();
  const stopped = stop();
  await expect.poll(async () => (await fetch(new URL("/readyz", url))).status, { interval: 20 }).toBe(503);
  const turned = load.calls.length;
  const drained = createGate();
  app.plays("/audit", ...times(128, { after: drained.promise }));
  await load.until(64, isOk);

  await load.ended;
  expect(kindsOf(load.calls)).toEqual(["200 ok"]);
  // The last response on each connection announced its end, and it could not be opened again.
  expect(load.calls.filter(({ headers }) => headers.get("connection") === "close")).toHaveLength(64);
  expect(load.calls.length).toBeGreaterThanOrEqual(turned + 64);
  expect(app.audited.length).toBeLessThan(load.calls.length);
  drained.open();
  expect(await stopped).toBe(0);
  expect(performance.now() - signalled).toBeLessThan(11_000);
  expect(auditedIds({ app, log })).toEqual(idsOf(load.calls));
  expect(app.faults).toEqual([]);
});
