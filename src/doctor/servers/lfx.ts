import { SettingsError } from "../../config/resolve.ts";
import type { ProxySettings } from "../../http-client/types.ts";
import { LFX_ENTRIES } from "../../platforms/lfx/config/entries.ts";
import { LFX_OPTIONS, LFX_STORED_OPTIONS } from "../../platforms/lfx/config/options.ts";
import { translateOriginal } from "../../platforms/lfx/config/original.ts";
import { type LfxUpstream, resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { POLICY, TOOL_NAMES } from "../../platforms/lfx/policy.ts";
import { lfxChecks } from "../checks/lfx.ts";
import { createServiceProbe } from "../checks/services.ts";
import { type Attempt, type DoctorServer, readWords, type ServerSettings } from "../server.ts";

const { keyVariable: TOKEN } = LFX_ENTRIES;

const NO_CREDENTIAL = {
  state: "missing",
  problem: "No LFX token is set",
  hint: `Set ${TOKEN}, for example to the output of "lfx auth token".`,
} as const;

const DEFAULT_TOOLS = TOOL_NAMES.filter((name) => POLICY[name].byDefault);

const UNKNOWN = {
  errors: [],
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
  knownOrigins: Object.values(LFX_ENTRIES.defaults),
  readWords: (words, env) => {
    try {
      const { words: rest, variables } = translateOriginal(words, env);
      return readWords(rest, { ...env, ...variables }, LFX_OPTIONS);
    } catch (error) {
      if (error instanceof SettingsError) return { error: error.message };
      throw error;
    }
  },
  readSettings: (flags, env) => {
    try {
      const { sandbox, upstream, tools, proxies } = resolveLfxSettings(flags, env);
      const isSelection = tools.length < DEFAULT_TOOLS.length;
      const shown = isSelection ? tools : undefined;
      return {
        ...UNKNOWN,
        sandbox,
        credential: credentialOf(upstream),
        tools: shown,
        isSelection,
        address: upstream.lfx?.url,
        attempt: sandbox ? undefined : createAttempt(upstream, proxies),
      };
    } catch (error) {
      if (error instanceof SettingsError) return { ...UNKNOWN, errors: error.problems };
      throw error;
    }
  },
};

/** Tries this server's token, or the OAuth client that gets one. */
function createAttempt(upstream: LfxUpstream, proxies: ProxySettings): Attempt | undefined {
  const { lfx, client, staticToken } = upstream;
  if (!lfx || !(client || staticToken)) return undefined;
  return {
    id: JSON.stringify([lfx, client, staticToken]),
    url: lfx.url,
    run: async (deadline) => {
      const probe = createServiceProbe(proxies);
      const own = { lfx, client, staticToken, onboarding: undefined, lens: undefined };
      for (const check of lfxChecks({ upstream: own, auth: "none", apiKeys: [] }, probe)) {
        const { status, summary: message, hint = check.hint, failure } = await check.run(undefined, deadline);
        if (status === "failed")
          return failure === "credentials"
            ? { state: "rejected", message, hint }
            : { state: "untried", message };
      }
      return { state: "accepted" };
    },
  };
}

function credentialOf({ staticToken, client }: LfxUpstream): ServerSettings["credential"] {
  if (staticToken !== undefined) return { state: "ready", source: TOKEN };
  return client ? { state: "ready", source: LFX_OPTIONS.clientId.variables[0] } : NO_CREDENTIAL;
}
