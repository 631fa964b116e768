import type { SecretRules } from "../../../config/secrets.ts";

/** These have no option: other users can read a command line. */
export const LFX_SECRET_VARIABLES = {
  clientSecret: "LFXMCP_CLIENT_SECRET",
  signingKey: "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY",
  staticToken: "LFXMCP_LFX_TOKEN",
} as const;

/** Prefix of the variables with static API keys; the rest of a variable's name is the key's owner. */
export const API_KEY_PREFIX = "LFXMCP_API_CREDENTIALS_";

/** Flags of the original LFX server with secret values, without the dash. They are accepted with a warning. */
export const ORIGINAL_SECRET_FLAGS: readonly string[] = [
  "client_secret",
  "client_assertion_signing_key",
  "lfx_token",
];

/** The token, and the client, of the emulator: a documented test value. */
export const SANDBOX_TOKEN = "lfx-sandbox";

export const LFX_SECRETS: SecretRules = {
  variables: /^LFXMCP_(?:CLIENT_SECRET|CLIENT_ASSERTION_SIGNING_KEY|LFX_TOKEN|API_CREDENTIALS_.+)$/i,
  flags: ORIGINAL_SECRET_FLAGS.flatMap((name) => [`-${name}`, `--${name}`]),
  isPublic: (text) => text === SANDBOX_TOKEN,
};
