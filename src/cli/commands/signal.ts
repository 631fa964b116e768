import process from "node:process";
import { programCommand } from "../../config/invocation.ts";
import { wholeNumber } from "../../config/parsers.ts";
import type { ParseResult, RawSetting } from "../../config/reader.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { parseKnownNames } from "../../config/tools.ts";
import { createCatalog } from "../../mcp/catalog.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import type { RestApi } from "../../platforms/lightfast/api.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { POLICY } from "../../platforms/lightfast/policy.ts";
import { MAX_PAGE, SIGNAL_STATUSES } from "../../platforms/lightfast/schemas.ts";
import { signalsList } from "../../platforms/lightfast/tools.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { createStdoutColors } from "../colors.ts";
import { type Field, formatFields, formatTable, truncate, wrap } from "../columns.ts";
import { createContext, createServer } from "../context.ts";
import { readInput } from "../input.ts";
import { cleanText, printError } from "../output.ts";
import {
  callAndFollow,
  printResult,
  quietFlags,
  type ResultOptions,
  repeatFlags,
  reportErrors,
} from "./call.ts";

/** Creates a signal from words, or from stdin. */
export async function createSignal(
  words: readonly string[],
  options: ResultOptions,
  flags: LightfastFlags,
): Promise<void> {
  await runTool(
    POLICY["signals.create"].tool,
    async () => ({ input: await readText(words) }),
    options,
    flags,
  );
}

/** Shows a signal. */
export async function getSignal(id: string, options: ResultOptions, flags: LightfastFlags): Promise<void> {
  await runTool(POLICY["signals.get"].tool, () => ({ id }), options, flags);
}

async function runTool(
  tool: string,
  readArgs: () => unknown,
  options: ResultOptions,
  flags: LightfastFlags,
): Promise<void> {
  await reportErrors(options, async () => {
    const context = await createContext(quietFlags(flags, options));
    const { tools } = context.settings;
    if (!tools.includes(tool)) {
      const message = `The settings omit the tool ${tool}, which this command needs. Check --tools, --exclude-tools and --read-only.`;
      throw invalidSetting("tools", message);
    }
    const command = (id: string) => getCommand(id, flags);
    const followed = await callAndFollow(createServer(context, tools), tool, readArgs, options, (_, id) =>
      command(id),
    );
    printResult(followed, options, formatSignal);
    const { id, status } = followed.result.structuredContent ?? {};
    const isOpen = status === "queued" || status === "processing";
    if (isOpen && !options.wait && process.stdout.isTTY)
      printError(`To follow it, run: ${command(String(id))}`);
  });
}

function getCommand(id: string, flags: LightfastFlags): string {
  return programCommand(`signal get ${id} --wait${repeatFlags(LIGHTFAST_OPTIONS, flags)}`);
}

async function readText(words: readonly string[]): Promise<string> {
  const isStdin = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (!isStdin) return words.join(" ");
  const isPrompt = words.length === 0 && process.stdin.isTTY === true;
  const text = isPrompt ? "" : await readInput("-", "text");
  if (text.trim() !== "") return text;
  const message = `No text given. Run: ${programCommand('signal create "Ada asked for an invoice"')}`;
  throw invalidSetting("text", message);
}

export type ListOptions = ResultOptions & {
  readonly limit: string;
  readonly status?: string;
  readonly cursor?: string;
};

/** Lists the signals that the key's user can see, from new to old. */
export async function listSignals(options: ListOptions, flags: LightfastFlags): Promise<void> {
  await reportErrors(options, async () => {
    const { cursor } = options;
    const limit = parse("--limit", options.limit, wholeNumber(MAX_PAGE, 1));
    const statuses = options.status && parse("--status", options.status, parseStatuses);
    const server = createServer(await createContext(quietFlags(flags, options)));
    const catalog = createCatalog<RestApi>([LIST_DEFINITION], async () => [signalsList]);
    const query = { limit, ...(statuses && { statuses }), ...(cursor !== undefined && { cursor }) };
    const followed = await callAndFollow(
      { ...server, catalog },
      signalsList.name,
      () => query,
      {},
      () => "",
    );
    printResult(followed, options, formatPage);
    const next = followed.result.structuredContent?.nextCursor;
    if (typeof next !== "string" || options.json || options.raw) return;
    const status = statuses ? ` --status ${statuses.join(",")}` : "";
    const words = `signal list --limit ${limit}${status} --cursor ${next}`;
    printError(`For more, run: ${programCommand(words + repeatFlags(LIGHTFAST_OPTIONS, flags))}`);
  });
}

const LIST_DEFINITION: ToolDefinition = {
  kind: signalsList.kind,
  access: signalsList.access,
  wire: {
    name: signalsList.name,
    title: signalsList.title,
    description: signalsList.description,
    inputSchema: { type: "object" },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  },
};

