import { SettingsError } from "../../config/resolve.ts";
import { LFX_ENTRIES } from "../../platforms/lfx/config/entries.ts";
import { LFX_OPTIONS, LFX_STORED_OPTIONS } from "../../platforms/lfx/config/options.ts";
import { type LfxUpstream, resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { POLICY, TOOL_NAMES } from "../../platforms/lfx/policy.ts";
import type { DoctorServer, ServerSettings } from "../server.ts";

const { keyVariable: TOKEN } = LFX_ENTRIES;

const NO_CREDENTIAL = {
  state: "missing",
  problem: "No LFX token is set",
  hint: `Set ${TOKEN}, for example to the output of "lfx auth token".`,
} as const;

const DEFAULT_TOOLS = TOOL_NAMES.filter((name) => POLICY[name].byDefault);

const UNKNOWN = {
  sandbox: false,
  credential: NO_CREDENTIAL,
  login: undefined,
  tools: undefined,
  isSelection: false,
};

export const LFX_SERVER: DoctorServer = {
  rules: LFX_ENTRIES,
  options: LFX_OPTIONS,
  stored: LFX_STORED_OPTIONS,
  variables: /^LFXMCP_/,
  readSettings: (flags, env) => {
    try {
      const { sandbox, upstream, tools } = resolveLfxSettings(flags, env);
      const isSelection = tools.length < DEFAULT_TOOLS.length;
      const shown = isSelection ? tools : undefined;
      return {
        ...UNKNOWN,
        error: undefined,
        sandbox,
        credential: credentialOf(upstream),
        tools: shown,
        isSelection,
      };
    } catch (error) {
      if (error instanceof SettingsError) return { ...UNKNOWN, error: error.problems[0]?.message };
      throw error;
    }
  },
};

function credentialOf({ staticToken, client }: LfxUpstream): ServerSettings["credential"] {
  if (staticToken !== undefined) return { state: "ready", source: TOKEN };
  return client ? { state: "ready", source: LFX_OPTIONS.clientId.variables[0] } : NO_CREDENTIAL;
}
