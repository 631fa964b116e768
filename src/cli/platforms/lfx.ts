import { selectDefinitions } from "../../mcp/selection.ts";
import type { LfxApi } from "../../platforms/lfx/api.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lfx/catalog.ts";
import { resolveTools } from "../../platforms/lfx/config/resolve.ts";
import { toGroupDefinition } from "../../platforms/lfx/groups.ts";
import { openLfxServer } from "../commands/lfx.ts";
import type { CommandPlatform } from "./platform.ts";

export const PLATFORM: CommandPlatform<LfxApi> = {
  listTools: (flags, env) => {
    const { tools, committeesAsGroups } = resolveTools(flags, env);
    const { definitions } = selectDefinitions(TOOL_DEFINITIONS, tools);
    return committeesAsGroups ? definitions.map(toGroupDefinition) : definitions;
  },
  openServer: async (flags) => (await openLfxServer(flags)).server,
};
