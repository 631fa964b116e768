import { AuthUnavailable, TokenInvalid } from "../../../auth/errors.ts";
import type { Post } from "../../../http-client/internal.ts";
import { isObject, parseJson } from "../../../shared/json.ts";
import { createSharedCache } from "../../../shared/shared-cache.ts";
import type { AccessToken } from "./access-token.ts";
import { appEndpoint, appHeaders } from "./app.ts";

export type GrantCheckOptions = {
  /** The app, which knows the grants. */
  readonly appUrl: URL;
  /** The resource that tokens are meant for. */
  readonly resource: string;
  /** Signs a service token. */
  readonly sign: () => string;
  /** How long a positive answer is used again, in seconds; with 0 a revoked grant ends at once. */
  readonly cacheSeconds: number;
  readonly post: Post;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
};

/** @throws TokenInvalid where the grant behind a token has ended, AuthUnavailable where that cannot be known now */
export type GrantCheck = (token: AccessToken) => Promise<void>;

const TIMEOUT_MS = 2000;

/** Answers below 500 that are about the app or about this server, not about the grant. */
const APP_FAULTS = new Set([401, 404, 408, 429]);

const isActive = (body: string): boolean => {
  const answer = parseJson(body);
  return isObject(answer) && answer.active === true;
};

/** Asks the app whether the grant behind a verified token is still alive. */
export const createGrantCheck = (options: GrantCheckOptions): GrantCheck => {
  const { resource, sign, cacheSeconds, post, now = Date.now, timeoutMs = TIMEOUT_MS } = options;
  const url = appEndpoint(options.appUrl, "/auth/validate");
  const alive = createSharedCache<true>(now);
  /** What is asked for each token that is kept, which is also the key of its answer. */
  const questions = new WeakMap<AccessToken, string>();

  const ask = async (body: string): Promise<void> => {
    const answer = await post({ url, body, headers: appHeaders(sign()) }, timeoutMs).catch(
      (cause: unknown) => {
        throw new AuthUnavailable(`the grant cannot be checked: ${String(cause)}`, { cause });
      },
    );
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && isActive(answer.body)) return;
    if (isSuccess || (status >= 400 && status < 500 && !APP_FAULTS.has(status))) {
      throw new TokenInvalid(`its grant is not alive (HTTP ${status})`);
    }
    throw new AuthUnavailable(`the grant cannot be checked: HTTP ${status}`);
  };

  const questionOf = (token: AccessToken): string => {
    const known = questions.get(token);
    if (known !== undefined) return known;
    const { clientId, grantId, orgId, userId } = token;
    const body = JSON.stringify({ clientId, grantId, orgId, resource, userId });
    questions.set(token, body);
    return body;
  };

  return async (token) => {
    const body = questionOf(token);
    await alive(body, async () => {
      const asked = now();
      await ask(body);
      return { value: true, until: asked + cacheSeconds * 1000 };
    });
  };
};
