import { countTokens as count } from "gpt-tokenizer/encoding/o200k_base";
import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";

/** What clients pass on to a model of each tool: its name, description and parameters. Counted with o200k. */
export function countModelTokens(definitions: readonly ToolDefinition[]): number {
  return countTokens(
    definitions.map(({ wire: { name, description, inputSchema } }) => ({ name, description, inputSchema })),
  );
}

/** The whole `tools` of `tools/list`. Clients keep titles, annotations and output schemas to themselves. */
export function countListTokens(definitions: readonly ToolDefinition[]): number {
  return countTokens(definitions.map(({ wire }) => wire));
}

/** @param value a text, or what is sent as JSON */
export function countTokens(value: unknown): number {
  return count(typeof value === "string" ? value : JSON.stringify(value));
}
