import type { Deadline } from "./deadline.ts";

/**
 * The outcome of `work`, or the deadline's reason as soon as it comes: for work that does not heed the signal, or not at
 * once, as undici does only when a request has a connection.
 */
export const unlessAborted = async <T>(work: Promise<T>, { signal }: Deadline): Promise<T> => {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
};
