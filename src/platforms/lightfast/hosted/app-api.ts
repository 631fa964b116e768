import { isRetryable, retryAdvice, toRequestError } from "../../../http-client/errors.ts";
import { EncodedResponseError } from "../../../http-client/internal.ts";
import type { HttpMethod, HttpResponse, RequestProgress } from "../../../http-client/types.ts";
import { userAgentFor } from "../../../http-client/user-agent.ts";
import { ToolError } from "../../../mcp/errors.ts";
import type { RequestContext } from "../../../mcp/server.ts";
import { type Deadline, DeadlineExceeded } from "../../../shared/deadline.ts";
import { parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import { version } from "../../../version.ts";
import type { LightfastApi } from "../api.ts";
import {
  COMMON_ERRORS,
  createErrorTable,
  type ErrorMapping,
  findMapping,
  parseApiError,
  requireSignal,
  toToolError,
  upstreamFailure,
} from "../errors.ts";
import { POLICY, requiredScope } from "../policy.ts";
import type { AppConnection, AppRequestOptions } from "./app-connection.ts";
import type { LightfastIdentity } from "./auth.ts";

export type AppApiOptions = { readonly app: AppConnection; readonly log: Logger };

type PostOptions = Pick<AppRequestOptions, "safe" | "write" | "signal">;

/** Time before the call's own deadline at which a request ends, so that its error still reaches the caller. */
const HEAD_START_MS = 20;

/** Error names of the app. Other values may be free text, which isn't logged. */
const ERROR_NAME = /^\w{1,80}$/;

/** The API over the app's internal endpoints, for one call. A write that is sent twice could create a second signal. */
export function createAppApi(
  { app, log }: AppApiOptions,
  { caller, client, requestId, trace, signal }: RequestContext<LightfastIdentity>,
  deadline: Deadline,
): LightfastApi {
  const { clientId, grantId, orgId, userId } = caller.identity;
  const actor = { clientId, grantId, kind: "mcp", orgId, userId };
  const headers = {
    "user-agent": userAgentFor(client),
    ...(requestId !== undefined && { "x-request-id": requestId }),
  };

  const send = async (command: AppCommand, input: object): Promise<unknown> => {
    const { path, scope, method } = command;
    const body = JSON.stringify({ actor, ...input, scopes: [scope] });
    const progress: RequestProgress = { sent: false };
    const response = await (method === "GET" ? read(path, body) : write(path, body, progress)).catch(
      (error: unknown) => {
        const cause = error instanceof DeadlineExceeded ? new DeadlineExceeded(deadline.totalMs) : error;
        throw unreachableError(app.appUrl, method, cause, progress);
      },
    );
    if (response.status < 200 || response.status > 299) {
      const failure = appError(command, response);
      if (failure.code === "upstream_error") {
        const error = ERROR_NAME.exec(parseApiError(response)?.error ?? "")?.[0];
        log.warn("the app failed", { path, status: response.status, error });
      }
      throw failure;
    }
    const value = parseJson(response.body);
    if (value === undefined) throw unreadableError(method, response);
    return value;
  };

  const post = async (path: string, body: string, options: PostOptions): Promise<HttpResponse> => {
    signal.throwIfAborted();
    const timeoutMs = Math.max(1, deadline.remainingMs() - HEAD_START_MS);
    return app.post(path, body, { timeoutMs, headers, trace, ...options });
  };

  /** Not with `deadline.signal`, which would create another AbortController. `timeoutMs` covers the deadline. */
  const read = (path: string, body: string) => post(path, body, { safe: true, signal });

  /** Once it is sent, the app carries it out, so its outcome is awaited and audited also if the client disconnects. */
  const write = (path: string, body: string, progress: RequestProgress) => {
    deadline.isCommitted = () => progress.sent;
    return post(path, body, { write: progress, signal: deadline.signal });
  };

  return {
    // The caller's grant was checked already, and health says no more about the credentials.
    health: async () => ({ status: "ok", timestamp: new Date().toISOString(), version }),
    createSignal: (input) => send(CREATE_SIGNAL, { input }),
    getSignal: async (id) => requireSignal(await send(GET_SIGNAL, { id }), id),
  };
}

type AppCommand = {
  readonly path: string;
  /** The scope shown to the app. */
  readonly scope: string;
  /** `GET` for a read, although every command is sent as a POST. */
  readonly method: HttpMethod;
  /** Whether the command looks up an id, so that 404 means that id. */
  readonly hasId: boolean;
};

const CREATE = requiredScope(POLICY["signals.create"]);
const CREATE_SIGNAL: AppCommand = { path: "/signals", scope: CREATE, method: "POST", hasId: false };
const READ = requiredScope(POLICY["signals.get"]);
const GET_SIGNAL: AppCommand = { path: "/signals/get", scope: READ, method: "GET", hasId: true };

/** A failure between the two services, which callers can't act on. */
const SERVICE_ERROR: ErrorMapping = {
  code: "upstream_error",
  message: "Lightfast's services reject each other's requests",
  hint: "A retry does not help. Lightfast's operators must fix this.",
  quote: "",
};

const SCOPE_MISSING: ErrorMapping = {
  code: "insufficient_scope",
  message: "This connection lacks a scope that the call needs",
  hint: "Reconnect and grant it, or ask the user to.",
};

/** Source: internal endpoints of the Lightfast app, error responses. */
const APP_ERRORS = createErrorTable([
  ...COMMON_ERRORS,
  ["401", SERVICE_ERROR],
  [
    "403",
    {
      code: "org_access_denied",
      message: "Lightfast denies this connection access to its organization",
      hint: "The user must be a member of the organization, and its Lightfast setup must be finished. Then reconnect.",
    },
  ],
  ["403 disallowed_caller", SERVICE_ERROR],
  ["403 forbidden", SCOPE_MISSING],
  ["403 insufficient_scope", SCOPE_MISSING],
  [
    "404 not_found",
    {
      code: "not_found",
      message: "No such signal is visible to this connection",
      hint: "Check the id and the organization. Only its creator sees a signal that waits for review.",
    },
  ],
  ["500 service_not_configured", SERVICE_ERROR],
]);

/** Maps an error response. One that isn't the app's own, such as a proxy's, counts as an upstream failure. */
export function appError(command: Pick<AppCommand, "method" | "hasId">, response: HttpResponse): ToolError {
  const { method, hasId } = command;
  const { status } = response;
  const body = parseApiError(response);
  const mapping = body && (status !== 404 || hasId) ? findMapping(APP_ERRORS, status, body) : undefined;
  return toToolError(mapping ?? upstreamFailure(method, response), `HTTP ${status}`, response, body);
}

function unreadableError(method: HttpMethod, response: HttpResponse): ToolError {
  const outcome = { notProcessed: false, transient: true };
  const mapping: ErrorMapping = {
    code: "upstream_error",
    message: "Lightfast's response is not JSON",
    hint: retryAdvice(method, outcome),
    retryable: isRetryable(method, outcome),
  };
  return toToolError(mapping, `HTTP ${response.status}`, response);
}

/** Leaves out the app's address and the error's text, which are for operators only. */
function unreachableError(
  url: URL,
  method: HttpMethod,
  cause: unknown,
  progress: RequestProgress,
): ToolError {
  const { retryable, reason } = toRequestError({ method, url, headers: {} }, cause, progress);
  const message =
    cause instanceof DeadlineExceeded
      ? `Lightfast did not respond within ${cause.totalMs} ms`
      : cause instanceof EncodedResponseError
        ? `Lightfast cannot be understood: ${cause.message}`
        : "Lightfast cannot be reached";
  const hint = retryAdvice(method, { notProcessed: !progress.sent, transient: retryable });
  return new ToolError("upstream_error", message, { hint, retryable, reason, unreachable: true, cause });
}