const parseStatuses = parseKnownNames("status", SIGNAL_STATUSES, `Use one of ${SIGNAL_STATUSES.join(", ")}.`);

function parse<T>(source: string, value: string, parser: (raw: RawSetting) => ParseResult<T>): T {
  const result = parser({ value, source });
  if ("problem" in result) throw invalidSetting(source, result.problem);
  return result.value;
}

type Colors = ReturnType<typeof createStdoutColors>;

const STATUS_COLORS: Readonly<Record<string, keyof Colors & ("green" | "red")>> = {
  classified: "green",
  failed: "red",
};

/** Formats a signal, or the answer to a new one. What the API does not say is left out. */
export function formatSignal(signal: JsonObject, width = process.stdout.columns, now = Date.now()): string {
  const colors = createStdoutColors();
  const classification = objectOf(signal.classification);
  const { visibility, review, routes } = objectOf(classification.routing);
  const { scope = signal.visibilityScope, rationale } = objectOf(visibility);
  const { required, reason } = objectOf(review);
  const routing = [
    textOf(scope),
    required === true ? `needs review (${textOf(reason)})` : "",
    objectOf(objectOf(routes).people).shouldRun === true ? "to people" : "",
  ];
  const rows: readonly Field[] = [
    ["Id", textOf(signal.id)],
    ["Status", textOf(signal.status), colorOf(signal.status, colors)],
    ["Kind", textOf(classification.kind)],
    ["Priority", textOf(classification.priority)],
    ["Disposition", textOf(classification.disposition)],
    ["Next action", textOf(classification.nextAction), colors.bold],
    ["Routing", routing.filter(Boolean).join(", ")],
    ["Why", textOf(rationale)],
    ["People", listOf(signal.entityLinks).map(formatPerson).join("\n")],
    ["Created", formatTime(signal.createdAt, now)],
    ["Updated", formatTime(signal.updatedAt, now)],
    ["Text", textOf(signal.input)],
    ["Note", textOf(signal.note)],
  ];
  const title = textOf(classification.title);
  const fields = formatFields(
    rows.filter(([, text]) => text !== ""),
    width,
    colors.dim,
  );
  return title ? `${colors.bold(wrap(title, width))}\n${fields}` : fields;
}

/** Lines that a narrow terminal would truncate are split in two. */
const TABLE_WIDTH = 120;

function formatPage(page: JsonObject): string {
  const { columns } = process.stdout;
  const colors = createStdoutColors();
  const now = Date.now();
  const rows = listOf(page.items).map((signal) => {
    const { kind, priority, title } = objectOf(signal.classification);
    const head = [textOf(signal.id), textOf(signal.status), textOf(kind) || "-", textOf(priority) || "-"];
    const [line = ""] = (textOf(title) || textOf(signal.input)).split("\n");
    return { signal, head, age: formatAge(signal.createdAt, now), line };
  });
  if (rows.length === 0) return "No signals.";
  if (columns === undefined || columns >= TABLE_WIDTH) {
    const head = ["ID", "STATUS", "KIND", "PRIORITY", "AGE", "TITLE"];
    return formatTable(
      head,
      rows.map(({ head: cells, age, line }) => [...cells, age, line]),
      columns,
    );
  }
  return rows
    .map(({ signal, head: [id = "", status = "", ...rest], age, line }) => {
      const color = colorOf(signal.status, colors) ?? ((text: string) => text);
      const state = wrap([status, ...rest, age].filter((word) => word !== "-").join("  "), columns, "  ");
      return [id, state.replace(status, color), colors.bold(truncate(`  ${line}`, columns))].join("\n");
    })
    .join("\n");
}

function colorOf(status: unknown, colors: Colors): ((text: string) => string) | undefined {
  return colors[STATUS_COLORS[String(status)] ?? "yellow"];
}

function formatPerson(link: JsonObject): string {
  const { displayName, identityValue } = objectOf(link.resolvedPerson);
  const person = textOf(displayName) || textOf(identityValue);
  return person ? `${textOf(link.label)} (${person})` : textOf(link.label);
}

/** `2026-11-28 15:24:03 UTC, 5 min ago`. */
function formatTime(value: unknown, now: number): string {
  const time = Date.parse(textOf(value));
  if (Number.isNaN(time)) return textOf(value);
  const date = new Date(time)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  return `${date}, ${formatAge(value, now)} ago`;
}

const AGE_UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

function formatAge(value: unknown, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(textOf(value))) / 1000));
  const [size, unit] = AGE_UNITS.find(([one]) => seconds >= one) ?? [1, "s"];
  return Number.isNaN(seconds) ? "" : `${Math.floor(seconds / size)} ${unit}`;
}

/** Text of the API for a terminal; empty if it is no text. */
function textOf(value: unknown): string {
  return typeof value === "string" ? cleanText(value).trim() : "";
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
