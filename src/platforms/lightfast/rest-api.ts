import { isRetryable, retryAdvice, UNKNOWN_OUTCOME } from "../../http-client/errors.ts";
import { classifyResponse } from "../../http-client/retry.ts";
import type { HttpClient, HttpMethod, HttpRequest, HttpResponse } from "../../http-client/types.ts";
import { ToolError } from "../../mcp/errors.ts";
import { sleep } from "../../shared/clock.ts";
import { type Deadline, DeadlineExceeded, withDeadline } from "../../shared/deadline.ts";
import { isObject, type JsonObject, parseJson, sanitizeText } from "../../shared/json.ts";
import type { Trace } from "../../shared/trace.ts";
import { appendPath } from "../../shared/url.ts";
import type { RestApi } from "./api.ts";
import {
  type ApiError,
  COMMON_ERRORS,
  createErrorTable,
  type ErrorMapping,
  findMapping,
  parseApiError,
  requireSignal,
  toToolError,
  upstreamFailure,
} from "./errors.ts";
import { SIGNAL_ID } from "./schemas.ts";

export type RestConnection = {
  readonly http: HttpClient;
  /** Without `/api/v1`. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly userAgent: string;
  readonly trace?: Trace | undefined;
  /** Whether the caller sent the key, so that only they can replace it. Otherwise the server has it. */
  readonly isCallersKey?: boolean;
};

/** The API over REST API v1 with an API key, for one call. */
export function createRestApi(connection: RestConnection, deadline: Deadline): RestApi {
  const { http, baseUrl, apiKey, userAgent, trace, isCallersKey } = connection;
  const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json", "user-agent": userAgent };

  const send = async (request: HttpRequest, hasId: boolean, limit = deadline): Promise<HttpResponse> => {
    const response = await http.send({ ...request, trace }, limit);
    if (response.status < 200 || response.status > 299)
      throw apiError(request, response, hasId, isCallersKey);
    return response;
  };
  const get = async (address: URL, hasId = false): Promise<unknown> => {
    const request: HttpRequest = { method: "GET", url: address, headers };
    return parseResponse(request, await send(request, hasId));
  };
  const url = appendPath(baseUrl, "/api/v1/signals");

  return {
    health: () => get(appendPath(baseUrl, "/api/v1/system/health")),
    getSignal: async (id) =>
      requireSignal(await get(appendPath(url, `/${encodeURIComponent(id)}`), true), id),
    listSignals: ({ limit, statuses = [], cursor }) => {
      const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) });
      for (const status of statuses) query.append("status", status);
      return get(new URL(`?${query}`, url));
    },
    createSignal: async (input) => {
      const began = performance.now();
      const request: HttpRequest = {
        method: "POST",
        url,
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ input }),
      };
      const lookMs = Math.min(MAX_LOOK_MS, deadline.totalMs / 5);
      const limitMs = Math.max(1, Math.round(deadline.remainingMs() - lookMs));
      try {
        return await withDeadline(limitMs, deadline.signal, async (limit) =>
          parseResponse(request, await send(request, false, limit)),
        );
      } catch (error) {
        const isUnknown = error instanceof ToolError && error.hint.includes(UNKNOWN_OUTCOME);
        if (!isUnknown || deadline.signal.aborted) throw error;
        const page: HttpRequest = { method: "GET", url: new URL(`?limit=${PAGE}`, url), headers };
        const list = (limit: Deadline) => send(page, false, limit);
        return await findCreated(error, { input, began, list, deadline });
      }
    },
  };
}

/** Longest time for looking whether a signal was recorded. The last fifth of a call is kept free for it. */
const MAX_LOOK_MS = 3000;
const LOOK_PAUSE_MS = 500;

/** Signals listed at a time; far more than an organization records during a call. */
const PAGE = 50;

type Look = {
  readonly input: string;
  /** When the call began, as of `performance.now()`. */
  readonly began: number;
  readonly list: (limit: Deadline) => Promise<HttpResponse>;
  readonly deadline: Deadline;
};

/**
 * Looks for the signal of a create whose outcome is unknown: same text, recorded since the call began. The API's clock
 * counts, as its responses give it (RFC 9110, section 6.6.1).
 * @returns the signal, if it is certain that the key's user recorded it
 * @throws ToolError `failure` with what was found in place of "It is unknown"
 */
