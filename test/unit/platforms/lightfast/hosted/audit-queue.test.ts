import { describe, expect, test } from "vitest";
import type { InternalPost } from "../../../../../src/http-client/internal.ts";
import { createServiceSigner } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { Backlog, type Entry, Queue } from "../../../../../src/platforms/lightfast/hosted/audit-queue.ts";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, poster, watched } from "../../../../support/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import {
  closedPort,
  hang,
  html,
  json,
  resetAfterHeaders,
  resetBeforeHeaders,
} from "../../../../support/scripted-server.ts";

describe("queue", () => {
  test("what was first in is first out, and nothing is lost, however many come and go", () => {
    const queue = new Queue<{ readonly nth: number }>();
    expect(queue.take()).toBeUndefined();
    const taken: (number | undefined)[] = [];
    for (let nth = 0; nth < 6000; nth += 1) {
      queue.add({ nth });
      // Two stay behind of every three.
      if (nth % 3 === 0) taken.push(queue.take()?.nth);
      expect(queue.length).toBe(nth + 1 - taken.length);
    }
    while (queue.length > 0) taken.push(queue.take()?.nth);
    expect(taken).toEqual(Array.from({ length: 6000 }, (_, nth) => nth));
    expect(queue.take()).toBeUndefined();
  });
});

