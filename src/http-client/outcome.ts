import type { HttpMethod, HttpRequest } from "./types.ts";

/** What became of a request that brought no success. */
export type Outcome = {
  /** It certainly was not carried out: never sent, or refused. */
  readonly undone: boolean;
  /** The same request may succeed a moment later. */
  readonly passing: boolean;
};

/** The method as far as repeating goes. */
export const repeatedAs = ({ method, safe }: Pick<HttpRequest, "method" | "safe">): HttpMethod =>
  safe ? "GET" : method;

/** Whether repeating the request does no harm and may help. */
export const isRetryable = (method: HttpMethod, { undone, passing }: Outcome): boolean =>
  passing && (method === "GET" || undone);

/** What that means for whoever thinks of repeating it; the same words wherever a request failed. */
export const repeatAdvice = (method: HttpMethod, { undone, passing }: Outcome): string => {
  if (method !== "GET" && !undone) {
    return "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.";
  }
  const safe = method === "GET" ? "" : "It was not processed, so ";
  return passing
    ? `${safe ? `${safe}it` : "It"} is safe to try again.`
    : "Trying again will not help by itself.";
};
