import type { SecretRules } from "../../../config/secrets.ts";

/** Key shared with the Lightfast app. It has no flag: other users can read a command line. */
export const SERVICE_SECRET_VARIABLE = "SERVICE_JWT_SECRET";

export const LIGHTFAST_SECRETS: SecretRules = {
  variables: /^(?:LIGHTFAST_API_KEY|SERVICE_JWT_SECRET)$/,
  flags: ["--api-key"],
  isSecret: (text) => /^lf_./.test(text),
  isPublic: isSandboxKey,
};

/** Returns whether a key is one of the sandbox's, which are documented test values. */
export function isSandboxKey(text: string): boolean {
  return /^lf_sandbox(_[a-z]+)*$/.test(text);
}
