import { describe, expect, test } from "vitest";
import type { InternalPost } from "../../../../../src/http-client/internal.ts";
import type { AppConnection } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, countInFlight, internalPost } from "../../../../support/lightfast/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import {
  closedPort,
  hang,
  html,
  json,
  resetAfterHeaders,
  resetBeforeHeaders,
} from "../../../../support/scripted-server.ts";

type Audited = { audited: readonly { metadata: { requestId: string } }[] };

/** The request ids of all stored events, sorted, each as often as it was stored. */
function storedIds(app: Audited): string[] {
  return app.audited.map(({ metadata }) => metadata.requestId).sort();
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `request-${index}`);
}

const NOWHERE = { url: new URL("http://127.0.0.1:9"), secret: "s".repeat(32) };
const FAILURE = json(500, { error: "internal_error", message: "No." });

/** An app in memory that records the order of attempts. `respond` returns a status. */
function recordingApp(respond: (id: string) => number = () => 200) {
  const attempted: string[] = [];
  const app: AppConnection = {
    appUrl: NOWHERE.url,
    post: async (_, body) => {
      const id = JSON.parse(body).metadata.requestId;
      attempted.push(id);
      return { status: respond(id), body: "", header: () => undefined };
    },
  };
  return { app, attempted };
}

describe("an event", () => {
  test("is delivered once and unchanged, with a service token", async () => {
    const app = await fakeApp();
    const { queue, undelivered, lost } = auditTo(app);
    queue.push(auditEvent("one"));
    await app.stored(1);
    expect(app.requests).toMatchObject([{ path: "/audit", claims: { iss: "mcp", aud: "lightfast-app" } }]);
    expect(app.requests[0]?.body).toBe(JSON.stringify(auditEvent("one")));
    expect(await queue.drain(1000)).toBe(0);
    expect([undelivered(), lost(), app.faults, storedIds(app)]).toEqual([0, 0, [], ["one"]]);
  });

  test("is not sent before the pushing code has continued", async () => {
    const { app, attempted } = recordingApp();
    const { queue, undelivered, left } = auditTo(NOWHERE, { app });
    queue.push(auditEvent("one"));
    await Promise.resolve();
    expect([undelivered(), attempted.length]).toEqual([1, 0]);
    await left(0);
    expect(attempted).toEqual(["one"]);
  });

  test("is not sent again while the app is slow", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    const gate = createGate();
    app.plays("/audit", { after: gate.promise });
    const { queue } = auditTo(app, { clock });
    queue.push(auditEvent("slow"));
    await app.arrived("/audit", 1);
    clock.advance(29_000);
    gate.open();
    await app.stored(1);
    await queue.drain(1000);
    expect(app.requests).toHaveLength(1);
  });

  test("without a response does not hold up others", async () => {
    const app = await fakeApp();
    app.plays("/audit", hang);
    const { queue, left } = auditTo(app);
    for (const id of ids(20)) queue.push(auditEvent(id));
    await left(1);
    expect(app.audited).toHaveLength(19);
  });

  test("stays queued if sending throws", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    let attempts = 0;
    const post: InternalPost = () => {
      attempts += 1;
      throw new Error("no socket");
    };
    const { queue, undelivered } = auditTo(app, { clock, post });
    queue.push(auditEvent("one"));
    expect(await clock.nextWait()).toBeGreaterThan(0);
    expect([attempts, undelivered()]).toEqual([1, 1]);
  });
});

describe("order", () => {
  test("first in, first out, with thousands of events", async () => {
    const { app, attempted } = recordingApp();
    const { queue, left } = auditTo(NOWHERE, { app });
    for (const id of ids(6000)) queue.push(auditEvent(id));
    await left(0);
    expect(attempted).toEqual(ids(6000));
  });

  test("a failed event is retried before newer ones as soon as it is due, and not earlier", async () => {
    const clock = manualClock();
    const failing = new Set(["failed"]);
    const { app, attempted } = recordingApp((id) => (failing.delete(id) ? 500 : 200));
    const { queue, left } = auditTo(NOWHERE, { app, clock });
    queue.push(auditEvent("failed"));
    const wait = await clock.nextWait();
    queue.push(auditEvent("fresh"));
    await left(1);
    expect(attempted).toEqual(["failed", "fresh"]);
    clock.advance(wait - 1);
    expect(attempted).toHaveLength(2);
    queue.push(auditEvent("newer"));
    clock.advance(1);
    await left(0);
    expect(attempted).toEqual(["failed", "fresh", "failed", "newer"]);
  });
});

