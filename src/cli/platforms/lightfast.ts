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
  startSandbox: async (options) => {
    const { startSandbox } = await import("../../platforms/lightfast/sandbox/server.ts");
    const { url, readyKey, close } = await startSandbox(options);
    return { variables: { LIGHTFAST_BASE_URL: url.origin, LIGHTFAST_API_KEY: readyKey }, close };
  },
};
