import type { HttpClient } from "./exchange.ts";

/** Told of each exchange: the status, or `none` where no whole answer came, and how long it took with its repetitions. */
export type ObserveExchange = (outcome: string, seconds: number) => void;

/** The same client, with each exchange told to `observe`. */
export const observed = (http: HttpClient, observe: ObserveExchange): HttpClient => ({
  ...http,
  send: async (request, deadline) => {
    const started = performance.now();
    const done = (outcome: string) => observe(outcome, (performance.now() - started) / 1000);
    try {
      const answer = await http.send(request, deadline);
      done(String(answer.status));
      return answer;
    } catch (error) {
      done("none");
      throw error;
    }
  },
});