describe("an event is delivered exactly once", () => {
  test.each([
    ["responds with 500", FAILURE],
    ["responds with 502", json(502, {})],
    ["does not accept the service token", json(401, { error: "invalid_token", message: "No." })],
    ["does not accept the service", json(403, { error: "disallowed_caller", message: "No." })],
    ["is being deployed", html(404)],
    ["responds with 408", json(408, {})],
    ["still handles the attempt before", json(409, {})],
    ["responds with 413", json(413, {})],
    ["responds with 429", json(429, {})],
    ["redirects", json(307, {}, { location: "/" })],
    ["resets the connection", resetBeforeHeaders],
    ["resets the connection during its response", resetAfterHeaders],
  ])("when the app %s and then accepts it", async (_, turn) => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", turn);
    const { queue, lost } = auditTo(app, { clock });
    queue.push(auditEvent("one"));
    const wait = await clock.nextWait();
    expect(wait).toBeGreaterThanOrEqual(200);
    expect(wait).toBeLessThanOrEqual(300);
    clock.advance(wait - 1);
    expect(await clock.nextWait()).toBeCloseTo(1);
    clock.advance(await clock.nextWait());
    await app.stored(1);
    expect(await queue.drain(1000)).toBe(0);
    expect([storedIds(app), lost(), app.requests.length]).toEqual([["one"], 0, 2]);
  });

  test("when the app stops with requests in flight, and returns", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", ...ids(8).map(() => hang));
    const { post, idle } = countInFlight(internalPost());
    const { queue, logged, undelivered, lost } = auditTo(app, { clock, post });
    for (const id of ids(100)) queue.push(auditEvent(id));
    await app.arrived("/audit", 8);
    await app.stop();
    for (let attempts = 0; attempts < 5; attempts += 1) {
      await idle();
      expect(undelivered()).toBe(100);
      clock.advance(await clock.nextWait());
    }
    await app.start();
    while (undelivered() > 0) {
      await idle();
      if (undelivered() > 0) clock.advance(await clock.nextWait());
    }
    expect(storedIds(app)).toEqual(ids(100).sort());
    expect([lost(), app.faults]).toEqual([0, []]);
    expect(logged.filter((line) => line.includes("audit delivery failed"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes("audit delivery recovered"))).toHaveLength(1);
  });

  test("when one of many fails twice", async () => {
    const app = await fakeApp();
    const { queue } = auditTo(app);
    app.plays("/audit", FAILURE, FAILURE);
    for (const id of ids(30)) queue.push(auditEvent(id));
    expect(await queue.drain(10_000)).toBe(0);
    expect(storedIds(app)).toEqual(ids(30).sort());
  });
});

