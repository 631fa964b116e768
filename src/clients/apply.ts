import { structuredPatch } from "diff";
import { hasOwnKey, loginOf, needsKey } from "./entries.ts";
import { FileError, readSnapshot, replaceFile } from "./files.ts";
import { type Edit, type InstallJob, type Plan, planOf } from "./plan.ts";

const CONTEXT_LINES = 2;
const LONGEST_LINE = 160;

/** Our own keys anywhere, and whatever stands behind a name that sounds like a secret. */
const OUR_KEY = /\blf_(?!sandbox)\w{4,}/g;
const NAMED =
  /((?:key|token|secret|passw(?:or)?d|credential|authorization|cookie)\w*["']?\s*[:=,]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[{][^,}\]]*)/gi;
const NO_SECRET = /^(?:["']?(?:\$|%|\{env:)|true\b|false\b|null\b)/;

/** The line without the secrets that stand in a user's file beside our entry. */
function mask(line: string): string {
  return line
    .replace(OUR_KEY, "lf_***")
    .replace(NAMED, (whole, name, value) => (NO_SECRET.test(value) ? whole : `${name}***`));
}

function shorten(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
}

/** An empty range begins at the line before it. */
function rangeOf(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

/**
 * The difference between two texts as unified lines for people: secrets are masked, long lines are cut, and line
 * ends are not told apart.
 */
export function diffOf(file: string, before: string | undefined, after: string | undefined): string {
  const { hunks } = structuredPatch(file, file, before ?? "", after ?? "", "", "", {
    context: CONTEXT_LINES,
  });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    `@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`,
    ...body,
  ]);
  const head = [
    `--- ${before === undefined ? "(no file)" : file}`,
    `+++ ${after === undefined ? "(no file)" : file}`,
  ];
  return [...head, ...lines.map((line) => shorten(mask(line.trimEnd())))].join("\n");
}

/** `planned` is what would have been done, had it been approved. */
export type Outcome = "written" | "unchanged" | "removed" | "absent" | "failed" | "planned";

/** What became of one client. */
export type Result = {
  readonly client: string;
  readonly file: string;
  readonly outcome: Outcome;
  /** Where the file as it was before is kept. */
  readonly backup?: string;
  /** What to do next, or what went wrong. */
  readonly message?: string;
};

/** What is about to be written. */
export type Preview = { readonly task: InstallJob; readonly file: string; readonly diff: string };

/** A user's settings may hold secrets; a project's file is shared. */
const NEW_FILE_MODE = { user: 0o600, project: 0o644 } as const;

function isPlainJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return text.trim() === "";
  }
}

function remarkOn({ client }: InstallJob, { change }: Plan): string[] {
  const text = change?.text;
  if (client.format !== "jsonc" || client.comments || text === undefined || isPlainJson(text)) return [];
  return [
    `${client.title} may not read this file: it has comments or trailing commas, which plain JSON lacks.`,
  ];
}

/** Where the key comes from, unless that is settled. */
function keyAdvice(
  { client, server, hasStoredLogin }: InstallJob,
  { entry, snapshot: { file } }: Plan,
): string[] {
  const { key, envField, title } = client;
  if (hasStoredLogin || !entry || hasOwnKey(client, server.name, entry)) return [];
  const login = loginOf(server);
  if (login !== undefined) return [`Run lightfast-mcp login --profile ${login}.`];
  if (!needsKey(server)) return [];
  if (key?.kind === "list") return [key.advice];
  if (key?.kind === "input") return [`${title} asks for the key when it starts the server.`];
  if (key) return [`Set LIGHTFAST_API_KEY where ${title} is started, or run lightfast-mcp login.`];
  return [`Run lightfast-mcp login, or add LIGHTFAST_API_KEY to "${envField}" of the entry in ${file}.`];
}

function adviceOn(task: InstallJob, plan: Plan): string {
  const key = task.action === "install" ? keyAdvice(task, plan) : [];
  return [...remarkOn(task, plan), ...key, task.client.after].join(" ");
}

function nothingToDo(task: InstallJob, { snapshot: { file } }: Plan): Result {
  const base = { client: task.client.id, file };
  return task.action === "install"
    ? { ...base, outcome: "unchanged" }
    : { ...base, outcome: "absent", message: `Nothing named ${task.server.name} stands in ${file}.` };
}

function write(task: InstallJob, { snapshot }: Plan, { text, verify }: Edit): string | undefined {
  const { file } = snapshot;
  const backup = replaceFile(snapshot, text, NEW_FILE_MODE[task.project ? "project" : "user"]);
  if (verify(readSnapshot(file).found?.text)) return backup;
  const where = backup === undefined ? "" : ` It was before as in ${backup}.`;
  throw new FileError(`${file} is not what was written to it; another program changed it at once.${where}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failure(task: InstallJob, file: string, error: unknown): Result {
  return {
    client: task.client.id,
    file,
    outcome: "failed",
    message: `${reasonOf(error)}.`.replace(/\.\.$/, "."),
  };
}

/**
 * Installs our entry in one client's file, or takes it out: read, parse strictly, edit in place, show, ask, back up,
 * replace in one step, read again. A file that cannot be changed safely is left alone, and the result says why.
 * @param approve is shown what is about to be written, and decides; what it throws is passed on, nothing written
 */
export async function apply(
  task: InstallJob,
  approve: (preview: Preview) => Promise<boolean>,
): Promise<Result> {
  let plan: Plan;
  try {
    plan = planOf(task);
  } catch (error) {
    return failure(task, task.files[0] ?? "", error);
  }
  const { snapshot, change } = plan;
  const { file } = snapshot;
  if (!change) return nothingToDo(task, plan);
  const base = { client: task.client.id, file };
  if (!(await approve({ task, file, diff: diffOf(file, snapshot.found?.text, change.text) }))) {
    return { ...base, outcome: "planned" };
  }
  try {
    const backup = write(task, plan, change);
    const outcome = task.action === "install" ? "written" : "removed";
    return { ...base, outcome, ...(backup === undefined ? {} : { backup }), message: adviceOn(task, plan) };
  } catch (error) {
    return failure(task, file, error);
  }
}
