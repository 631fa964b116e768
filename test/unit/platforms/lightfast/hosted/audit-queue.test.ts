import { describe, expect, test } from "vitest";
import { createServiceSigner } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, poster, watched } from "../../../../support/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import {
  closedPort,
  hang,
  json,
  resetAfterHeaders,
  resetBeforeHeaders,
} from "../../../../support/scripted-server.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `request-${index}`);

const storedIds = (app: { audited: readonly { metadata: { requestId: string } }[] }): string[] =>
  app.audited.map(({ metadata }) => metadata.requestId).sort();

const FAILURE = json(500, { error: "internal_error", message: "No." });

describe("an event is delivered exactly once", () => {
  test.each([
    ["answers 500", FAILURE],
    ["answers 502", json(502, {})],
    ["answers 408", json(408, {})],
    ["answers 429", json(429, {})],
    ["redirects", json(307, {}, { location: "/" })],
    ["breaks the connection", resetBeforeHeaders],
    ["breaks off its answer", resetAfterHeaders],
  ])("when the app %s and then takes it", async (_, turn) => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", turn);
    const { queue } = auditTo(app, { clock });
    queue.push(auditEvent("one"));
    const wait = await clock.nextWait();
    expect(wait).toBeGreaterThanOrEqual(200);
    expect(wait).toBeLessThanOrEqual(300);
    clock.advance(wait - 1);
    expect(await clock.nextWait()).toBeCloseTo(1);
    clock.advance(await clock.nextWait());
    await app.stored(1);
    expect(await queue.drain(1000)).toBe(0);
    expect([storedIds(app), queue.lost(), app.requests.length]).toEqual([["one"], 0, 2]);
  });

  test("when the app dies with events in its hands, and returns", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", ...ids(8).map(() => hang));
    const { post, idle } = watched(poster());
    const { queue, logged } = auditTo(app, { clock, post });
    for (const id of ids(100)) queue.push(auditEvent(id));
    await app.arrived("/audit", 8);
    await app.stop();
    for (let attempts = 0; attempts < 5; attempts += 1) {
      await idle();
      expect(queue.size()).toBe(100);
      clock.advance(await clock.nextWait());
    }
    await app.start();
    while (queue.size() > 0) {
      await idle();
      if (queue.size() > 0) clock.advance(await clock.nextWait());
    }
    expect(storedIds(app)).toEqual(ids(100).sort());
    expect([queue.lost(), app.faults]).toEqual([0, []]);
    expect(logged.filter((line) => line.includes("are kept"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes("arrive again"))).toHaveLength(1);
  });

  test("although one among them fails again and again", async () => {
    const app = await fakeApp();
    const { queue } = auditTo(app);
    app.plays("/audit", FAILURE, FAILURE);
    for (const id of ids(30)) queue.push(auditEvent(id));
    expect(await queue.drain(10_000)).toBe(0);
    expect(storedIds(app)).toEqual(ids(30).sort());
  });
});

describe("attempts", () => {
  test("of one event are recognizable as such, and each brings a token of its own", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    let at = Date.now() - 9000;
    const sign = createServiceSigner(app.secret, () => {
      at += 1000;
      return at;
    });
    app.plays("/audit", FAILURE, FAILURE);
    const { queue } = auditTo(app, { clock, sign });
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

  test("come one at a time and ever later while the app is down, and a single success ends that", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", ...ids(15).map(() => FAILURE));
    const { post, idle } = watched(poster());
    const { queue } = auditTo(app, { clock, post });
    for (const id of ids(50)) queue.push(auditEvent(id));
    // Eight are tried; for each of the two failures that may be those of single events another follows.
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

  test("wait as long as the app asks", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", json(429, {}, { "retry-after": "7" }));
    const { queue } = auditTo(app, { clock });
    queue.push(auditEvent("one"));
    expect(await clock.nextWait()).toBe(7000);
    // Whoever comes meanwhile waits as well.
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
  ])("after Retry-After: %s are neither at once nor too late", async (seconds, least, most) => {
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
    const nobody = { url: new URL(`http://127.0.0.1:${port}`), secret: "s".repeat(32) };
    const clock = manualClock();
    const gone = createGate();
    const onChange = (_: number, newlyLost: number) => newlyLost > 0 && gone.open();
    const { queue, logged } = auditTo(nobody, { clock, onChange });
    queue.push(auditEvent("one"));
    await clock.nextWait();
    const began = clock.now();
    while (queue.lost() === 0) clock.advance((await Promise.race([clock.nextWait(), gone.promise])) ?? 0);
    expect(clock.now() - began).toBeGreaterThanOrEqual(600_000);
    expect(clock.now() - began).toBeLessThanOrEqual(610_000);
    expect([queue.size(), queue.lost()]).toEqual([0, 1]);
    expect(logged.at(-1)).toMatch(/an audit event is lost .*requestId="one" why=".*ECONNREFUSED/);
  });
});
