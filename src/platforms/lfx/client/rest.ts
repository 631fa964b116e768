import { randomBytes } from "node:crypto";
import type { TokenSource } from "../../../auth/token-source.ts";
import { effectiveMethod } from "../../../http-client/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../../http-client/types.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { abortable, type Deadline, DeadlineExceeded } from "../../../shared/deadline.ts";
import type { Trace } from "../../../shared/trace.ts";
import { appendPath } from "../../../shared/url.ts";
import type { Query, RestClient, RestRequest } from "../api.ts";
import { lfxError, type TokenOwner, unusableResponse } from "../errors.ts";
import { parseWithoutSecrets } from "./secrets.ts";

export type RestClientOptions = {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly tokens: TokenSource;
  /** Decides who can fix a rejected token. */
  readonly tokenOwner: TokenOwner;
  readonly deadline: Deadline;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trace?: Trace | undefined;
};

/** A client for one LFX API, for the duration of one tool call. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { http, tokens, tokenOwner, deadline, trace } = options;

  const sendWith = (token: string, request: RestRequest): Promise<HttpResponse> =>
    http.send(toHttpRequest(options, request, token), deadline);
  const nextToken = async (): Promise<string> => {
    try {
      return await abortable(tokens.token(trace), deadline.signal);
    } catch (error) {
      throw error instanceof DeadlineExceeded ? tokenTimeout(error) : error;
    }
  };
  /**
   * A token may be revoked before it expires, so after a 401 the next request gets a new one. A read is repeated at once; a
   * write was sent, and LFX does not document that a 401 leaves nothing behind.
   */
  const sendWithFreshToken = async (request: RestRequest): Promise<HttpResponse> => {
    const token = await nextToken();
    const response = await sendWith(token, request);
    if (response.status !== 401) return response;
    tokens.invalidate(token);
    if (effectiveMethod(request) !== "GET") return response;
    const renewed = await nextToken();
    return renewed === token ? response : sendWith(renewed, request);
  };

  return {
    send: async (request) => {
      const { operation } = request;
      const method = effectiveMethod(request);
      const response = await sendWithFreshToken(request);
      if (response.status < 200 || response.status > 299)
        throw lfxError(method, operation, response, tokenOwner);
      return {
        text: response.body,
        etag: response.header("etag"),
        json: () => {
          const value = parseWithoutSecrets(response.body);
          if (value === undefined) throw unusableResponse(operation, "the response is not JSON", method);
          return value;
        },
      };
    },
  };
}

function toHttpRequest(options: RestClientOptions, request: RestRequest, token: string): HttpRequest {
  const url = appendPath(options.baseUrl, request.path);
  if (request.query) url.search = encodeQuery(request.query);
  const content = encodeBody(request);
  return {
    method: request.method,
    url,
    headers: {
      ...options.headers,
      accept: "application/json",
      ...request.headers,
      authorization: `Bearer ${token}`,
      ...(content && { "content-type": content.type }),
    },
    body: content?.body,
    trace: options.trace,
    safe: request.safe,
    maxAttempts: request.attempts,
  };
}

/** Sorted by name, so that proxies and caches see equal requests as equal. */
function encodeQuery(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((item): [string, string] => [name, String(item)]),
  );
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toString();
}

/** As JSON, or multipart/form-data (RFC 7578), whose boundary is random, so that no value can contain it. */
function encodeBody({ json, form }: RestRequest) {
  if (json !== undefined) return { type: "application/json", body: JSON.stringify(json) };
  if (!form) return undefined;
  const boundary = randomBytes(16).toString("hex");
  const parts = Object.entries(form).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return { type: `multipart/form-data; boundary=${boundary}`, body: `${parts.join("")}--${boundary}--\r\n` };
}

function tokenTimeout(cause: DeadlineExceeded): ToolError {
  const message = `The authorization server issued no token within ${cause.totalMs} ms`;
  return new ToolError("upstream_error", message, {
    hint: "Nothing was sent to the API. It is safe to try again.",
    retryable: true,
    reason: "DEADLINE",
    unreachable: true,
    cause,
  });
}
