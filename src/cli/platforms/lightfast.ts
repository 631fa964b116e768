import { selectDefinitions } from "../../mcp/selection.ts";
import type { LightfastApi } from "../../platforms/lightfast/api.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lightfast/catalog.ts";
import { resolveTools } from "../../platforms/lightfast/config/resolve.ts";
import { createContext, createServer } from "../context.ts";
import type { CommandPlatform } from "./platform.ts";

export const PLATFORM: CommandPlatform<LightfastApi> = {
  listTools: (flags, env) => selectDefinitions(TOOL_DEFINITIONS, resolveTools(flags, env)).definitions,
  openServer: async (flags) => {
    const context = await createContext(flags);
    return createServer(context, context.settings.tools);
  },
};
