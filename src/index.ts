/**
 * `@lightfastai/mcp` as a library: the Lightfast MCP server for another program's transport, and the policy that says
 * which tools it has.
 * @module
 */
export type { Access } from "./core/caller.ts";
export type { ToolCard } from "./core/card.ts";
export { ERROR_CODES, type ErrorCode } from "./core/errors.ts";
export type { LogLevel } from "./core/logger.ts";
export type { McpTransport, ToolAnnotations, ToolResult, WireTool } from "./core/protocol.ts";
export { ERROR_META_KEY } from "./core/results.ts";
export type { ToolKind } from "./core/tool.ts";
export { createLightfastServer, type LightfastServer, type LightfastServerOptions } from "./embed.ts";
export { CARDS as TOOL_CARDS } from "./lightfast/cards.generated.ts";
export { type ExposedProcedure, type HiddenProcedure, POLICY, type Procedure } from "./lightfast/policy.ts";
export { version } from "./version.ts";
