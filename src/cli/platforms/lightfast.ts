import process from "node:process";
import { selectDefinitions } from "../../mcp/selection.ts";
import type { LightfastApi } from "../../platforms/lightfast/api.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lightfast/catalog.ts";
import { LIGHTFAST_ENTRIES } from "../../platforms/lightfast/config/entries.ts";
import { LIGHTFAST_OPTIONS, STORED_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { hasProfile } from "../../platforms/lightfast/config/profiles.ts";
import { resolveProfileName, resolveTools } from "../../platforms/lightfast/config/resolve.ts";
import { createContext, createServer, installOutputRedactor, keysIn } from "../context.ts";
import type { CommandPlatform } from "./platform.ts";

export const PLATFORM: CommandPlatform<LightfastApi> = {
  tools: TOOL_DEFINITIONS,
  entries: {
    rules: LIGHTFAST_ENTRIES,
    options: LIGHTFAST_OPTIONS,
    stored: STORED_OPTIONS,
    checkStored: (flags) => void resolveTools(flags, {}),
    // Clients do not pass the shell's LIGHTFAST_PROFILE to the server, so only the flag counts.
    hasStoredLogin: (profile) => hasProfile(resolveProfileName({ profile }, {})),
  },
  listTools: (flags, env) => selectDefinitions(TOOL_DEFINITIONS, resolveTools(flags, env)).definitions,
  openServer: async (flags) => {
    const context = await createContext(flags);
    return createServer(context, context.settings.tools);
  },
  diagnose: async (flags, runtime) => {
    const [{ createDoctorContext }, { createChecks, runChecks }] = await Promise.all([
      import("../../doctor/context.ts"),
      import("../../doctor/run.ts"),
    ]);
    const context = await createDoctorContext(flags, process.env, runtime);
    installOutputRedactor(...keysIn(context.settings));
    return (onReport) => runChecks(createChecks(context), context, { onReport });
  },
  startSandbox: async (options) => {
    const { startSandbox } = await import("../../platforms/lightfast/sandbox/server.ts");
    const { url, readyKey, close } = await startSandbox(options);
    return {
      variables: { LIGHTFAST_BASE_URL: url.origin, LIGHTFAST_API_KEY: readyKey },
      conflicting: LIGHTFAST_OPTIONS.sandbox.variables,
      close,
    };
  },
};
