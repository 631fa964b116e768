import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { classifyResponse, retryAfterMs } from "../http-client/retry.ts";
import type { HttpClient, HttpResponse } from "../http-client/types.ts";
import { ToolError } from "../mcp/errors.ts";
import { withDeadline } from "../shared/deadline.ts";
import { isObject, parseJson } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";
import type { Trace } from "../shared/trace.ts";

/** How an OAuth client authenticates: `client_secret_post` or `private_key_jwt` (RFC 6749, 2.3.1; RFC 7523, 2.2). */
export type ClientAuthentication = { readonly secret: string } | { readonly signingKey: KeyObject };

export type TokenEndpointOptions = {
  readonly url: URL;
  readonly clientId: string;
  readonly clientAuthentication: ClientAuthentication;
  readonly http: HttpClient;
  readonly log: Logger;
  readonly now?: typeof Date.now;
  /** Limit for each attempt. */
  readonly timeoutMs?: number;
};

export type IssuedToken = { readonly accessToken: string; readonly expiresInSeconds: number };

/**
 * Requests an access token (RFC 6749, section 3.2).
 * @param parameters of the grant; the client's own are added
 * @throws ToolError `invalid_token` if the caller's token is rejected, else `upstream_error`. It quotes no text of the
 * server, which may repeat the request.
 */
export type TokenEndpoint = (
  parameters: Readonly<Record<string, string>>,
  trace?: Trace,
) => Promise<IssuedToken>;

/** Several callers may wait for a request, so none of them can cancel it. */
const TIMEOUT_MS = 30_000;

/** Used if the response has no `expires_in`, which is only recommended (RFC 6749, section 5.1). */
const DEFAULT_LIFETIME_SECONDS = 60;

/** From now. */
const ASSERTION_LIFETIME_SECONDS = 60;

/** Assertions are issued this long ago: a server whose clock is behind rejects an `iat` in the future. */
const BACKDATING_SECONDS = 30;

/** `error` values for a rejected subject token: the first by RFC 8693, section 2.2.2, the second by older servers. */
const SUBJECT_TOKEN_ERRORS = ["invalid_request", "invalid_grant"];

/** `error` values for this server's own client (RFC 6749, section 5.2). Any other can be about the caller, too. */
const CLIENT_ERRORS = ["invalid_client", "unauthorized_client", "unsupported_grant_type"];

/** A server's response does not tell the two causes apart. */
const REFUSED_EXCHANGE =
  "your account is not enabled for this API, or the operator must check this server's OAuth client.";

const NOTHING_SENT = "Nothing was sent to the API.";

/** Reads a private RSA key from PEM (PKCS#8 or PKCS#1); undefined if it has under 2048 bits (RFC 7518, section 3.3). */
export function parseSigningKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === "rsa" && bits >= 2048 ? key : undefined;
  } catch {
    return undefined;
  }
}

export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { url, http, log, timeoutMs = TIMEOUT_MS } = options;
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };

  /** Each attempt has its own assertion: a server may reject a repeated one as stolen. */
  const attempt = async (...[parameters, trace]: Parameters<TokenEndpoint>): Promise<HttpResponse> => {
    const authentication = await createAuthenticationParameters(options);
    const body = new URLSearchParams({ ...parameters, ...authentication }).toString();
    return withDeadline(timeoutMs, undefined, (deadline) =>
      http.send({ method: "POST", url, headers, body, trace, safe: true, maxAttempts: 1 }, deadline),
    );
  };

  return async (parameters, trace) => {
    const { grant_type: grant, audience } = parameters;
    const response = await attempt(parameters, trace)
      .catch((cause: unknown) => {
        const isWorthRetrying = cause instanceof ToolError && cause.retryable && cause.reason !== "DEADLINE";
        if (isWorthRetrying) return attempt(parameters, trace);
        throw cause;
      })
      .catch((cause: unknown) => {
        const error = requestFailed(cause);
        log.warn("token request failed", { grant, audience, error: error.message });
        throw error;
      });
    const { status } = response;
    if (status !== 200) {
      log.warn("token request rejected", { grant, audience, status, error: readErrorCode(response) });
      throw requestRejected(response, "subject_token" in parameters);
    }
    const token = readToken(response);
    if (token) return token;
    throw new ToolError("upstream_error", "The authorization server's response contains no access token", {
      hint: `${NOTHING_SENT} The operator must check the token endpoint's URL.`,
      status,
    });
  };
}

