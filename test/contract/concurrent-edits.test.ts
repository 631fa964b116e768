import process from "node:process";
import { expect, test } from "vitest";
import { editConcurrently } from "../support/clients/concurrent-edits.ts";

const EDITS = 1000;

test("1,000 edits lose nothing of what other programs write at the same time", {
  timeout: 600_000,
}, async () => {
  const totals = await editConcurrently(EDITS, Date.now() % 2 ** 31);
  expect(totals).toMatchObject({ edits: EDITS, lost: 0, givenUp: 0 });
  expect(totals.writes).toBeGreaterThan(EDITS);
  // Both need another program in the few microseconds in which the file has no name.
  expect(totals.kept + totals.missing).toBeLessThan(EDITS / 100);
  process.stdout.write(`${JSON.stringify(totals)}\n`);
});
