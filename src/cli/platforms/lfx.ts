import process from "node:process";
import { selectDefinitions } from "../../mcp/selection.ts";
import type { LfxApi } from "../../platforms/lfx/api.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lfx/catalog.ts";
import { LFX_ENTRIES } from "../../platforms/lfx/config/entries.ts";
import { LFX_OPTIONS, LFX_STORED_OPTIONS } from "../../platforms/lfx/config/options.ts";
import { checkLfxOptions, resolveTools, sandboxUpstream } from "../../platforms/lfx/config/resolve.ts";
import { LFX_SECRET_VARIABLES } from "../../platforms/lfx/config/secrets.ts";
import { toGroupDefinition } from "../../platforms/lfx/groups.ts";
import { openLfxServer } from "../commands/lfx.ts";
import { installOutputRedactor } from "../context.ts";
import type { CommandPlatform } from "./platform.ts";

export const PLATFORM: CommandPlatform<LfxApi> = {
  tools: TOOL_DEFINITIONS,
  entries: {
    rules: LFX_ENTRIES,
    options: LFX_OPTIONS,
    stored: LFX_STORED_OPTIONS,
    checkStored: checkLfxOptions,
    hasStoredLogin: () => false,
  },
  listTools: (flags, env) => {
    const { tools, committeesAsGroups } = resolveTools(flags, env);
    const { definitions } = selectDefinitions(TOOL_DEFINITIONS, tools);
    return committeesAsGroups ? definitions.map(toGroupDefinition) : definitions;
  },
  openServer: async (flags) =>
    (await openLfxServer(flags, "Run the command in a terminal, or add --yes.")).server,
  diagnose: async (flags, runtime) => {
    installOutputRedactor();
    const [{ lfxDoctorChecks }, { runChecks }, { LFX_SERVER }] = await Promise.all([
      import("../../doctor/checks/lfx-doctor.ts"),
      import("../../doctor/run.ts"),
      import("../../doctor/servers/lfx.ts"),
    ]);
    const results = { attempts: new Map(), loginReports: new Map() };
    const context = { flags, env: process.env, runtime, server: LFX_SERVER, ...results };
    const checks = await lfxDoctorChecks(context);
    return (onReport) => runChecks(checks, context, { onReport });
  },
  startSandbox: async ({ port, observe }) => {
    const { startLfxSandbox } = await import("../../platforms/lfx/sandbox/server.ts");
    const { url, close } = await startLfxSandbox({ port, observe });
    const { lfx, lens, onboarding, client } = sandboxUpstream(url);
    const variables = {
      LFXMCP_LFX_API_URL: lfx.url.href,
      LFXMCP_ONBOARDING_API_URL: onboarding.url.href,
      LFXMCP_ONBOARDING_API_AUDIENCE: onboarding.audience,
      LFXMCP_LENS_API_URL: lens.url.href,
      LFXMCP_LENS_API_AUDIENCE: lens.audience,
      LFXMCP_TOKEN_ENDPOINT: client.tokenEndpoint.href,
      LFXMCP_CLIENT_ID: client.clientId,
      LFXMCP_CLIENT_SECRET: client.authentication.secret,
    };
    const { staticToken, signingKey } = LFX_SECRET_VARIABLES;
    return { variables, conflicting: [...LFX_OPTIONS.sandbox.variables, staticToken, signingKey], close };
  },
};