async function createAuthenticationParameters(options: TokenEndpointOptions) {
  const { url, clientId, clientAuthentication, now = Date.now } = options;
  if ("secret" in clientAuthentication) {
    return { client_id: clientId, client_secret: clientAuthentication.secret };
  }
  const seconds = Math.floor(now() / 1000);
  // The claims of RFC 7523, section 3.
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(url.href)
    .setIssuedAt(seconds - BACKDATING_SECONDS)
    .setExpirationTime(seconds + ASSERTION_LIFETIME_SECONDS)
    .setJti(randomBytes(16).toString("hex"))
    .sign(clientAuthentication.signingKey);
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  return { client_id: clientId, client_assertion: assertion, client_assertion_type: type };
}

/** Reads a successful response (RFC 6749, section 5.1). Some servers write `expires_in` as a string. */
function readToken({ body }: HttpResponse): IssuedToken | undefined {
  const response = parseJson(body);
  const { access_token: accessToken, expires_in: expiresIn } = isObject(response) ? response : {};
  const seconds = typeof expiresIn === "string" && expiresIn.trim() ? Number(expiresIn) : expiresIn;
  const expiresInSeconds =
    typeof seconds === "number" && Number.isFinite(seconds) ? seconds : DEFAULT_LIFETIME_SECONDS;
  const isUsable = typeof accessToken === "string" && accessToken !== "" && expiresInSeconds >= 0;
  return isUsable ? { accessToken, expiresInSeconds } : undefined;
}

/** The `error` of an error response (RFC 6749, section 5.2); empty if it isn't a code. */
function readErrorCode({ body }: HttpResponse): string {
  const response = parseJson(body);
  const code = isObject(response) && typeof response.error === "string" ? response.error : "";
  return /^[\w-]{1,60}$/.test(code) ? code : "";
}

function requestRejected(response: HttpResponse, isExchange: boolean): ToolError {
  const { status } = response;
  const code = readErrorCode(response);
  const what = `The authorization server issued no token: HTTP ${status}${code && ` (${code})`}`;
  if (isExchange && status === 400 && SUBJECT_TOKEN_ERRORS.includes(code)) {
    const hint = `Reconnect, so that the client gets a new token. If that does not help, ${REFUSED_EXCHANGE}`;
    return new ToolError("invalid_token", what, { hint, status });
  }
  const { transient } = classifyResponse(response);
  const isAboutCaller = isExchange && !CLIENT_ERRORS.includes(code);
  const hint = transient
    ? "It is safe to try again in a moment."
    : isAboutCaller
      ? `Perhaps ${REFUSED_EXCHANGE}`
      : "The operator must check this server's OAuth client: id, secret or key, audience.";
  return new ToolError("upstream_error", what, {
    hint: `${NOTHING_SENT} ${hint}`,
    status,
    retryable: transient,
    retryAfterMs: retryAfterMs(response),
  });
}

function requestFailed(cause: unknown): ToolError {
  const known = cause instanceof ToolError ? cause : undefined;
  return new ToolError("upstream_error", `The token request failed: ${known?.message ?? String(cause)}`, {
    hint: `${NOTHING_SENT} ${known?.hint ?? "It is safe to try again in a moment."}`,
    status: known?.status,
    retryable: known?.retryable ?? true,
    reason: known?.reason ?? "UNKNOWN",
    unreachable: known?.unreachable ?? true,
    cause,
  });
}
