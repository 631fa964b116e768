import process from "node:process";
import { text } from "node:stream/consumers";
import type { GivenFlags } from "../../config/reader.ts";
import { invalidSetting, SettingsError } from "../../config/resolve.ts";
import type { ToolError } from "../../mcp/errors.ts";
import { callTool, type ObservedCall, type ServerDefinition } from "../../mcp/server.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { ClientInfo, ToolResult, WireTool } from "../../mcp/types.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { PROGRAM } from "../../version.ts";
import { EXIT_CODES, exitCodeFor } from "../exit-codes.ts";
import { print, printError, printUsageError } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";

/** The command's own options. */
export type CallOptions = {
  readonly arg?: readonly string[];
  readonly input?: string;
  readonly json?: boolean;
};

/** Calls a tool, prints the result, and sets the exit code. */
export async function call<Api>(
  { openServer }: CommandPlatform<Api>,
  tool: string,
  options: CallOptions,
  flags: GivenFlags,
): Promise<void> {
  const json = options.json ?? false;
  try {
    // Programs parse the stderr of --json, so the log is off by default.
    const server = await openServer(json ? { ...flags, logLevel: flags.logLevel ?? "silent" } : flags);
    const wire = server.catalog.list(LOCAL_CALLER).find(({ name }) => name === tool);
    const args = await readArguments(wire, options);
    const client = { name: "lightfast-mcp-call", version: "" };
    const { result, error } = await callOnce(server, tool, args, client);
    printResult(result, json);
    process.exitCode = exitCodeFor(result, error);
  } catch (error) {
    if (!json || !(error instanceof SettingsError)) throw error;
    printUsageError(error);
    process.exitCode = EXIT_CODES.usage;
  }
}

const NEVER = new AbortController().signal;

/** Calls a tool for the local user, through the same boundary as a client's call. Results are whole: no model reads them. */
export async function callOnce<Api>(
  server: ServerDefinition<Api, undefined>,
  tool: string,
  args: unknown,
  client?: ClientInfo,
): Promise<{ readonly result: ToolResult; readonly error: ToolError | undefined }> {
  let error: ToolError | undefined;
  const observe = (call: ObservedCall): undefined => {
    error = call.error;
  };
  const context = { caller: LOCAL_CALLER, client, signal: NEVER };
  const result = await callTool(
    { ...server, observe, maxResultChars: Number.POSITIVE_INFINITY },
    tool,
    args,
    context,
  );
  return { result, error };
}

export function textOf({ content }: ToolResult): string {
  return content.map((block) => block.text).join("\n");
}

async function readArguments(
  tool: WireTool | undefined,
  { arg = [], input }: CallOptions,
): Promise<JsonObject> {
  const given =
    input === undefined ? {} : parseJson(input === "-" ? await text(process.stdin) : input, "--input");
  if (!isObject(given)) throw invalidSetting("--input", "--input must be a JSON object.");
  return { ...given, ...Object.fromEntries(arg.map((word) => parseArgument(tool, word))) };
}

/** Parses `name=value`. The value is text if the tool's schema asks for a string, JSON otherwise. */
function parseArgument(tool: WireTool | undefined, word: string): [string, unknown] {
  const at = word.indexOf("=");
  if (at < 1) throw invalidSetting("--arg", `--arg ${word}: expected name=value.`);
  const [name, value] = [word.slice(0, at), word.slice(at + 1)];
  const properties = tool?.inputSchema.properties;
  const schema = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const isText = !isObject(schema) || schema.type === "string";
  return [name, isText ? value : parseJson(value, `--arg ${name}`)];
}

function parseJson(source: string, flag: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw invalidSetting(flag, `${flag} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function printResult(result: ToolResult, json: boolean): void {
  const message = textOf(result);
  const { isError, structuredContent, _meta } = result;
  if (isError) {
    const details = _meta?.[PROGRAM.errorMetaKey] as JsonObject | undefined;
    printError(json ? JSON.stringify({ error: { ...details, message } }) : message);
  } else if (json) print(JSON.stringify(result));
  else print(structuredContent ? JSON.stringify(structuredContent, null, 2) : message);
}
