/** Time as the audit queue needs it. */
export type Clock = {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now, unless the function it returns is called before. */
  after(ms: number, run: () => void): () => void;
};

/** The process's own. Whoever waits for something keeps the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
