import {
  isRetryable,
  type RequestOutcome,
  retryAdvice,
  toRequestError,
} from "../../../http-client/errors.ts";
import type { HttpMethod, HttpRequest, HttpResponse } from "../../../http-client/types.ts";
import { userAgentFor } from "../../../http-client/user-agent.ts";
import { ToolError } from "../../../mcp/errors.ts";
import type { RequestContext } from "../../../mcp/server.ts";
import { type Deadline, DeadlineExceeded } from "../../../shared/deadline.ts";
import { parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import { createRedactor } from "../../../shared/redact.ts";
import { version } from "../../../version.ts";
import type { LightfastApi } from "../api.ts";
import {
  type ApiError,
  apiErrorOf,
  type ErrorMapping,
  meaningError,
  refusedArguments,
  upstreamFailure,
} from "../errors.ts";
import { POLICY, requiredScope } from "../policy.ts";
import type { LightfastIdentity } from "./access-token.ts";
import { type AppConnection, answerOf, appEndpoint, appHeaders } from "./app-connection.ts";

/** The app does not accept this server: a matter between the two, of which the caller learns no more. */
const SERVICE_FAULT: ErrorMapping = {
  code: "upstream_error",
  what: "Lightfast's services do not accept each other",
  hint: "Nothing was done, and trying again will not help by itself; Lightfast's operators must mend it.",
  quote: "",
};

const SCOPE_MISSING: ErrorMapping = {
  code: "insufficient_scope",
  what: "This connection lacks a scope that the call needs",
  hint: "Reconnect and grant it, or ask the user to.",
};

const ORG_CLOSED: ErrorMapping = {
  code: "org_access_denied",
  what: "Lightfast does not let this connection use its organization",
  hint: "The user must be a member of the organization, and its Lightfast setup must be finished; then reconnect.",
};

const NOT_FOUND: ErrorMapping = {
  code: "not_found",
  what: "No such signal is visible to this connection",
  hint: "Check the id and the organization; a signal that waits for review is seen only by its creator.",
};

/** The app's refusals by status and `error`, or by status alone. What is not here, the app failed to do. */
const MEANINGS: ReadonlyMap<string, (body: ApiError) => ErrorMapping> = new Map([
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
export function appError({ method, finds }: Purpose, answer: HttpResponse): ToolError {
  const { status } = answer;
  const body = apiErrorOf(answer);
  const known = body && (MEANINGS.get(`${status} ${body.error}`) ?? MEANINGS.get(`${status}`));
  const meaning = known && (status !== 404 || finds) ? known(body) : upstreamFailure(method, answer, body);
  return meaningError(meaning, `HTTP ${status}`, answer, body);
}

/** A success that cannot be read. */
function unreadable(method: HttpMethod, answer: HttpResponse): ToolError {
  const outcome: RequestOutcome = { notProcessed: false, transient: true };
  const meaning: ErrorMapping = {
    code: "upstream_error",
    what: "Lightfast's answer is no JSON",
    hint: retryAdvice(method, outcome),
    retryable: isRetryable(method, outcome),
  };
  return meaningError(meaning, `HTTP ${answer.status}`, answer, undefined);
}

/**
 * No whole answer came. Where the app is and how it failed is the operators' business, and is left out.
 * @param request with the method `GET` where it only reads
 */
function unreachable(request: HttpRequest, cause: unknown): ToolError {
  const { method } = request;
  const fault = toRequestError(request, cause, { sent: true });
  // Of a write it is known that it may be repeated, or nothing is known.
  const outcome: RequestOutcome = { notProcessed: fault.retryable, transient: fault.retryable };
  const late = cause instanceof DeadlineExceeded;
  const what = late ? `Lightfast gave no answer within ${cause.totalMs} ms` : "Lightfast cannot be reached";
  return new ToolError("upstream_error", what, {
    hint: retryAdvice(method, outcome),
    retryable: fault.retryable,
    reason: fault.reason,
    cause,
  });
}

/** One of the app's commands: where it is, the scope that is shown to it, and what it is for. */
type Command = Purpose & { readonly path: string; readonly scope: string };

const CREATE: Command = {
  path: "/signals",
  scope: requiredScope(POLICY["signals.create"]),
  method: "POST",
  finds: false,
};

const GET: Command = {
  path: "/signals/get",
  scope: requiredScope(POLICY["signals.get"]),
  method: "GET",
  finds: true,
};

/** The app's names for errors. Anything else that stands in their place may be text, which is not logged. */
const ERROR_NAME = /^\w{1,80}$/;

/** So much before the call's own deadline the wait for the app ends, and there is time to say what was waited for. */
const HEAD_START_MS = 20;

/**
 * Lightfast through the app's internal endpoints, for one caller and the time of one call. Nothing is sent twice: a
 * write must not be, and a read that failed is the client's to repeat.
 */
export function createAppApi(
  { post, appUrl, sign, log }: AppConnection & { readonly log: Logger },
  { caller, client, requestId, trace, signal: cancelled }: RequestContext<LightfastIdentity>,
  deadline: Deadline,
): LightfastApi {
  const { clientId, grantId, orgId, userId } = caller.identity;
  const actor = { clientId, grantId, kind: "mcp", orgId, userId };

  const exchange = async ({ path, scope, method }: Command, asked: object): Promise<HttpResponse> => {
    const { signal } = deadline;
    const token = sign();
    const request = {
      url: appEndpoint(appUrl, path),
      body: JSON.stringify({ actor, ...asked, scopes: [scope] }),
      headers: {
        ...trace,
        ...appHeaders(token),
        "user-agent": userAgentFor(client),
        ...(requestId !== undefined && { "x-request-id": requestId }),
      },
    };
    try {
      signal.throwIfAborted();
      const timeoutMs = Math.max(1, deadline.remainingMs() - HEAD_START_MS);
      const received = await post(request, timeoutMs, signal);
      // At the source: whatever echoes the token must not carry it on.
      return answerOf({ ...received, body: createRedactor([token])(received.body) });
    } catch (error) {
      const cause = error instanceof DeadlineExceeded ? new DeadlineExceeded(deadline.totalMs) : error;
      if (!cancelled.aborted) log.warn("the app gave no answer", { path, cause: String(cause) });
      throw unreachable({ method, ...request }, cause);
    }
  };

  const send = async (command: Command, asked: object): Promise<unknown> => {
    const answer = await exchange(command, asked);
    if (answer.status < 200 || answer.status > 299) {
      const error = appError(command, answer);
      const name = ERROR_NAME.exec(apiErrorOf(answer)?.error ?? "")?.[0];
      if (error.code === "upstream_error") {
        log.warn("the app failed", { path: command.path, status: answer.status, error: name });
      }
      throw error;
    }
    const value = parseJson(answer.body);
    if (value === undefined) throw unreadable(command.method, answer);
    return value;
  };

  return {
    // Whoever comes this far has a live grant, which is all that health says of the credentials.
    health: async () => ({ status: "ok", timestamp: new Date().toISOString(), version }),
    createSignal: (input) => send(CREATE, { input }),
    getSignal: (id) => send(GET, { id }),
  };
}