describe("audit backlog", () => {
  const entry = (key: string, failed: Partial<Entry> = {}): Entry => ({
    event: auditEvent(key),
    key,
    attempts: 0,
    since: undefined,
    due: 0,
    ...failed,
  });

  /** Takes what there is, and names it. */
  const takeAll = (backlog: Backlog, now = 0): string[] => {
    const keys: string[] = [];
    for (let next = backlog.take(now); next; next = backlog.take(now)) keys.push(next.key);
    return keys;
  };

  const keysOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);

  test("thousands of entries come out in their order, however they come in between", () => {
    const backlog = new Backlog();
    const keys = keysOf(5000);
    const taken: (string | undefined)[] = [];
    for (const key of keys) {
      backlog.add(entry(key));
      // Three come for each one that goes.
      if (Number(key) % 3 === 0) taken.push(backlog.take(0)?.key);
    }
    expect(backlog.length).toBe(5000 - taken.length);
    expect([...taken, ...takeAll(backlog)]).toEqual(keys);
    expect([backlog.length, backlog.nextDue()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test("what has failed comes first as soon as it is due, and not before", () => {
    const backlog = new Backlog();
    backlog.add(entry("fresh"));
    backlog.add(entry("failed", { attempts: 1, due: 100 }));
    expect([backlog.length, backlog.nextDue()]).toEqual([2, 0]);
    expect(backlog.take(99)?.key).toBe("fresh");
    expect([backlog.take(99), backlog.nextDue()]).toEqual([undefined, 100]);
    backlog.add(entry("newer"));
    expect(takeAll(backlog, 100)).toEqual(["failed", "newer"]);
  });

  test("clearing takes out all that has not been taken, and what comes later is not lost", () => {
    const backlog = new Backlog();
    for (const key of keysOf(4)) backlog.add(entry(key));
    backlog.add(entry("failed", { attempts: 1, due: 100 }));
    backlog.take(0);
    expect(backlog.clear().map(({ key }) => key)).toEqual(["failed", "1", "2", "3"]);
    expect(backlog.length).toBe(0);
    backlog.add(entry("later"));
    expect(takeAll(backlog)).toEqual(["later"]);
  });
});

describe("audit drain", () => {
  test("an empty queue is drained at once", async () => {
    const app = await fakeApp();
    const { queue } = auditTo(app, { clock: manualClock() });
    expect(await queue.drain(1000)).toBe(0);
  });

  test("a queue is drained as soon as the last event is taken, long before its limit", async () => {
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", { after: gate.promise });
    const { queue, left } = auditTo(app, { clock: manualClock() });
    for (let index = 0; index < 300; index += 1) queue.push(auditEvent(`request-${index}`));
    const drained = Promise.all([queue.drain(60_000), queue.drain(90_000)]);
    await left(1);
    expect(app.audited).toHaveLength(299);
    gate.open();
    expect(await drained).toEqual([0, 0]);
    expect(app.audited).toHaveLength(300);
  });

  test("draining does not sit out long waits, not even those that the app asks for", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    const busy = json(429, {}, { "retry-after": "50" });
    app.plays("/audit", busy, busy);
    const { post, idle } = watched(poster());
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

  test("what is left at the limit is told, logged and counted, and nothing is sent any more", async () => {
    const app = await fakeApp();
    const clock = manualClock();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 8 }, () => ({ after: gate.promise })));
    const { post, idle } = watched(poster());
    const changes: [number, number][] = [];
    const onChange = (...change: [number, number]) => void changes.push(change);
    const { queue, logged } = auditTo(app, { clock, post, onChange });
    for (let index = 0; index < 20; index += 1) queue.push(auditEvent(`request-${index}`));
    const drained = queue.drain(5000);
    await app.arrived("/audit", 8);
    clock.advance(5000);
    expect(await drained).toBe(20);
    expect([queue.size(), queue.lost()]).toEqual([0, 20]);
    expect(changes.at(-1)).toEqual([0, 1]);
    const told = logged.filter((line) => line.includes("an audit event is lost"));
    expect(told).toHaveLength(20);
    expect(told.join()).not.toMatch(/user_1|org_1|mcp_client_1|mcp_grant_1/);

    // Answers that come now change nothing: their events are counted as lost already.
    gate.open();
    await app.stored(8);
    await idle();
    expect([queue.size(), queue.lost(), changes.length]).toEqual([0, 20, 40]);

    queue.push(auditEvent("too late"));
    expect([queue.size(), queue.lost(), await queue.drain(0)]).toEqual([0, 21, 0]);
    expect(app.requests).toHaveLength(8);
  });
});

describe("audit queue", () => {
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
});

describe("audit", () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `request-${index}`);

  /** The request ids of all that the app has stored, sorted; each as often as it was stored. */
  const storedIds = (app: { audited: readonly { metadata: { requestId: string } }[] }): string[] =>
    app.audited.map(({ metadata }) => metadata.requestId).sort();

  describe("an event", () => {
    test("is delivered once, as it is, with a service token", async () => {
      const app = await fakeApp();
      const { queue } = auditTo(app);
      queue.push(auditEvent("one"));
      await app.stored(1);
      expect(app.requests).toMatchObject([{ path: "/audit", claims: { iss: "mcp", aud: "lightfast-app" } }]);
      expect(app.requests[0]?.body).toBe(JSON.stringify(auditEvent("one")));
      expect(await queue.drain(1000)).toBe(0);
      expect([queue.size(), queue.lost(), app.faults, storedIds(app)]).toEqual([0, 0, [], ["one"]]);
    });

    test("is neither signed nor sent before the caller has gone on", async () => {
      const app = await fakeApp();
      let signed = 0;
      const { queue } = auditTo(app, {
        sign: () => {
          signed += 1;
          return createServiceSigner(app.secret)();
        },
      });
      queue.push(auditEvent("one"));
      await Promise.resolve();
      expect([queue.size(), signed]).toEqual([1, 0]);
      await app.stored(1);
      expect(signed).toBe(1);
    });

    test("is not sent again while the app is slow to answer", async () => {
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

    test("that meets a slow app does not hold up the others", async () => {
      const app = await fakeApp();
      app.plays("/audit", hang);
      const { queue, left } = auditTo(app);
      for (const id of ids(20)) queue.push(auditEvent(id));
      await left(1);
      expect(app.audited).toHaveLength(19);
    });

    test("that can neither be signed nor sent throws nothing at whoever pushes it", async () => {
      const app = await fakeApp();
      const clock = manualClock();
      let tries = 0;
      const post: InternalPost = () => {
        tries += 1;
        throw new Error("no socket");
      };
      const { queue } = auditTo(app, { clock, post });
      queue.push(auditEvent("one"));
      expect(await clock.nextWait()).toBeGreaterThan(0);
      expect([tries, queue.size()]).toEqual([1, 1]);
    });
  });

  test("at first eight events are under way at a time, and up to 128 when many wait", async () => {
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 136 }, () => ({ after: gate.promise })));
    const { post, most } = watched(poster(128));
    const { queue } = auditTo(app, { post });
    for (const id of ids(20)) queue.push(auditEvent(id));
    await app.arrived("/audit", 8);
    expect(most()).toBe(8);
    for (let index = 0; index < 2000; index += 1) queue.push(auditEvent(`more-${index}`));
    await app.arrived("/audit", 128);
    expect(most()).toBe(128);
    gate.open();
    await app.stored(2020);
    expect(most()).toBe(128);
    expect(new Set(storedIds(app)).size).toBe(2020);
  });

  describe("an event that the app refuses", () => {
    test.each([400, 401, 403, 404, 413])(
      "with %i is dropped, counted, and logged without personal data",
      async (status) => {
        const app = await fakeApp();
        app.plays("/audit", json(status, { error: "no", message: "user_1 of org_1 may not." }));
        const lost: number[] = [];
        const { queue, logged } = auditTo(app, { onChange: (_, newlyLost) => lost.push(newlyLost) });
        queue.push(auditEvent("refused"));
        await app.arrived("/audit", 1);
        expect(await queue.drain(1000)).toBe(0);
        expect([queue.size(), queue.lost(), lost]).toEqual([0, 1, [0, 1]]);
        expect(app.requests).toHaveLength(1);
        expect(logged).toEqual([
          `lightfast-mcp error: an audit event is lost event="mcp.system.health" outcome="success" requestId="refused" why="HTTP ${status}"`,
        ]);
      },
    );

    test("does not stop the others", async () => {
      const app = await fakeApp();
      app.plays("/audit", html(400));
      const { queue } = auditTo(app);
      for (const id of ids(5)) queue.push(auditEvent(id));
      await app.stored(4);
      expect(await queue.drain(1000)).toBe(0);
      expect(queue.lost()).toBe(1);
    });
  });

  describe("a full queue", () => {
    test("drops the newest, so that nobody washes away what is recorded", async () => {
      const app = await fakeApp();
      const gate = createGate();
      app.plays("/audit", ...ids(8).map(() => ({ after: gate.promise })));
      const { queue, logged } = auditTo(app, { max: 12 });
      for (const id of ids(15)) queue.push(auditEvent(id));
      expect([queue.size(), queue.lost()]).toEqual([12, 3]);
      expect(logged).toHaveLength(3);
      expect(logged[0]).toContain('requestId="request-12" why="12 events wait already"');
      gate.open();
      await app.stored(12);
      expect(storedIds(app)).toEqual(ids(12).sort());
      expect(await queue.drain(1000)).toBe(0);
      queue.push(auditEvent("later"));
      await app.stored(13);
    });

    test("has 10 000 events", async () => {
      const app = await fakeApp();
      const { queue } = auditTo(app);
      for (const id of ids(10_007)) queue.push(auditEvent(id));
      expect([queue.size(), queue.lost()]).toEqual([10_000, 7]);
    });
  });

  test("whoever watches is told how many events wait, after every change", async () => {
    const app = await fakeApp();
    const sizes: number[] = [];
    const { queue } = auditTo(app, { onChange: (size) => sizes.push(size) });
    for (const id of ids(3)) queue.push(auditEvent(id));
    expect(await queue.drain(1000)).toBe(0);
    expect(sizes).toEqual([1, 2, 3, 2, 1, 0]);
  });
});