async function findCreated(failure: ToolError, { input, began, list, deadline }: Look): Promise<JsonObject> {
  const started = performance.now();
  const fail = (finding: string): never => {
    throw new ToolError(failure.code, failure.message, {
      ...failure,
      hint: failure.hint.replace(UNKNOWN_OUTCOME, () => finding),
      cause: failure,
    });
  };
  const findings = async (limit: Deadline): Promise<readonly JsonObject[]> => {
    const response = await list(limit);
    const body = parseJson(response.body);
    if (!isObject(body) || !Array.isArray(body.items)) throw new Error("the list is unusable");
    const now = Date.parse(response.header("date") ?? "") || Date.now();
    const since = now - (performance.now() - began);
    return body.items
      .filter(isObject)
      .filter(({ id }) => SIGNAL_ID.test(String(id)))
      .filter(({ input: text, createdAt }) => text === input && Date.parse(String(createdAt)) >= since);
  };

  let [hasLooked, problem] = [false, "no time was left"];
  const look = async (limit: Deadline): Promise<readonly JsonObject[]> => {
    for (;;) {
      const signals = await findings(limit);
      hasLooked = true;
      if (signals.length > 0) return signals;
      await sleep(LOOK_PAUSE_MS, limit.signal);
    }
  };
  const limitMs = Math.min(MAX_LOOK_MS, deadline.remainingMs());
  const [signal, ...others] = await withDeadline(limitMs, deadline.signal, look).catch((error: unknown) => {
    if (!(error instanceof DeadlineExceeded)) problem = describeProblem(error);
    return [];
  });
  if (!signal) {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return fail(
      hasLooked
        ? `No signal with this text appeared within ${seconds} s. It may still appear, and a repeated call can create a second one.`
        : `${UNKNOWN_OUTCOME} It could not be looked up: ${problem}.`,
    );
  }
  const { id, status, visibilityScope } = signal;
  // Only its creator sees a signal that is not the team's.
  const isOwn = others.length === 0 && visibilityScope !== "team";
  if (!isOwn) {
    return fail(
      `A signal with this text was recorded as ${id} since the call began, perhaps by somebody else. Read it before you repeat the call.`,
    );
  }
  const note = `${failure.message}. It was recorded as ${id}, so do not repeat the call.`;
  return { id, status, visibilityScope, note };
}

/** Why signals can't be listed. */
function describeProblem(error: unknown): string {
  if (!(error instanceof ToolError)) return error instanceof Error ? error.message : String(error);
  if (error.code === "insufficient_scope") return "the API key cannot read signals";
  return error.status === undefined ? error.message : `HTTP ${error.status}`;
}

const CREATE_KEY = "Create a key in Lightfast under Settings > API Keys and";
const NEW_KEY = `${CREATE_KEY} set it as LIGHTFAST_API_KEY.`;
/** For a caller who sends a key: the server's variables are not theirs. */
const NEW_CALLERS_KEY = `${CREATE_KEY} set it in your client's configuration of this server, as the header "Authorization: Bearer <key>".`;

