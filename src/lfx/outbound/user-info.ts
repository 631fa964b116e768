import { discover } from "../../auth/discovery.ts";
import { createSharedCache } from "../../auth/shared-cache.ts";

const TIMEOUT_MS = 10_000;
const KEPT_MS = 10 * 60 * 1000;

/**
 * Where each issuer tells of its users.
 * @param now milliseconds since 1970
 */
export const createUserInfoUrls = (now: () => number = Date.now): ((issuer: string) => Promise<URL>) => {
  const cache = createSharedCache<URL>(now);
  return (issuer) =>
    cache(issuer, async () => {
      const { userInfo } = await discover(issuer, TIMEOUT_MS);
      return { value: userInfo, until: now() + KEPT_MS };
    });
};
