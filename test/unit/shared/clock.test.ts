import { expect, test } from "vitest";
import { sleep } from "../../../src/shared/clock.ts";
import { manualClock } from "../../support/manual-clock.ts";

test("a sleep lasts as long as requested", async () => {
  const clock = manualClock();
  let isAwake = false;
  const done = sleep(1000, new AbortController().signal, clock).then(() => {
    isAwake = true;
  });

  clock.advance(999);
  await Promise.resolve();
  expect(isAwake).toBe(false);

  clock.advance(1);
  await done;
});

test("without a clock, the time is the system's", async () => {
  const start = performance.now();
  await sleep(30, new AbortController().signal);
  expect(performance.now() - start).toBeGreaterThanOrEqual(29);
});

test("a sleep ends when its signal aborts, without an error or a timer that is left", async () => {
  const [clock, controller] = [manualClock(), new AbortController()];
  const done = sleep(60_000, controller.signal, clock);

  controller.abort(new Error("canceled"));
  await done;

  // The next timer is the only one.
  clock.after(90_000, () => {});
  expect(await clock.nextWait()).toBe(90_000);
});

test("a sleep with an aborted signal ends at once", async () => {
  await sleep(60_000, AbortSignal.abort(), manualClock());
});
