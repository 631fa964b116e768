import { retryAfterMs } from "../../../http-client/retry.ts";
import { type AppConnection, answerOf, appHeaders } from "./app.ts";
import type { AuditEvent } from "./audit-event.ts";

/** How one attempt to deliver an event ended. */
export type Attempt =
  | { readonly kind: "delivered" }
  /** It will never be taken. */
  | { readonly kind: "refused"; readonly why: string }
  /** It may be taken later, where the app said when: after so many milliseconds. */
  | { readonly kind: "failed"; readonly why: string; readonly waitMs?: number | undefined };

/**
 * The app stores an event as often as it is sent, so an attempt is not given up while the app may still be working on
 * it; it is as long as the longest call.
 */
const ATTEMPT_TIMEOUT_MS = 30_000;

/** Refusals that are not about the event: the request took too long, or there were too many. */
const PASSING = new Set([408, 429]);

/** Sends one event once. Never rejects. */
export const attemptDelivery = async (
  { post, url, sign }: Pick<AppConnection, "post" | "sign"> & { readonly url: URL },
  event: AuditEvent,
  /** The same at every attempt, so that an app that looks can tell a repetition. */
  key: string,
): Promise<Attempt> => {
  try {
    const headers = Object.assign(appHeaders(sign()), { "idempotency-key": key });
    const answer = await post({ url, body: JSON.stringify(event), headers }, ATTEMPT_TIMEOUT_MS);
    const { status } = answer;
    if (status >= 200 && status <= 299) return { kind: "delivered" };
    const why = `HTTP ${status}`;
    if (status >= 400 && status <= 499 && !PASSING.has(status)) return { kind: "refused", why };
    return { kind: "failed", why, waitMs: retryAfterMs(answerOf(answer)) };
  } catch (error) {
    return { kind: "failed", why: String(error) };
  }
};
