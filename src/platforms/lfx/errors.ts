import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse, retryAfterMs } from "../../http-client/retry.ts";
import type { HttpMethod, HttpResponse } from "../../http-client/types.ts";
import { type ErrorCode, ToolError } from "../../mcp/errors.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";

/** What is said wherever LFX hides a resource or refuses it. */
export const ACCESS_ADVICE =
  "The resource may not exist, or you may have no access to it. If you should have, ask at https://support.lfx.dev.";

type Meaning = { readonly code: ErrorCode; readonly hint: string };

const refusedArguments: Meaning = {
  code: "invalid_input",
  hint: "Nothing was changed. Correct the arguments and call again.",
};
const conflict: Meaning = {
  code: "invalid_input",
  hint: "Nothing was changed: it is in the way of what is there now. Read that again, and then decide.",
};

/** Answers that mean the same whichever service of LFX gave them. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [400, refusedArguments],
  [
    401,
    { code: "invalid_token", hint: "LFX does not accept this connection's token. Reconnect and try again." },
  ],
  [403, { code: "insufficient_scope", hint: ACCESS_ADVICE }],
  [404, { code: "not_found", hint: ACCESS_ADVICE }],
  [409, conflict],
  [412, conflict],
  [422, refusedArguments],
]);

const OPERATOR: Meaning = {
  code: "upstream_error",
  hint: "This server's own token is not taken. Its operator must check the OAuth client and the audience.",
};
const READY: Meaning = {
  code: "invalid_token",
  hint: "Set a new token as LFXMCP_LFX_TOKEN and restart the server.",
};

/** Whose token a request carries: the caller's own, this server's, or one that was given to it ready. */
export type TokenOwner = "caller" | "server" | "service" | "ready";

/** What differs by that. A service that knows only this server can refuse nobody else. */
const REFUSALS: Readonly<Record<TokenOwner, ReadonlyMap<number, Meaning>>> = {
  caller: MEANINGS,
  server: new Map([...MEANINGS, [401, OPERATOR]]),
  service: new Map([...MEANINGS, [401, OPERATOR], [403, OPERATOR]]),
  ready: new Map([...MEANINGS, [401, READY]]),
};

/** The fields in which the services of LFX say what went wrong. */
const MESSAGES = ["message", "detail", "error_description", "error", "errors"];

/** A message, or one validation error of a FastAPI service: where, and what. */
function detailOf(item: unknown): string {
  if (typeof item === "string") return item;
  if (!isObject(item)) return "";
  if (typeof item.message === "string") return item.message;
  if (typeof item.msg !== "string") return "";
  const place = Array.isArray(item.loc) ? item.loc.filter((part) => part !== "body").join(".") : "";
  return place ? `${place}: ${item.msg}` : item.msg;
}

/** All of an answer that has none of those fields. */
function wholeOf(body: object): string {
  return Object.keys(body).length > 0 ? JSON.stringify(body) : "";
}

/**
 * What a service says of its failure; empty where it says nothing.
 * @param isRefusal whether arguments were refused, of which an answer in any form must tell why
 */
function messageOf(answer: HttpResponse, isRefusal: boolean): string {
  const body = parseJson(answer.body);
  if (typeof body === "object" && body !== null) {
    const fields = isObject(body) ? MESSAGES.map((name) => body[name]) : [];
    const said = fields.map((field) => [field].flat().map(detailOf).filter(Boolean).join("; "));
    return sanitizeText(said.find(Boolean) ?? (isRefusal ? wholeOf(body) : ""));
  }
  if (body !== undefined) return typeof body === "string" ? sanitizeText(body) : "";
  // A page for people, of a gateway between, helps nobody here.
  const isPage = /html/i.test(answer.header("content-type") ?? "") || /^\s*</.test(answer.body);
  return isPage ? "" : sanitizeText(answer.body);
}

/**
 * An answer other than success as a `ToolError` that is never without words.
 * @param whose token was sent
 */
export function lfxError(
  method: HttpMethod,
  operation: string,
  answer: HttpResponse,
  whose: TokenOwner = "caller",
): ToolError {
  const { status } = answer;
  const outcome = classifyResponse(answer);
  const { code, hint } = REFUSALS[whose].get(status) ?? {
    code: "upstream_error" as const,
    hint: retryAdvice(method, outcome),
  };
  const message = messageOf(answer, code === "invalid_input");
  const what = `Failed to ${operation}: HTTP ${status}${message ? `, "${message}"` : ""}`;
  return new ToolError(code, what, {
    hint,
    status,
    retryable: isRetryable(method, outcome),
    retryAfterMs: retryAfterMs(answer),
    requestId: answer.header("x-request-id"),
  });
}

/** A successful answer that cannot be used. */
export function unusableResponse(operation: string, why: string, method: HttpMethod = "GET"): ToolError {
  return new ToolError("upstream_error", `Failed to ${operation}: ${why}`, {
    hint: retryAdvice(method, { notProcessed: false, transient: true }),
    status: 200,
    retryable: method === "GET",
  });
}
