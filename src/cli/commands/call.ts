import { MAX_SECONDS } from "../../config/http.ts";
import { programCommand, shellWord } from "../../config/invocation.ts";
import { wholeNumber } from "../../config/parsers.ts";
import { attributeName, type GivenFlags, type OptionRow } from "../../config/reader.ts";
import { invalidSetting, SettingsError } from "../../config/resolve.ts";
import { NOT_CONFIRMED } from "../../mcp/errors.ts";
import type { Question, Reply, Respondent } from "../../mcp/interaction.ts";
import type { ServerDefinition } from "../../mcp/server.ts";
import { type FollowUp, LOCAL_CALLER } from "../../mcp/tool.ts";
import type { WireTool } from "../../mcp/types.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { PROGRAM } from "../../version.ts";
import { wrapAdvice } from "../columns.ts";
import { EXIT_CODES, exitCodeFor } from "../exit-codes.ts";
import { readInput } from "../input.ts";
import { print, printError, printUsageError } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";
import { type Pause, withSpinner } from "../spinner.ts";
import { type CallOutcome, callOnce, type Followed, followInTerminal, textOf } from "../tool-call.ts";

/** How a command that calls a tool waits and prints. */
export type ResultOptions = {
  readonly json?: boolean;
  readonly raw?: boolean;
  readonly wait?: boolean;
  /** In seconds. */
  readonly waitTimeout?: string;
};

/** The command's own options. */
export type CallOptions = ResultOptions & {
  readonly arg?: readonly string[];
  readonly input?: string;
  /** Whether calls run without the user's confirmation. */
  readonly yes?: boolean;
};

/** Calls a tool, prints the result, and sets the exit code. */
export async function call<Api>(
  platform: CommandPlatform<Api>,
  tool: string,
  options: CallOptions,
  flags: GivenFlags,
): Promise<void> {
  const { openServer, entries } = platform;
  await reportErrors(options, async () => {
    const opened = await openServer(quietFlags(flags, options));
    const server = options.yes ? { ...opened, interaction: undefined } : opened;
    const wire = server.catalog.list(LOCAL_CALLER).find(({ name }) => name === tool);
    const readArgs = () => readArguments(wire, options);
    const command = ({ tool: reader, id: name }: FollowUp, id: string): string =>
      programCommand(`call ${reader} --arg ${name}=${id} --wait${repeatFlags(entries.options, flags)}`);
    printResult(await callAndFollow(server, tool, readArgs, options, command), options, formatJson);
  });
}

/** Programs parse the stderr of JSON output, so the log is off by default. */
export function quietFlags<Flags extends GivenFlags>(flags: Flags, { json, raw }: ResultOptions): Flags {
  return json || raw ? { ...flags, logLevel: flags.logLevel ?? "silent" } : flags;
}

/** Runs a command. Invalid settings and arguments are reported as JSON if the options ask for JSON. */
export async function reportErrors({ json, raw }: ResultOptions, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(json || raw) || !(error instanceof SettingsError)) throw error;
    printUsageError(error);
    process.exitCode = EXIT_CODES.usage;
  }
}

const CLIENT = { name: "lightfast-mcp-call", version: "" };

const DEFAULT_WAIT_SECONDS = "120";

/**
 * Calls a tool, and follows its result if the options ask for it.
 * @param readArgs called once it is certain that the result can be followed
 * @param command a command line that shows the result with an id later
 * @throws SettingsError
 */
export async function callAndFollow<Api>(
  server: ServerDefinition<Api, undefined>,
  tool: string,
  readArgs: () => unknown,
  { wait = false, waitTimeout = DEFAULT_WAIT_SECONDS }: ResultOptions,
  command: (followUp: FollowUp, id: string) => string,
): Promise<Followed> {
  const seconds = wholeNumber(MAX_SECONDS)({ value: waitTimeout, source: "--wait-timeout" });
  if ("problem" in seconds) throw invalidSetting("--wait-timeout", seconds.problem);
  const followUp = wait ? await findFollowUp(server, tool) : undefined;
  const args = await readArgs();
  const outcome = await withSpinner(`Calling ${tool}`, async (_, pause) => {
    const user = server.interaction && (await userInTerminal(pause));
    return callOnce(server, tool, args, CLIENT, undefined, user);
  });
  if (outcome.result.isError || !followUp) return toFollowed(outcome);
  return followInTerminal(server, outcome.result, {
    followUp,
    waitMs: seconds.value * 1000,
    command: (id) => command(followUp, id),
    client: CLIENT,
  });
}

