import { expect, test } from "vitest";
import { Backlog, type Entry } from "../../../../../src/platforms/lightfast/hosted/audit-backlog.ts";
import { auditEvent } from "../../../../support/hosted.ts";

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
