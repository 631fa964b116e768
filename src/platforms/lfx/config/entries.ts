import type { EntryRules } from "../../../clients/types.ts";
import { LFX_OPTIONS } from "./options.ts";
import { LFX_SECRET_VARIABLES } from "./secrets.ts";

/** LFX Self Service in production. */
const PRODUCTION_URL = "https://lfx-api.v2.cluster.lfx.dev";

/** What a client's entry for the LFX server contains. */
export const LFX_ENTRIES: EntryRules = {
  title: "LFX",
  command: "lfx",
  keyVariable: LFX_SECRET_VARIABLES.staticToken,
  keyTitle: "token",
  keyId: "token",
  sandboxVariable: LFX_OPTIONS.sandbox.variables[0],
  options: LFX_OPTIONS,
  login: "; for a token, run: lfx auth token",
  noKeyHint: `Set ${LFX_SECRET_VARIABLES.staticToken} in the environment that starts the client, or in the entry.`,
  defaults: { [LFX_OPTIONS.lfxApiUrl.variables[0]]: PRODUCTION_URL },
};