/** Sentences that tell errors with the same name apart, with the part to match (Lightfast API v1, error responses). */
const SENTENCES = {
  /** The key is unusable. "Invalid API key" isn't listed: it also means an exceeded quota or an outage. */
  unusableKey: [
    ["API key required. Provide 'Authorization: Bearer <api-key>' header.", /required/i],
    ["Invalid API key format.", /format/i],
    ["API key disabled", /disabled/i],
    ["API key expired", /expired/i],
  ],
  /** Other 403 responses named `forbidden` concern permissions. All carry the same diagnostic. */
  noOrganization: [
    ["API key is not org-scoped", /not org-scoped/i],
    ["API key is missing creator metadata", /creator metadata/i],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [sentence: string, match: RegExp])[]>>;

function says({ message = "" }: ApiError, meaning: keyof typeof SENTENCES): boolean {
  return SENTENCES[meaning].some(([, match]) => match.test(message));
}

/** What to do about each unfinished step of an organization's setup, by the `repair.id` of the diagnostic. */
const SETUP_HINTS: ReadonlyMap<unknown, string> = new Map([
  ["setup-github-org", "Ask an admin to connect the organization's GitHub account in Lightfast."],
  [
    "setup-github-lightfast-repo",
    "Ask an admin to create a repository named .lightfast in the organization's GitHub account and give Lightfast access to it.",
  ],
  ["setup-x-connector", "Ask an admin to connect the organization's X account in Lightfast."],
  ["create-or-join-org", "Create or join an organization in Lightfast."],
  ["connect-github-account", "Connect a GitHub account in Lightfast."],
]);

/** Source: Lightfast API v1, error responses. */
const API_ERRORS = createErrorTable([
  ...COMMON_ERRORS,
  [
    "401",
    (body) => {
      const isUnusable = says(body, "unusableKey");
      return {
        code: "invalid_token",
        message: "Lightfast rejected the API key",
        hint: isUnusable
          ? NEW_KEY
          : `An outage of Lightfast's key service looks the same, so retry in a minute. If the error persists: ${NEW_KEY}`,
        retryable: !isUnusable,
      };
    },
  ],
  [
    "403",
    (body) =>
      says(body, "noOrganization")
        ? { code: "org_access_denied", message: "The API key belongs to no organization", hint: NEW_KEY }
        : {
            code: "insufficient_scope",
            message: "The API key lacks a permission that this call needs",
            hint: "Use a key with the permissions api.signals.read and api.signals.write (Lightfast, Settings > API Keys).",
          },
  ],
  [
    "403 org_setup_required",
    ({ diagnostics }) => {
      const repair = diagnostics.map((entry) => entry.repair).find(isObject);
      const hint =
        SETUP_HINTS.get(repair?.id) ?? "Ask an admin to finish the organization's setup in Lightfast.";
      const message = "The organization of this API key has not finished its Lightfast setup";
      return { code: "org_access_denied", message, hint };
    },
  ],
  [
    "404",
    {
      code: "not_found",
      message: "No such signal is visible to this API key",
      hint: "Check the id and the organization. Only its creator sees a signal that waits for review.",
    },
  ],
]);

const CHECK_ADDRESS = "Check the base URL and any proxy in between.";

/**
 * Maps an error response.
 * @param hasId whether the request looked up an id, so that 404 means that id
 * @param isCallersKey whether the caller sent the key
 */
export function apiError(
  { method, url }: HttpRequest,
  response: HttpResponse,
  hasId: boolean,
  isCallersKey = false,
): ToolError {
  const { status } = response;
  const body = parseApiError(response);
  // Without an id, 404 means that this address isn't the API.
  const isForeign = !body || status === 405 || (status === 404 && !hasId);
  const mapping = isForeign
    ? foreignResponse(method, response)
    : (findMapping(API_ERRORS, status, body) ?? upstreamFailure(method, response));
  const hint = isCallersKey ? mapping.hint.replace(NEW_KEY, NEW_CALLERS_KEY) : mapping.hint;
  return toToolError({ ...mapping, hint }, `HTTP ${status} from ${url.host}`, response, body);
}

/** An error that isn't the API's own, but that of a proxy, a gateway or another server. */
function foreignResponse(method: HttpMethod, response: HttpResponse): ErrorMapping {
  const outcome = classifyResponse(response);
  return {
    code: response.status === 401 ? "invalid_token" : "upstream_error",
    message: response.header("content-encoding")
      ? sanitizeText(response.body)
      : "The response is not from the Lightfast API",
    hint: `${retryAdvice(method, outcome)} ${CHECK_ADDRESS}`,
    retryable: isRetryable(method, outcome),
    quote: "",
  };
}

/** Parses the body of a success. @throws ToolError `upstream_error` if it isn't JSON */
export function parseResponse({ method, url }: HttpRequest, response: HttpResponse): unknown {
  const value = parseJson(response.body);
  if (value !== undefined) return value;
  const { status } = response;
  const type = sanitizeText(response.header("content-type") ?? "no content type").slice(0, 80);
  const outcome = { notProcessed: false, transient: true };
  throw new ToolError("upstream_error", `${url.host} sent ${type} instead of JSON (HTTP ${status})`, {
    hint: `${retryAdvice(method, outcome)} ${CHECK_ADDRESS}`,
    status,
    retryable: isRetryable(method, outcome),
  });
}
