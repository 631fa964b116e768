import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Tells whose static key a bearer value is. It takes as long for any value, so that time gives nothing of a key away.
 * @returns a function from a bearer value to its owner, or undefined
 */
export const createApiKeys = (
  keys: readonly { readonly owner: string; readonly secret: string }[],
): ((value: string) => string | undefined) => {
  const known = keys.map(({ owner, secret }) => ({ owner, hash: digest(secret) }));
  return (value) => {
    const hash = digest(value);
    const [match] = known.filter((key) => timingSafeEqual(key.hash, hash));
    return match?.owner;
  };
};
