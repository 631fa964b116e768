import { LOCAL_CALLER } from "../../mcp/caller.ts";
import { callTool, type ServerDefinition } from "../../mcp/server.ts";
import type { ClientInfo, ToolResult } from "../../mcp/types.ts";

const NEVER = new AbortController().signal;

/** Makes one call for whoever runs the command, through the same boundary as a client's. */
export const callOnce = <Api>(
  server: ServerDefinition<Api>,
  tool: string,
  args: unknown,
  client?: ClientInfo,
): Promise<ToolResult> => callTool(server, tool, args, { caller: LOCAL_CALLER, client, signal: NEVER });

/** What a result says in words. */
export const wordsOf = ({ content }: ToolResult): string => content.map((block) => block.text).join("\n");
