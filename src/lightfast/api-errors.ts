import { type ErrorCode, ToolError } from "../core/errors.ts";
import { isObject } from "../core/jsonrpc.ts";
import type { HttpAnswer, HttpMethod } from "../net/exchange.ts";
import { retryAfterMs } from "../net/retry.ts";
import { type ApiError, apiErrorOf, clean, diagnosticsOf, parse } from "./api-error-body.ts";

/** What to do about each unfinished step of an organization's setup. */
const REPAIRS: ReadonlyMap<unknown, string> = new Map([
  ["setup-github-org", "An admin must connect the organization's GitHub account in Lightfast."],
  [
    "setup-github-lightfast-repo",
    "An admin must create the repository named .lightfast in the organization's GitHub account and let Lightfast see it.",
  ],
  ["setup-x-connector", "An admin must connect the organization's X account in Lightfast."],
  ["create-or-join-org", "Create or join an organization in Lightfast."],
  ["connect-github-account", "Connect a GitHub account in Lightfast."],
]);

const repairOf = ({ diagnostics }: ApiError): string => {
  const repair = diagnostics.map((entry) => entry.repair).find(isObject);
  return REPAIRS.get(repair?.id) ?? "An admin must finish the organization's setup in Lightfast.";
};

/** What a refused request means: its code, what we say of it, and what to do next. */
type Meaning = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
  readonly retryable?: boolean;
  readonly quote?: string;
};

const NEW_KEY = "Create a key in Lightfast under Settings > API Keys and set it as LIGHTFAST_API_KEY.";

const unauthorized = ({ message = "" }: ApiError): Meaning => {
  // The API says the same "Invalid API key" of a wrong key, of a key over its quota, and while its key service is down.
  const definite = /expired|disabled|format/i.test(message);
  return {
    code: "invalid_token",
    what: "Lightfast refused the API key",
    hint: definite
      ? NEW_KEY
      : `Lightfast also answers this during an outage of its key service, so try once more in a minute; if it stays: ${NEW_KEY}`,
    retryable: !definite,
  };
};

const forbidden = (body: ApiError): Meaning => {
  if (body.error === "org_setup_required") {
    return {
      code: "org_access_denied",
      what: "The organization of this API key has not finished its Lightfast setup",
      hint: repairOf(body),
    };
  }
  // All other refusals carry one and the same diagnostic, so only the message tells them apart.
  if (/not org-scoped|creator metadata/i.test(body.message ?? "")) {
    return { code: "org_access_denied", what: "The API key belongs to no organization", hint: NEW_KEY };
  }
  return {
    code: "insufficient_scope",
    what: "The API key lacks a permission that this call needs",
    hint: "Use a key with the permissions api.signals.read and api.signals.write (Lightfast, Settings > API Keys).",
  };
};

const invalid = (body: ApiError): Meaning => ({
  code: "invalid_input",
  what: "Lightfast refused the arguments",
  hint: "Nothing was stored. Correct the arguments and call again.",
  quote: [body.message, diagnosticsOf(body)].filter(Boolean).join(" "),
});

const notFound = (): Meaning => ({
  code: "not_found",
  what: "No such signal is visible to this API key",
  hint: "Check the id and the organization; a signal that waits for review is seen only by its creator.",
});

const enqueueFailed = (): Meaning => ({
  code: "upstream_error",
  what: "Lightfast stored the signal but could not queue it, so it will stay failed",
  hint: "Tell the user; calling again makes a second signal.",
});

const MEANINGS: Readonly<Record<number, (body: ApiError) => Meaning>> = {
  400: invalid,
  401: unauthorized,
  403: forbidden,
  404: notFound,
};

const otherwise = (method: HttpMethod, answer: HttpAnswer, body: ApiError | undefined): Meaning => {
  const { status } = answer;
  if (body?.error === "signal_enqueue_failed") return enqueueFailed();
  const unprocessed = status === 429 || (status === 503 && retryAfterMs(answer) !== undefined);
  const repeatable = method === "GET" || unprocessed;
  const advice = repeatable
    ? "It is safe to try again later."
    : "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.";
  return {
    code: "upstream_error",
    what: body ? "Lightfast could not answer" : "The answer did not come from the Lightfast API",
    hint: status === 404 || status === 405 ? "Check the base URL: no Lightfast API answers there." : advice,
    retryable: repeatable && (status === 429 || status >= 500),
  };
};

/**
 * An answer other than success as a `ToolError`. The API's own words are quoted and marked as such.
 * @param finds whether the request looked something up by id, so that 404 speaks of that thing
 */
export const apiError = (method: HttpMethod, answer: HttpAnswer, finds: boolean): ToolError => {
  const { status } = answer;
  const body = apiErrorOf(answer);
  const meaningOf = status === 404 && !finds ? undefined : MEANINGS[status];
  const meaning = meaningOf && body ? meaningOf(body) : otherwise(method, answer, body);
  const quote = clean(meaning.quote ?? body?.message ?? "");
  const said = quote ? `. Lightfast says: "${quote}"` : "";
  const wait = retryAfterMs(answer);
  const waiting = wait === undefined ? "" : ` Wait ${Math.ceil(wait / 1000)} s first.`;
  return new ToolError(meaning.code, `${meaning.what} (HTTP ${status})${said}`, {
    hint: `${meaning.hint}${waiting}`,
    status,
    retryable: meaning.retryable,
    retryAfterMs: wait,
    requestId: answer.header("x-request-id"),
  });
};

/** The JSON of a successful answer. @throws ToolError `upstream_error` where it is none */
export const jsonOf = (method: HttpMethod, answer: HttpAnswer, host: string): unknown => {
  const value = parse(answer.body);
  if (value !== undefined) return value;
  const type = clean(answer.header("content-type") ?? "no content type").slice(0, 80);
  throw new ToolError("upstream_error", `${host} answered ${answer.status} with ${type} instead of JSON`, {
    hint:
      method === "GET"
        ? "Check the base URL and any proxy between; it is safe to try again."
        : "Check the base URL and any proxy between. It is unknown whether the request was processed.",
    status: answer.status,
    retryable: method === "GET",
  });
};