describe("attempts", () => {
  test("of one event share an idempotency key, and each has a current token", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    let at = Date.now() - 9000;
    const now = () => {
      at += 1000;
      return at;
    };
    app.plays("/audit", FAILURE, FAILURE);
    const { queue } = auditTo(app, { clock, now });
    queue.push(auditEvent("one"));
    for (let attempts = 0; attempts < 2; attempts += 1) clock.advance(await clock.nextWait());
    await app.stored(1);
    queue.push(auditEvent("one"));
    await app.stored(2);
    const keys = app.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
    expect(new Set(app.requests.map(({ claims }) => claims?.iat)).size).toBe(4);
    expect(app.faults).toEqual([]);
  });

  test("run one at a time with growing pauses while the app is down, until one succeeds", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", ...ids(15).map(() => FAILURE));
    const { post, idle } = countInFlight(internalPost());
    const { queue } = auditTo(app, { clock, post });
    for (const id of ids(50)) queue.push(auditEvent(id));
    // Eight run at once. Each of the two tolerated failures is followed by another attempt.
    await app.arrived("/audit", 10);
    for (const [pauses, least] of [200, 400, 800, 1600, 3200, 6400].entries()) {
      await idle();
      expect(app.requests).toHaveLength(10 + pauses);
      const wait = await clock.nextWait();
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(least * 1.5);
      clock.advance(wait);
      await app.arrived("/audit", 11 + pauses);
    }
    expect(await queue.drain(60_000)).toBe(0);
    expect(storedIds(app)).toEqual(ids(50).sort());
  });

  test("wait for Retry-After", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", json(429, {}, { "retry-after": "7" }));
    const { queue } = auditTo(app, { clock });
    queue.push(auditEvent("one"));
    expect(await clock.nextWait()).toBe(7000);
    // A newer event waits as well.
    queue.push(auditEvent("two"));
    clock.advance(6999);
    expect(await clock.nextWait()).toBe(1);
    expect(app.requests).toHaveLength(1);
    clock.advance(1);
    await app.stored(2);
    expect(storedIds(app)).toEqual(["one", "two"]);
  });

  test.each([
    ["0", 200, 300],
    ["86400", 60_000, 60_000],
  ])("after Retry-After: %s wait %i to %i ms", async (seconds, least, most) => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", json(503, {}, { "retry-after": seconds }));
    const { queue } = auditTo(app, { clock });
    queue.push(auditEvent("one"));
    const wait = await clock.nextWait();
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(most);
  });

  test("end after ten minutes, and the event is logged and counted", async () => {
    const port = await closedPort();
    const nowhere = { ...NOWHERE, url: new URL(`http://127.0.0.1:${port}`) };
    const clock = manualClock();
    const gaveUp = createGate();
    const onChange = (_: number, newlyLost: number) => newlyLost > 0 && gaveUp.open();
    const { queue, logged, undelivered, lost } = auditTo(nowhere, { clock, onChange });
    queue.push(auditEvent("one"));
    await clock.nextWait();
    const began = clock.now();
    while (lost() === 0) clock.advance((await Promise.race([clock.nextWait(), gaveUp.promise])) ?? 0);
    expect(clock.now() - began).toBeGreaterThanOrEqual(600_000);
    expect(clock.now() - began).toBeLessThanOrEqual(610_000);
    expect([undelivered(), lost()]).toEqual([0, 1]);
    expect(logged.at(-1)).toMatch(/audit event lost .*requestId="one" reason=".*ECONNREFUSED/);
  });

  test("run eight at a time, and up to 128 with a long queue", async () => {
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 136 }, () => ({ after: gate.promise })));
    const { post, most } = countInFlight(internalPost(128));
    const { queue } = auditTo(app, { post });
    for (const id of ids(20)) queue.push(auditEvent(id));
    await app.arrived("/audit", 8);
    expect(most()).toBe(8);
    for (let index = 0; index < 900; index += 1) queue.push(auditEvent(`more-${index}`));
    await app.arrived("/audit", 128);
    expect(most()).toBe(128);
    gate.open();
    await app.stored(920);
    expect(most()).toBe(128);
    expect(new Set(storedIds(app)).size).toBe(920);
  });
});

describe("a rejected event", () => {
  test.each([400, 422])("with %i is dropped, counted, and logged without personal data", async (status) => {
    const app = await fakeApp();
    app.plays("/audit", json(status, { error: "no", message: "user_1 of org_1 may not." }));
    const changes: number[] = [];
    const onChange = (_: number, newlyLost: number) => void changes.push(newlyLost);
    const { queue, logged, undelivered, lost } = auditTo(app, { onChange });
    queue.push(auditEvent("rejected"));
    await app.arrived("/audit", 1);
    expect(await queue.drain(1000)).toBe(0);
    expect([undelivered(), lost(), changes]).toEqual([0, 1, [0, 1]]);
    expect(app.requests).toHaveLength(1);
    expect(logged).toEqual([
      `error: audit event lost event="mcp.system.health" outcome="success" requestId="rejected" reason="HTTP ${status}"`,
    ]);
  });

  test("does not stop others", async () => {
    const app = await fakeApp();
    app.plays("/audit", html(400));
    const { queue, lost } = auditTo(app);
    for (const id of ids(5)) queue.push(auditEvent(id));
    await app.stored(4);
    expect(await queue.drain(1000)).toBe(0);
    expect(lost()).toBe(1);
  });
});

