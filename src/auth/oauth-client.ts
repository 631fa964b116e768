import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import * as z from "zod";
import { retryAfterMs } from "../http-client/retry.ts";
import type { HttpClient, HttpResponse } from "../http-client/types.ts";
import { ToolError } from "../mcp/errors.ts";
import { Cancel, withDeadline } from "../shared/deadline.ts";
import { isObject, parseJson } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";

const LIFETIME_SECONDS = 60;

/** RFC 7518, section 3.3. */
const MIN_BITS = 2048;

/** How an OAuth client proves to its token endpoint who it is. */
export type ClientAuthentication = { readonly secret: string } | { readonly signingKey: KeyObject };

/**
 * Reads a private RSA key of 2048 bits or more, PKCS#8 or PKCS#1 in PEM.
 * @returns undefined where the text is none
 */
export function parseSigningKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === "rsa" && bits >= MIN_BITS ? key : undefined;
  } catch {
    return undefined;
  }
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * The parameters of a token request by which a client authenticates itself: its secret, or an assertion that it signs
 * anew each time (RFC 7523, sections 2.2 and 3).
 * @param now milliseconds since 1970
 */
export async function clientParameters(
  clientId: string,
  proof: ClientAuthentication,
  tokenEndpoint: URL,
  now: () => number,
): Promise<Readonly<Record<string, string>>> {
  if ("secret" in proof) return { client_id: clientId, client_secret: proof.secret };
  const issuedAt = Math.floor(now() / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenEndpoint.href)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .setJti(randomBytes(16).toString("hex"))
    .sign(proof.signingKey);
  return { client_id: clientId, client_assertion: assertion, client_assertion_type: ASSERTION_TYPE };
}

export type TokenEndpointOptions = {
  readonly url: URL;
  readonly clientId: string;
  readonly clientAuthentication: ClientAuthentication;
  readonly http: HttpClient;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
};

export type IssuedToken = { readonly accessToken: string; readonly expiresInSeconds: number };

/**
 * Asks an authorization server for a token in this server's own name (RFC 6749, section 3.2).
 * @param parameters of the grant; the client's own are added
 * @throws ToolError `invalid_token` where a caller's token is refused, else `upstream_error`; without the server's
 * words, which may quote the request
 */
export type TokenEndpoint = (parameters: Readonly<Record<string, string>>) => Promise<IssuedToken>;

/** A request of several callers, which none of them may break off. */
const TIMEOUT_MS = 30_000;

/** What a server that names no lifetime is taken to mean (RFC 6749, section 5.1: it should name one). */
const DEFAULT_LIFETIME_SECONDS = 60;

/** Some servers write a lifetime as a text; one that cannot be read is as good as none. */
function readableSeconds(value: unknown): unknown {
  const seconds = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof seconds === "number" && !Number.isNaN(seconds) ? seconds : undefined;
}

const answerSchema = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.preprocess(readableSeconds, z.number().nonnegative().optional()),
});

/** The `error` of a refusal, one of the words of RFC 6749, section 5.2. */
function errorWord({ body }: HttpResponse): string {
  const answer = parseJson(body);
  const word = isObject(answer) && typeof answer.error === "string" ? answer.error : "";
  return /^[\w-]{1,60}$/.test(word) ? word : "";
}

/** What a refused subject token is called: the one by RFC 8693, section 2.2.2, the other by servers of older habits. */
const SUBJECT_REFUSED = ["invalid_request", "invalid_grant"];

function refused(answer: HttpResponse, isExchange: boolean): ToolError {
  const { status } = answer;
  const word = errorWord(answer);
  const what = `The authorization server issued no token: HTTP ${status}${word && ` (${word})`}`;
  if (isExchange && status === 400 && SUBJECT_REFUSED.includes(word)) {
    const hint =
      "Reconnect, so that the client gets a new token of yours. If that does not help, the operator must check this server's OAuth client.";
    return new ToolError("invalid_token", what, { hint, status });
  }
  const passing = status >= 500 || status === 429;
  return new ToolError("upstream_error", what, {
    hint: passing
      ? "Nothing was sent to the API. It is safe to try again in a moment."
      : "Nothing was sent to the API. The operator must check this server's OAuth client: id, secret or key, audience.",
    status,
    retryable: passing,
    retryAfterMs: retryAfterMs(answer),
  });
}

/** Asking for a token does nothing, whatever became of the request, so it may always be asked again. */
function unreachable(cause: unknown): ToolError {
  const known = cause instanceof ToolError ? cause : undefined;
  const what = `The authorization server gave no usable answer: ${known?.message ?? String(cause)}`;
  return new ToolError("upstream_error", what, {
    hint: `Nothing was sent to the API. ${known?.hint ?? "It is safe to try again in a moment."}`,
    status: known?.status,
    retryable: known?.retryable ?? true,
    reason: known?.reason ?? "UNKNOWN",
    cause,
  });
}

function unusable(status: number): ToolError {
  return new ToolError("upstream_error", "The authorization server's answer holds no access token", {
    hint: "Nothing was sent to the API. The operator must check the token endpoint's address.",
    status,
  });
}

export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const {
    url,
    clientId,
    clientAuthentication: proof,
    http,
    log,
    now = Date.now,
    timeoutMs = TIMEOUT_MS,
  } = options;
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };

  /** Each attempt with a proof of its own: a server may take the same one for a stolen one. */
  const attempt = async (parameters: Readonly<Record<string, string>>): Promise<HttpResponse> => {
    const own = await clientParameters(clientId, proof, url, now);
    const body = new URLSearchParams({ ...parameters, ...own }).toString();
    return withDeadline(timeoutMs, new Cancel(), (deadline) =>
      http.send({ method: "POST", url, headers, body, safe: true, maxAttempts: 1 }, deadline),
    );
  };

  return async (parameters) => {
    const { grant_type: grant, audience } = parameters;
    const answer = await attempt(parameters)
      .catch((cause: unknown) => {
        if (cause instanceof ToolError && cause.retryable && cause.reason !== "DEADLINE")
          return attempt(parameters);
        throw cause;
      })
      .catch((cause: unknown) => {
        const error = unreachable(cause);
        log.warn("no token", { grant, audience, error: error.message });
        throw error;
      });
    if (answer.status !== 200) {
      log.warn("token refused", { grant, audience, status: answer.status, error: errorWord(answer) });
      throw refused(answer, "subject_token" in parameters);
    }
    const parsed = answerSchema.safeParse(parseJson(answer.body));
    if (!parsed.success) throw unusable(answer.status);
    const { access_token: accessToken, expires_in: expiresInSeconds = DEFAULT_LIFETIME_SECONDS } =
      parsed.data;
    return { accessToken, expiresInSeconds };
  };
}
