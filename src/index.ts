/**
 * The library API of `@lightfastai/mcp`: the Lightfast MCP server for a transport of your own, and the policy that
 * defines its tools.
 * @module
 */

import { PROGRAM } from "./version.ts";

export { createLightfastServer, type LightfastServer, type LightfastServerOptions } from "./embed.ts";
export type { ProxySettings } from "./http-client/types.ts";
export { ERROR_CODES, type ErrorCode } from "./mcp/errors.ts";
export type { Access, ToolKind } from "./mcp/tool.ts";
export type { ToolDefinition as ToolCard } from "./mcp/tool-definition.ts";
export type { McpTransport, ToolAnnotations, ToolResult, WireTool } from "./mcp/types.ts";
export { TOOL_DEFINITIONS as TOOL_CARDS } from "./platforms/lightfast/catalog.ts";
export {
  type ExposedProcedure,
  type HiddenProcedure,
  POLICY,
  type Procedure,
} from "./platforms/lightfast/policy.ts";
export type { LogLevel } from "./shared/logger.ts";
export { version } from "./version.ts";

/** The `_meta` key of a failed result's details. */
export const ERROR_META_KEY: string = PROGRAM.errorMetaKey;
