import type { SecretRules } from "../../../config/secrets.ts";

/** These have no flag: other users can read a command line. */
export const LFX_SECRET_VARIABLES = {
  clientSecret: "LFXMCP_CLIENT_SECRET",
  signingKey: "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY",
  staticToken: "LFXMCP_LFX_TOKEN",
} as const;

/** Prefix of the variables with static API keys; the rest of a variable's name is the key's owner. */
export const API_KEY_PREFIX = "LFXMCP_API_CREDENTIALS_";

export const LFX_SECRETS: SecretRules = {
  variables: /^LFXMCP_(?:CLIENT_SECRET|CLIENT_ASSERTION_SIGNING_KEY|LFX_TOKEN|API_CREDENTIALS_.+)$/,
};
