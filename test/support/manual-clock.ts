import type { Clock } from "../../src/shared/clock.ts";

/** A clock that stands still until the test moves it. */
export type ManualClock = Clock & {
  /** Moves on by `ms` milliseconds and runs what is due, in order. */
  advance(ms: number): void;
  /** Resolves to how long the next thing to run has still to wait, as soon as there is one. */
  nextWait(): Promise<number>;
};

type Timer = { readonly at: number; readonly run: () => void };

export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Set<Timer>();
  const watchers = new Set<() => void>();

  const first = (): Timer | undefined => [...timers].sort((a, b) => a.at - b.at)[0];

  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      for (const watch of watchers) watch();
      return () => void timers.delete(timer);
    },
    advance: (ms) => {
      const end = now + ms;
      for (let timer = first(); timer && timer.at <= end; timer = first()) {
        timers.delete(timer);
        now = timer.at;
        timer.run();
      }
      now = end;
    },
    nextWait: () =>
      new Promise((resolve) => {
        const watch = (): void => {
          const timer = first();
          if (!timer) return;
          watchers.delete(watch);
          resolve(timer.at - now);
        };
        watchers.add(watch);
        watch();
      }),
  };
}
