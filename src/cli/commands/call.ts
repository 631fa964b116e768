import process from "node:process";
import { text } from "node:stream/consumers";
import { SettingsError } from "../../config/resolve.ts";
import { callTool, ERROR_META_KEY, type ServerDefinition } from "../../mcp/server.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { ClientInfo, ToolResult } from "../../mcp/types.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lightfast/catalog.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { createContext, createServer } from "../context.ts";
import { EXIT_CODES, exitCodeFor } from "../exit-codes.ts";
import { print, printError } from "../output.ts";

const NEVER = new AbortController().signal;

/** Makes one call for whoever runs the command, through the same boundary as a client's. */
export function callOnce<Api>(
  server: ServerDefinition<Api, undefined>,
  tool: string,
  args: unknown,
  client?: ClientInfo,
): Promise<ToolResult> {
  return callTool(server, tool, args, { caller: LOCAL_CALLER, client, signal: NEVER });
}

/** What a result says in words. */
export function wordsOf({ content }: ToolResult): string {
  return content.map((block) => block.text).join("\n");
}

type CallOptions = { readonly arg?: readonly string[]; readonly input?: string; readonly json?: boolean };

/** A name=value word as one argument: text where the tool wants text, JSON for any other type. */
function argumentOf(tool: string, word: string): [string, unknown] {
  const at = word.indexOf("=");
  if (at < 1) throw new SettingsError([`--arg ${word}: write it as name=value.`]);
  const [name, value] = [word.slice(0, at), word.slice(at + 1)];
  const properties = TOOL_DEFINITIONS.find((card) => card.wire.name === tool)?.wire.inputSchema.properties;
  const schema = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const wantsText = !isObject(schema) || schema.type === "string";
  return [name, wantsText ? value : parseJson(value, `--arg ${name}`)];
}

function parseJson(source: string, where: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new SettingsError([`${where} is not JSON: ${error instanceof Error ? error.message : error}`]);
  }
}

async function argumentsOf(tool: string, { arg = [], input }: CallOptions): Promise<JsonObject> {
  const given =
    input === undefined ? {} : parseJson(input === "-" ? await text(process.stdin) : input, "--input");
  if (!isObject(given)) throw new SettingsError(["--input must be a JSON object."]);
  return { ...given, ...Object.fromEntries(arg.map((word) => argumentOf(tool, word))) };
}

function show(result: ToolResult, json: boolean): void {
  const words = wordsOf(result);
  if (result.isError) {
    const facts = result._meta?.[ERROR_META_KEY];
    printError(
      json ? JSON.stringify({ error: { ...(isObject(facts) ? facts : {}), message: words } }) : words,
    );
    return;
  }
  const { structuredContent } = result;
  if (json) print(JSON.stringify(result));
  else print(structuredContent ? JSON.stringify(structuredContent, null, 2) : words);
}

/** Makes one call through the same catalog as a client's, and exits with what came of it. */
export async function call(tool: string, options: CallOptions, flags: LightfastFlags): Promise<void> {
  const json = options.json ?? false;
  try {
    const args = await argumentsOf(tool, options);
    // With --json a program reads stderr too, so nothing but the error stands there unless it was asked for.
    const context = await createContext(json ? { ...flags, logLevel: flags.logLevel ?? "silent" } : flags);
    const client = { name: "lightfast-mcp-call", version: "" };
    const result = await callOnce(createServer(context), tool, args, client);
    show(result, json);
    process.exitCode = exitCodeFor(result);
  } catch (error) {
    if (!json || !(error instanceof SettingsError)) throw error;
    printError(JSON.stringify({ error: { code: "usage", message: error.problems.join(" ") } }));
    process.exitCode = EXIT_CODES.usage;
  }
}
