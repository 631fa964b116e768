import type { EntryRules } from "../../../clients/types.ts";
import { programCommand } from "../../../config/invocation.ts";
import { LIGHTFAST_OPTIONS } from "./options.ts";

/** What a client's entry for the Lightfast server contains. */
export const LIGHTFAST_ENTRIES: EntryRules = {
  title: "Lightfast",
  command: "",
  keyVariable: LIGHTFAST_OPTIONS.apiKey.variables[0],
  keyTitle: "API key",
  keyId: "api-key",
  sandboxVariable: LIGHTFAST_OPTIONS.sandbox.variables[0],
  profileVariable: LIGHTFAST_OPTIONS.profile.variables[0],
  options: LIGHTFAST_OPTIONS,
  login: `, or run: ${programCommand("login")}`,
  noKeyHint: `To store a key for the servers of all clients, run: ${programCommand("login")}`,
  defaults: {},
  hostedUrl: "https://mcp.lightfast.ai/mcp",
};