/** The user in front of a terminal; undefined without one. */
async function userInTerminal(pause: Pause): Promise<Respondent | undefined> {
  const { canPrompt, promptConfirm } = await import("../prompt.ts");
  if (!canPrompt()) return undefined;
  const ask = async ({ message }: Question): Promise<Reply> => {
    const isConfirmed = await pause(() => promptConfirm(message, false));
    return { action: isConfirmed ? "accept" : "decline", content: undefined };
  };
  return { kinds: new Set(["form"]), ask };
}

/** @throws SettingsError if the result of a tool that is offered cannot be followed */
async function findFollowUp<Api>(
  { catalog }: ServerDefinition<Api, undefined>,
  tool: string,
): Promise<FollowUp | undefined> {
  // The call itself reports an unknown tool.
  if (!catalog.has(tool)) return undefined;
  const { followUp } = await catalog.open(tool, LOCAL_CALLER);
  if (!followUp) throw invalidSetting("--wait", `--wait: a result of ${tool} is final. Remove --wait.`);
  if (!catalog.has(followUp.tool)) {
    throw invalidSetting("--wait", `--wait needs the tool ${followUp.tool}, which the settings omit.`);
  }
  return followUp;
}

function toFollowed({ result, error }: CallOutcome): Followed {
  return { result, exitCode: exitCodeFor(result, error) };
}

/**
 * Prints a result on stdout, on stderr why it is no success, and sets the exit code.
 * @param format formats the structured content for people
 */
export function printResult(
  { result, exitCode, problem }: Followed,
  { json = false, raw = false }: ResultOptions,
  format: (content: JsonObject) => string,
): void {
  const { isError, structuredContent, _meta } = result;
  const isJson = json || raw;
  const text = textOf(result);
  process.exitCode = exitCode;
  if (!isError && raw) print(JSON.stringify(result));
  else if (!isError && json) print(JSON.stringify(structuredContent ?? { text }));
  else if (!isError) print(structuredContent ? format(structuredContent) : text);
  const details = _meta?.[PROGRAM.errorMetaKey] as JsonObject | undefined;
  const error = isError ? { ...details, message: text } : problem;
  if (!error) return;
  // The text of the result is for a model.
  const isDeclined = details?.reason === NOT_CONFIRMED.declined;
  const message = isDeclined ? "Canceled. Nothing was changed." : error.message;
  printError(isJson ? JSON.stringify({ error }) : wrapAdvice(message, process.stderr.columns));
}

function formatJson(content: JsonObject): string {
  return JSON.stringify(content, null, 2);
}

/** The options of a command line again, without secrets, to follow another command. Starts with a space, if any. */
export function repeatFlags(table: Readonly<Record<string, OptionRow>>, flags: GivenFlags): string {
  return Object.values(table)
    .flatMap(({ flag, argument, secret }) => {
      const value = flags[attributeName(flag)];
      if (secret || value === undefined || value === false) return [];
      return argument === undefined ? ` ${flag}` : ` ${flag} ${shellWord(String(value))}`;
    })
    .join("");
}

async function readArguments(
  tool: WireTool | undefined,
  { arg = [], input }: CallOptions,
): Promise<JsonObject> {
  const given =
    input === undefined
      ? {}
      : parseJson(input === "-" ? await readInput("-", "--input") : input, "--input", EXAMPLES.object);
  if (!isObject(given)) throw invalidSetting("--input", "--input must be a JSON object.");
  const named: [string, unknown][] = [];
  for (const word of arg) named.push(await readArgument(tool, word));
  return { ...given, ...Object.fromEntries(named) };
}

/**
 * Reads `name=value`, `name=@file`, or `name=@-` for stdin. The value is text if the tool's schema asks for a string,
 * JSON otherwise. `@@` is a literal @.
 */
async function readArgument(tool: WireTool | undefined, word: string): Promise<[string, unknown]> {
  const at = word.indexOf("=");
  if (at < 1) throw invalidSetting("--arg", `--arg ${word}: expected name=value.`);
  const [name, given] = [word.slice(0, at), word.slice(at + 1)];
  const setting = `--arg ${name}`;
  const isFile = given.startsWith("@") && !given.startsWith("@@");
  const value = isFile ? await readInput(given.slice(1), setting) : given.replace(/^@@/, "@");
  const properties = tool?.inputSchema.properties;
  const schema = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const isText = !isObject(schema) || schema.type === "string";
  return [name, isText ? value : parseJson(value, setting, EXAMPLES[String(schema.type)])];
}

/** How values of each type are written, by the name of the type in JSON Schema. */
const EXAMPLES: Readonly<Record<string, string>> = {
  integer: "an integer, such as 10",
  number: "a number, such as 0.5",
  boolean: "true or false",
  array: 'a JSON array, such as ["a", "b"]',
  object: 'a JSON object, such as {"a": 1}',
};

function parseJson(source: string, flag: string, expected = "JSON"): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw invalidSetting(flag, `${flag} must be ${expected}: ${reason}`);
  }
}
