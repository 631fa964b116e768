import { discover } from "../../../auth/discovery.ts";
import type { ReadDocument } from "../../../auth/documents.ts";
import { ToolError } from "../../../mcp/errors.ts";
import { createSharedCache } from "../../../shared/shared-cache.ts";

const TIMEOUT_MS = 10_000;
const KEPT_MS = 10 * 60 * 1000;

/**
 * Where each issuer tells of its users.
 * @param now milliseconds since 1970
 */
export const createUserInfoUrls = (
  document: ReadDocument,
  now: () => number = Date.now,
): ((issuer: string) => Promise<URL>) => {
  const cache = createSharedCache<URL>(now);
  return (issuer) =>
    cache(issuer, async () => {
      const { userInfo } = await discover(issuer, TIMEOUT_MS, document).catch((cause: unknown) => {
        throw new ToolError("upstream_error", `Failed to get user info: ${String(cause)}`, {
          hint: "It is safe to try again in a moment.",
          retryable: true,
          cause,
        });
      });
      return { value: userInfo, until: now() + KEPT_MS };
    });
};
