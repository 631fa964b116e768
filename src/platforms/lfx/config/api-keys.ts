import { MAX_TOKEN_LENGTH } from "../../../auth/jwt.ts";
import type { Reader } from "../../../config/reader.ts";
import type { Environment } from "../../../config/values.ts";
import { API_KEY_PREFIX } from "./options.ts";

/** A static key, and who it was given to. */
export type ApiKey = { readonly owner: string; readonly secret: string };

/** Shorter ones can be guessed. */
const ADVISED_LENGTH = 16;

/** What is wrong with a key; `other` is the variable that holds the same one. */
const problemsOf = (name: string, key: string, other: string | undefined): string[] => [
  ...(name === API_KEY_PREFIX
    ? [`${name} names no owner: write one behind it, as in ${API_KEY_PREFIX}CI.`]
    : []),
  ...(other ? [`${name} and ${other} hold the same key, so nobody could tell their owners apart.`] : []),
  ...(key.length > MAX_TOKEN_LENGTH ? [`${name} is longer than ${MAX_TOKEN_LENGTH} characters.`] : []),
];

/** Every variable that holds a key; blank ones and unexpanded placeholders count as unset. */
export const readApiKeys = (
  { secret, notices, problems }: Pick<Reader<string>, "secret" | "notices" | "problems">,
  env: Environment,
): readonly ApiKey[] => {
  const names = Object.keys(env).filter((name) => name.startsWith(API_KEY_PREFIX));
  const holders = new Map<string, string>();
  return names.flatMap((name) => {
    const key = secret(name);
    if (!key) return [];
    problems.push(...problemsOf(name, key, holders.get(key)));
    if (key.length < ADVISED_LENGTH)
      notices.push(`${name} is shorter than ${ADVISED_LENGTH} characters, and may be guessed.`);
    holders.set(key, name);
    return [{ owner: name.slice(API_KEY_PREFIX.length).toLowerCase(), secret: key }];
  });
};
