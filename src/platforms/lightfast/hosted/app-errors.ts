import { noAnswer } from "../../../http-client/errors.ts";
import { isRetryable, type Outcome, repeatAdvice } from "../../../http-client/outcome.ts";
import type { HttpAnswer, HttpMethod, HttpRequest } from "../../../http-client/types.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { DeadlineExceeded } from "../../../shared/deadline.ts";
import { type ApiError, apiErrorOf } from "../api-error-body.ts";
import { couldNotAnswer, type Meaning, meaningError, refusedArguments } from "../errors.ts";

/** The app does not accept this server: a matter between the two, of which the caller learns no more. */
const SERVICE_FAULT: Meaning = {
  code: "upstream_error",
  what: "Lightfast's services do not accept each other",
  hint: "Nothing was done, and trying again will not help by itself; Lightfast's operators must mend it.",
  quote: "",
};

const SCOPE_MISSING: Meaning = {
  code: "insufficient_scope",
  what: "This connection lacks a scope that the call needs",
  hint: "Reconnect and grant it, or ask the user to.",
};

const ORG_CLOSED: Meaning = {
  code: "org_access_denied",
  what: "Lightfast does not let this connection use its organization",
  hint: "The user must be a member of the organization, and its Lightfast setup must be finished; then reconnect.",
};

const NOT_FOUND: Meaning = {
  code: "not_found",
  what: "No such signal is visible to this connection",
  hint: "Check the id and the organization; a signal that waits for review is seen only by its creator.",
};

/** The app's refusals by status and `error`, or by status alone. What is not here, the app failed to do. */
const MEANINGS: ReadonlyMap<string, (body: ApiError) => Meaning> = new Map([
  ["400", refusedArguments],
  ["401", () => SERVICE_FAULT],
  ["403", () => ORG_CLOSED],
  ["403 disallowed_caller", () => SERVICE_FAULT],
  ["403 forbidden", () => SCOPE_MISSING],
  ["403 insufficient_scope", () => SCOPE_MISSING],
  ["404 not_found", () => NOT_FOUND],
  ["500 service_not_configured", () => SERVICE_FAULT],
]);

/** What a request to the app asks for. */
export type Purpose = {
  /** `GET` where it only reads, although the app wants a POST for everything. */
  readonly method: HttpMethod;
  /** Whether it looks something up by id, so that 404 speaks of that thing. */
  readonly finds: boolean;
};

/** An answer other than success as a `ToolError`. An answer that is not the app's own, a proxy's, says nothing of the call. */
export const appError = ({ method, finds }: Purpose, answer: HttpAnswer): ToolError => {
  const { status } = answer;
  const body = apiErrorOf(answer);
  const known = body && (MEANINGS.get(`${status} ${body.error}`) ?? MEANINGS.get(`${status}`));
  const meaning = known && (status !== 404 || finds) ? known(body) : couldNotAnswer(method, answer, body);
  return meaningError(meaning, `HTTP ${status}`, answer, body);
};

/** A success that cannot be read. */
export const unreadable = (method: HttpMethod, answer: HttpAnswer): ToolError => {
  const outcome: Outcome = { undone: false, passing: true };
  const meaning: Meaning = {
    code: "upstream_error",
    what: "Lightfast's answer is no JSON",
    hint: repeatAdvice(method, outcome),
    retryable: isRetryable(method, outcome),
  };
  return meaningError(meaning, `HTTP ${answer.status}`, answer, undefined);
};

/**
 * No whole answer came. Where the app is and how it failed is the operators' business, and is left out.
 * @param request with the method `GET` where it only reads
 */
export const unreachable = (request: HttpRequest, cause: unknown): ToolError => {
  const { method } = request;
  const fault = noAnswer(request, cause, { sent: true });
  // Of a write it is known that it may be repeated, or nothing is known.
  const outcome: Outcome = { undone: fault.retryable, passing: fault.retryable };
  const late = cause instanceof DeadlineExceeded;
  const what = late ? `Lightfast gave no answer within ${cause.totalMs} ms` : "Lightfast cannot be reached";
  return new ToolError("upstream_error", what, {
    hint: repeatAdvice(method, outcome),
    retryable: fault.retryable,
    reason: fault.reason,
    cause,
  });
};
