import { randomBytes } from "node:crypto";
import type { TokenSource } from "../../../auth/token-source.ts";
import { effectiveMethod } from "../../../http-client/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../../http-client/types.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { type Deadline, DeadlineExceeded, unlessAborted } from "../../../shared/deadline.ts";
import { parseJson } from "../../../shared/json.ts";
import { createRedactor } from "../../../shared/redact.ts";
import { appendPath } from "../../../shared/url.ts";
import type { Query, RestClient, RestRequest } from "../api.ts";
import { lfxError, type TokenOwner, unusableResponse } from "../errors.ts";

export type RestClientOptions = {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly tokens: TokenSource;
  /** Whose tokens these are, which decides whose fault it is if they are refused. */
  readonly tokenOwner: TokenOwner;
  readonly deadline: Deadline;
  /** Sent with every request: who asks, and the trace that it belongs to. */
  readonly headers: Readonly<Record<string, string>>;
};

function queryOf(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  // In the order of the names, so that equal requests look equal to whatever stands between.
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toString();
}

type Body = { readonly type: string; readonly body: string };

/** A form (RFC 7578). Its boundary is random, so that no value can contain it. */
function formOf(fields: Readonly<Record<string, string>>): Body {
  const boundary = randomBytes(16).toString("hex");
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return { type: `multipart/form-data; boundary=${boundary}`, body: `${parts.join("")}--${boundary}--\r\n` };
}

function bodyOf({ json, form }: RestRequest): Body | undefined {
  if (form) return formOf(form);
  return json === undefined ? undefined : { type: "application/json", body: JSON.stringify(json) };
}

/** A meeting's PIN makes whoever knows it its host, so no tool tells it, wherever it stands. */
function withoutPin(name: string, value: unknown): unknown {
  return name === "host_key" ? undefined : value;
}

function noToken(cause: DeadlineExceeded): ToolError {
  return new ToolError(
    "upstream_error",
    `The authorization server issued no token within ${cause.totalMs} ms`,
    {
      hint: "Nothing was sent to the API. It is safe to try again.",
      retryable: true,
      reason: "DEADLINE",
      cause,
    },
  );
}

/** One API of LFX, for the time of one call. */
export function createRestClient(connection: RestClientOptions): RestClient {
  const { http, baseUrl, tokens, tokenOwner: whose, deadline, headers } = connection;

  const requestOf = (request: RestRequest, token: string): HttpRequest => {
    const url = appendPath(baseUrl, request.path);
    if (request.query) url.search = queryOf(request.query);
    const content = bodyOf(request);
    return {
      method: request.method,
      url,
      headers: {
        ...headers,
        accept: "application/json",
        ...request.headers,
        authorization: `Bearer ${token}`,
        ...(content && { "content-type": content.type }),
      },
      body: content?.body,
      safe: request.safe,
      maxAttempts: request.attempts,
    };
  };
  const once = async (request: RestRequest, token: string): Promise<HttpResponse> => {
    const answer = await http.send(requestOf(request, token), deadline);
    // At the source, before anything is cut or parsed: whatever echoes the token must not carry it on.
    return { ...answer, body: createRedactor([token])(answer.body) };
  };
  /** A token, or word that none came: then nothing of the request was sent. */
  const nextToken = async (): Promise<string> => {
    try {
      return await unlessAborted(tokens.token(), deadline);
    } catch (error) {
      throw error instanceof DeadlineExceeded ? noToken(error) : error;
    }
  };
  /** A token may be withdrawn before its time; with a new one the refused request is sent once more. */
  const withFreshToken = async (request: RestRequest): Promise<HttpResponse> => {
    const token = await nextToken();
    const answer = await once(request, token);
    if (answer.status !== 401) return answer;
    tokens.invalidate(token);
    const next = await nextToken();
    return next === token ? answer : once(request, next);
  };

  return {
    send: async (request) => {
      const { operation } = request;
      const method = effectiveMethod(request);
      const answer = await withFreshToken(request);
      if (answer.status < 200 || answer.status > 299) throw lfxError(method, operation, answer, whose);
      return {
        text: answer.body,
        etag: answer.header("etag"),
        json: () => {
          const value = parseJson(answer.body, withoutPin);
          if (value === undefined) throw unusableResponse(operation, "the answer is not JSON", method);
          return value;
        },
      };
    },
  };
}
