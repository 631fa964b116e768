import type { HttpClient } from "./types.ts";

/** Told of each exchange: the status, or `none` where no whole answer came, and how long it took with its repetitions. */
export type ObserveExchange = (outcome: string, seconds: number) => void;

/** The outcome of an exchange, when it was told to `observe`. */
export const timed = async <Answer extends { readonly status: number }>(
  observe: ObserveExchange,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  const started = performance.now();
  const done = (outcome: string) => observe(outcome, (performance.now() - started) / 1000);
  try {
    const answer = await work();
    done(String(answer.status));
    return answer;
  } catch (error) {
    done("none");
    throw error;
  }
};

/** The same client, with each exchange told to `observe`. */
export const observed = (http: HttpClient, observe: ObserveExchange): HttpClient => ({
  ...http,
  send: (request, deadline) => timed(observe, () => http.send(request, deadline)),
});
