import { describe, expect, test } from "vitest";
import type { Post } from "../../../../../src/http-client/internal.ts";
import { createServiceSigner } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, poster, watched } from "../../../../support/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import { hang, html, json } from "../../../../support/scripted-server.ts";

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
    const post: Post = () => {
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
