import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse } from "../../http-client/retry.ts";
import type { HttpClient, HttpMethod, HttpRequest, HttpResponse } from "../../http-client/types.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { appendPath } from "../../shared/url.ts";
import type { LightfastApi } from "./api.ts";
import {
  type ApiError,
  COMMON_ERRORS,
  createErrorTable,
  type ErrorMapping,
  findMapping,
  parseApiError,
  toToolError,
  upstreamFailure,
} from "./errors.ts";

export type RestConnection = {
  readonly http: HttpClient;
  /** Without `/api/v1`. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly userAgent: string;
};

/** The API over REST API v1 with an API key, for one call. */
export function createRestApi(connection: RestConnection, deadline: Deadline): LightfastApi {
  const { http, baseUrl, apiKey, userAgent } = connection;
  const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json", "user-agent": userAgent };

  const send = async (request: HttpRequest, hasId: boolean): Promise<unknown> => {
    const response = await http.send(request, deadline);
    if (response.status < 200 || response.status > 299) throw apiError(request, response, hasId);
    return parseResponse(request, response);
  };
  const get = (path: string, hasId = false) =>
    send({ method: "GET", url: appendPath(baseUrl, `/api/v1${path}`), headers }, hasId);
  const post = (path: string, body: unknown) =>
    send(
      {
        method: "POST",
        url: appendPath(baseUrl, `/api/v1${path}`),
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      },
      false,
    );

  return {
    health: () => get("/system/health"),
    createSignal: (input) => post("/signals", { input }),
    getSignal: (id) => get(`/signals/${encodeURIComponent(id)}`, true),
  };
}

const NEW_KEY = "Create a key in Lightfast under Settings > API Keys and set it as LIGHTFAST_API_KEY.";

/**
 * Sentences that distinguish errors with the same status and name, and the part of each that is matched.
 * Source: Lightfast API v1, error responses.
 */
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

function setupHint({ diagnostics }: ApiError): string {
  const repair = diagnostics.map((entry) => entry.repair).find(isObject);
  return SETUP_HINTS.get(repair?.id) ?? "Ask an admin to finish the organization's setup in Lightfast.";
}

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
        ? {
            code: "org_access_denied",
            message: "The API key belongs to no organization",
            hint: NEW_KEY,
          }
        : {
            code: "insufficient_scope",
            message: "The API key lacks a permission that this call needs",
            hint: "Use a key with the permissions api.signals.read and api.signals.write (Lightfast, Settings > API Keys).",
          },
  ],
  [
    "403 org_setup_required",
    (body) => ({
      code: "org_access_denied",
      message: "The organization of this API key has not finished its Lightfast setup",
      hint: setupHint(body),
    }),
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
 */
export function apiError({ method, url }: HttpRequest, response: HttpResponse, hasId: boolean): ToolError {
  const { status } = response;
  const body = parseApiError(response);
  // Without an id, 404 means that this address isn't the API.
  const isForeign = !body || status === 405 || (status === 404 && !hasId);
  const mapping = isForeign
    ? foreignResponse(method, response)
    : (findMapping(API_ERRORS, status, body) ?? upstreamFailure(method, response));
  return toToolError(mapping, `HTTP ${status} from ${url.host}`, response, body);
}

/** An error that isn't the API's own, but that of a proxy, a gateway or another server. */
function foreignResponse(method: HttpMethod, response: HttpResponse): ErrorMapping {
  const outcome = classifyResponse(response);
  return {
    code: response.status === 401 ? "invalid_token" : "upstream_error",
    message: "The response is not from the Lightfast API",
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