describe("a full queue", () => {
  test("drops the newest event", async () => {
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", ...ids(8).map(() => ({ after: gate.promise })));
    const { queue, logged, undelivered, lost } = auditTo(app, { maxEvents: 12 });
    for (const id of ids(15)) queue.push(auditEvent(id));
    expect([undelivered(), lost()]).toEqual([12, 3]);
    expect(logged).toHaveLength(3);
    expect(logged[0]).toContain('requestId="request-12" reason="the queue is full (12 events)"');
    gate.open();
    await app.stored(12);
    expect(storedIds(app)).toEqual(ids(12).sort());
    expect(await queue.drain(1000)).toBe(0);
    queue.push(auditEvent("later"));
    await app.stored(13);
  });

  test("holds 10 000 events", async () => {
    const app = await fakeApp();
    const { queue, undelivered, lost } = auditTo(app);
    for (const id of ids(10_007)) queue.push(auditEvent(id));
    expect([undelivered(), lost()]).toEqual([10_000, 7]);
  });
});

test("every change reports the number of undelivered events", async () => {
  const app = await fakeApp();
  const sizes: number[] = [];
  const { queue } = auditTo(app, { onChange: (size) => sizes.push(size) });
  for (const id of ids(3)) queue.push(auditEvent(id));
  expect(await queue.drain(10_000)).toBe(0);
  expect(sizes).toEqual([1, 2, 3, 2, 1, 0]);
});

describe("draining", () => {
  test("returns at once for an empty queue", async () => {
    const app = await fakeApp();
    const { queue } = auditTo(app, { clock: manualClock() });
    expect(await queue.drain(1000)).toBe(0);
  });

  test("ends with the last delivery", async () => {
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", { after: gate.promise });
    const { queue, left } = auditTo(app, { clock: manualClock() });
    for (const id of ids(300)) queue.push(auditEvent(id));
    const drained = Promise.all([queue.drain(60_000), queue.drain(90_000)]);
    await left(1);
    expect(app.audited).toHaveLength(299);
    gate.open();
    expect(await drained).toEqual([0, 0]);
    expect(app.audited).toHaveLength(300);
  });

  test("shortens waits, also those of Retry-After", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    const busy = json(429, {}, { "retry-after": "50" });
    app.plays("/audit", busy, busy);
    const { post, idle } = countInFlight(internalPost());
    const { queue } = auditTo(app, { clock, post });
    queue.push(auditEvent("one"));
    expect(await clock.nextWait()).toBe(50_000);
    const drained = queue.drain(10_000);
    await app.arrived("/audit", 2);
    await idle();
    expect(await clock.nextWait()).toBeLessThanOrEqual(500);
    clock.advance(500);
    expect(await drained).toBe(0);
    expect(app.audited).toHaveLength(1);
  });

  test("past its limit loses, logs and counts what is left, and sends nothing more", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 8 }, () => ({ after: gate.promise })));
    const { post, idle } = countInFlight(internalPost());
    const changes: [number, number][] = [];
    const onChange = (...change: [number, number]) => void changes.push(change);
    const { queue, logged, undelivered, lost } = auditTo(app, { clock, post, onChange });
    for (const id of ids(20)) queue.push(auditEvent(id));
    const drained = queue.drain(5000);
    await app.arrived("/audit", 8);
    clock.advance(5000);
    expect(await drained).toBe(20);
    expect([undelivered(), lost()]).toEqual([0, 20]);
    expect(changes.at(-1)).toEqual([0, 1]);
    const lines = logged.filter((line) => line.includes("audit event lost"));
    expect(lines).toHaveLength(20);
    expect(lines.join()).not.toMatch(/user_1|org_1|mcp_client_1|mcp_grant_1/);

    // Late responses change nothing, because their events already count as lost.
    gate.open();
    await app.stored(8);
    await idle();
    expect([undelivered(), lost(), changes.length]).toEqual([0, 20, 40]);

    queue.push(auditEvent("too late"));
    expect([undelivered(), lost(), await queue.drain(0)]).toEqual([0, 21, 0]);
    expect(app.requests).toHaveLength(8);
  });
});
