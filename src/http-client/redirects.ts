import { ToolError } from "../mcp/errors.ts";
import { repeatAdvice } from "./outcome.ts";
import type { HttpAnswer, HttpRequest } from "./types.ts";

/** So many redirects are followed. */
export const MAX_REDIRECTS = 3;

const STATUSES = new Set([301, 302, 303, 307, 308]);

const targetOf = ({ url }: HttpRequest, { status, header }: HttpAnswer): URL | undefined => {
  const location = header("location");
  return STATUSES.has(status) && location && URL.canParse(location, url.href)
    ? new URL(location, url)
    : undefined;
};

/** With these the method and the body stay what they were, and the first server did nothing (RFC 9110, 15.4.8-9). */
const keepsMethod = (status: number): boolean => status === 307 || status === 308;

const refuse = ({ method, url }: HttpRequest, status: number, target: URL, why: string): ToolError =>
  new ToolError("upstream_error", `${url.host} redirects to ${target.origin} (HTTP ${status}), ${why}`, {
    hint:
      repeatAdvice(method, { undone: keepsMethod(status), passing: false }) +
      (target.origin === url.origin ? "" : ` If ${target.origin} is right, set it as the base URL.`),
    status,
  });

/**
 * The request that a redirect leads to; undefined where the answer is none. It is followed only within the origin that
 * the credentials are meant for, and only where the method stays what it was.
 * @param last whether no further redirect may be followed
 * @throws ToolError `upstream_error` where it may not be followed
 */
export const followRedirect = (
  request: HttpRequest,
  answer: HttpAnswer,
  last: boolean,
): HttpRequest | undefined => {
  const target = targetOf(request, answer);
  if (!target) return undefined;
  const { status } = answer;
  if (target.origin !== request.url.origin) {
    throw refuse(request, status, target, "where the credentials are not sent");
  }
  if (request.method !== "GET" && !keepsMethod(status)) {
    throw refuse(request, status, target, "which would turn the request into another");
  }
  if (last) throw refuse(request, status, target, "once too often");
  return { ...request, url: target };
};
