import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse } from "../../http-client/retry.ts";
import type { HttpClient, HttpMethod, HttpRequest, HttpResponse } from "../../http-client/types.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { createRedactor } from "../../shared/redact.ts";
import { appendPath } from "../../shared/url.ts";
import type { LightfastApi } from "./api.ts";
import {
  type ApiError,
  apiErrorOf,
  type ErrorMapping,
  meaningError,
  refusedArguments,
  upstreamFailure,
} from "./errors.ts";

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

function repairOf({ diagnostics }: ApiError): string {
  const repair = diagnostics.map((entry) => entry.repair).find(isObject);
  return REPAIRS.get(repair?.id) ?? "An admin must finish the organization's setup in Lightfast.";
}

const NEW_KEY = "Create a key in Lightfast under Settings > API Keys and set it as LIGHTFAST_API_KEY.";

function unauthorized({ message = "" }: ApiError): ErrorMapping {
  // The API says the same "Invalid API key" of a wrong key, of a key over its quota, and while its key service is down.
  const definite = /expired|disabled|format|required/i.test(message);
  return {
    code: "invalid_token",
    what: "Lightfast refused the API key",
    hint: definite
      ? NEW_KEY
      : `Lightfast also answers this during an outage of its key service, so try once more in a minute; if it stays: ${NEW_KEY}`,
    retryable: !definite,
  };
}

function forbidden(body: ApiError): ErrorMapping {
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
}

function notFound(): ErrorMapping {
  return {
    code: "not_found",
    what: "No such signal is visible to this API key",
    hint: "Check the id and the organization; a signal that waits for review is seen only by its creator.",
  };
}

const MEANINGS: ReadonlyMap<number, (body: ApiError) => ErrorMapping> = new Map([
  [400, refusedArguments],
  [401, unauthorized],
  [403, forbidden],
  [404, notFound],
]);

const CHECK_ADDRESS = "Check the base URL and any proxy between.";

/** A refusal that does not come from the API itself: a proxy's, a gateway's, another server's. */
function foreign(method: HttpMethod, answer: HttpResponse): ErrorMapping {
  return {
    code: answer.status === 401 ? "invalid_token" : "upstream_error",
    what: "The answer did not come from the Lightfast API",
    hint: `${retryAdvice(method, classifyResponse(answer))} ${CHECK_ADDRESS}`,
    retryable: isRetryable(method, classifyResponse(answer)),
    quote: "",
  };
}

/**
 * An answer other than success as a `ToolError`. The API's own words are quoted and marked as such.
 * @param finds whether the request looked something up by id, so that 404 speaks of that thing
 */
export function apiError({ method, url }: HttpRequest, answer: HttpResponse, finds: boolean): ToolError {
  const { status } = answer;
  const body = apiErrorOf(answer);
  // Where nothing was looked up, what was not found is the API itself.
  const isElsewhere = status === 405 || (status === 404 && !finds);
  const meaning =
    body && !isElsewhere
      ? (MEANINGS.get(status)?.(body) ?? upstreamFailure(method, answer, body))
      : foreign(method, answer);
  return meaningError(meaning, `HTTP ${status} from ${url.host}`, answer, body);
}

/** The JSON of a successful answer. @throws ToolError `upstream_error` where it is none */
export function jsonOf({ method, url }: HttpRequest, answer: HttpResponse): unknown {
  const value = parseJson(answer.body);
  if (value !== undefined) return value;
  const type = sanitizeText(answer.header("content-type") ?? "no content type").slice(0, 80);
  const outcome = { notProcessed: false, transient: true };
  throw new ToolError(
    "upstream_error",
    `${url.host} answered ${answer.status} with ${type} instead of JSON`,
    {
      hint: `${retryAdvice(method, outcome)} ${CHECK_ADDRESS}`,
      status: answer.status,
      retryable: isRetryable(method, outcome),
    },
  );
}

export type RestConnection = {
  readonly http: HttpClient;
  /** Where Lightfast is, without `/api/v1`; no trailing slash in its path but the root's own. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly userAgent: string;
};

function endpoint(baseUrl: URL, path: string): URL {
  return appendPath(baseUrl, `/api/v1${path}`);
}

/** Lightfast through its REST API v1 with an API key, for the time of one call. */
export function createRestApi(connection: RestConnection, deadline: Deadline): LightfastApi {
  const { http, baseUrl, apiKey, userAgent } = connection;
  const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json", "user-agent": userAgent };

  const withoutKey = createRedactor([apiKey]);

  const send = async (request: HttpRequest, finds: boolean): Promise<unknown> => {
    const received = await http.send(request, deadline);
    // At the source, before anything is cut or parsed: whatever echoes the key must not carry it on.
    const answer = { ...received, body: withoutKey(received.body) };
    if (answer.status < 200 || answer.status > 299) throw apiError(request, answer, finds);
    return jsonOf(request, answer);
  };
  const get = (path: string, finds = false) =>
    send({ method: "GET", url: endpoint(baseUrl, path), headers }, finds);
  const post = (path: string, body: unknown) =>
    send(
      {
        method: "POST",
        url: endpoint(baseUrl, path),
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
