import { expect, test } from "vitest";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, poster, watched } from "../../../../support/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import { json } from "../../../../support/scripted-server.ts";

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
