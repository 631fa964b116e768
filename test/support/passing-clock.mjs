import { statSync } from "node:fs";

/*
 * Loaded before a program (`--import`), it puts the program's clock forward by as many seconds as the file has bytes
 * that CLOCK_FILE names. With CLOCK_TIMERS, the monotonic clock and timers of a second or more go with it.
 */
const file = process.env.CLOCK_FILE ?? "";
const rightNow = Date.now;
const passed = () => statSync(file).size * 1000;

Date.now = () => rightNow() + passed();

if (process.env.CLOCK_TIMERS) {
  const started = performance.now.bind(performance);
  const { setTimeout: startTimer, clearTimeout: clearTimer } = globalThis;
  /** @type {Map<NodeJS.Timeout, { due: number, run: () => void }>} */
  const timers = new Map();
  performance.now = () => started() + passed();
  Reflect.set(
    globalThis,
    "setTimeout",
    /** @param {(...args: unknown[]) => void} run @param {number} ms @param {unknown[]} args */
    (run, ms = 1, ...args) => {
      const timer = startTimer(() => {
        timers.delete(timer);
        run(...args);
      }, ms);
      if (ms >= 1000) timers.set(timer, { due: performance.now() + ms, run: () => run(...args) });
      return timer;
    },
  );
  Reflect.set(
    globalThis,
    "clearTimeout",
    /** @param {NodeJS.Timeout} timer */
    (timer) => {
      timers.delete(timer);
      clearTimer(timer);
    },
  );
  setInterval(() => {
    const now = performance.now();
    for (const [timer, { due, run }] of timers) {
      if (due > now) continue;
      clearTimeout(timer);
      run();
    }
  }, 10).unref();
}
