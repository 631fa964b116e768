import type { HttpAnswer } from "../../../http-client/types.ts";
import { userAgentOf } from "../../../http-client/user-agent.ts";
import type { Exchange } from "../../../mcp/server.ts";
import { type Deadline, DeadlineExceeded } from "../../../shared/deadline.ts";
import { parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import { createRedactor } from "../../../shared/redact.ts";
import { version } from "../../../version.ts";
import type { LightfastApi } from "../api.ts";
import { apiErrorOf } from "../api-error-body.ts";
import { POLICY } from "../policy.ts";
import { requiredScope } from "../scopes.ts";
import { type AppConnection, answerOf, appEndpoint, appHeaders } from "./app.ts";
import { appError, type Purpose, unreachable, unreadable } from "./app-errors.ts";
import { identityOf } from "./identity.ts";

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
 * @throws Error where the caller has no verified identity
 */
export const createAppApi = (
  { post, appUrl, sign, log }: AppConnection & { readonly log: Logger },
  { caller, client, requestId, trace, signal: cancelled }: Exchange,
  deadline: Deadline,
): LightfastApi => {
  const { clientId, grantId, orgId, userId } = identityOf(caller);
  const actor = { clientId, grantId, kind: "mcp", orgId, userId };

  const exchange = async ({ path, scope, method }: Command, asked: object): Promise<HttpAnswer> => {
    const { signal } = deadline;
    const token = sign();
    const request = {
      url: appEndpoint(appUrl, path),
      body: JSON.stringify({ actor, ...asked, scopes: [scope] }),
      headers: {
        ...trace,
        ...appHeaders(token),
        "user-agent": userAgentOf(client),
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
};
