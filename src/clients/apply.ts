import { structuredPatch } from "diff";
import { programCommand } from "../config/invocation.ts";
import { parseJson } from "../shared/json.ts";
import { hasUserKey, needsKey, profileIn } from "./entries.ts";
import { FileError, readSnapshot, replaceFile } from "./files.ts";
import { configFiles, type Edit, type InstallJob, planEdit } from "./plan.ts";

const CONTEXT_LINES = 2;
const MAX_LINE_LENGTH = 160;

const LIGHTFAST_KEY = /\blf_(?!sandbox)\w{4,}/g;
/** A name that suggests a secret, and its value. */
const NAMED_SECRET =
  /((?:key|token|secret|passw(?:or)?d|credential|authorization|cookie)\w*["']?\s*[:=,]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[{][^,}\]]*)/gi;
/** Values that are safe to show: references to variables, and literals. */
const NOT_SECRET = /^(?:["']?(?:\$|%|\{env:)|true\b|false\b|null\b)/;

/** A user's file may contain secrets; a project's file is shared. */
const NEW_FILE_MODE = { user: 0o600, project: 0o644 } as const;

/** The result for one client. `planned` means that the edit was not approved. */
export type Result = {
  readonly client: string;
  readonly file: string;
  readonly outcome: "written" | "unchanged" | "removed" | "absent" | "failed" | "planned";
  readonly backup?: string;
  /** The next step, or the reason for a failure. */
  readonly message?: string;
};

/** An edit to approve. */
export type Preview = { readonly job: InstallJob; readonly file: string; readonly diff: string };

/**
 * Adds the entry to a client's file, or removes it: reads the file, edits it in place, asks for approval, keeps a
 * backup, replaces the file atomically and checks the result. A file that cannot be edited safely is not changed.
 * @param approve shows the edit and decides; its errors are passed on and nothing is written
 */
export async function apply(
  job: InstallJob,
  approve: (preview: Preview) => Promise<boolean>,
): Promise<Result> {
  let edit: Edit;
  try {
    edit = planEdit(job);
  } catch (error) {
    return toFailure(job, configFiles(job)[0] ?? "", error);
  }
  const { snapshot, text } = edit;
  const { file, content } = snapshot;
  const base = { client: job.client.id, file };
  if (text === content?.text) {
    return job.action === "install"
      ? { ...base, outcome: "unchanged" }
      : { ...base, outcome: "absent", message: `${file} has no server named "${job.server.name}".` };
  }
  if (!(await approve({ job, file, diff: formatDiff(file, content?.text, text) }))) {
    return { ...base, outcome: "planned" };
  }
  try {
    const backup = write(job, edit);
    const outcome = job.action === "install" ? "written" : "removed";
    const message = [...syntaxWarning(job, edit), job.client.after, ...keyAdvice(job, edit)].join(" ");
    return { ...base, outcome, ...(backup !== undefined && { backup }), message };
  } catch (error) {
    return toFailure(job, file, error);
  }
}

/** Returns a unified diff to show. Secrets are masked, long lines truncated, line endings ignored. */
export function formatDiff(file: string, before: string | undefined, after: string | undefined): string {
  const { hunks } = structuredPatch(file, file, before ?? "", after ?? "", "", "", {
    context: CONTEXT_LINES,
  });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    `@@ -${formatRange(oldStart, oldLines)} +${formatRange(newStart, newLines)} @@`,
    ...body,
  ]);
  const header = [
    `--- ${before === undefined ? "(no file)" : file}`,
    `+++ ${after === undefined ? "(no file)" : file}`,
  ];
  return [...header, ...lines.map((line) => truncate(maskSecrets(line.trimEnd())))].join("\n");
}

/** An empty range starts at the line before it. */
function formatRange(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

function maskSecrets(line: string): string {
  return line
    .replace(LIGHTFAST_KEY, "lf_***")
    .replace(NAMED_SECRET, (whole, name, value) => (NOT_SECRET.test(value) ? whole : `${name}***`));
}

function truncate(line: string): string {
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH - 1)}…` : line;
}

function toFailure({ client }: InstallJob, file: string, error: unknown): Result {
  const reason = error instanceof Error ? error.message : String(error);
  return { client: client.id, file, outcome: "failed", message: `${reason}.`.replace(/\.\.$/, ".") };
}

function write({ project }: InstallJob, { snapshot, text }: Edit): string | undefined {
  const { file } = snapshot;
  const backup = replaceFile(snapshot, text, NEW_FILE_MODE[project === undefined ? "user" : "project"]);
  if (readSnapshot(file).content?.text === text) return backup;
  const hint = backup === undefined ? "" : `. The previous version is in ${backup}`;
  throw new FileError(`Another program changed ${file} right after it was written${hint}`);
}

function syntaxWarning({ client }: InstallJob, { text }: Edit): string[] {
  if (client.format !== "jsonc" || client.comments || !text?.trim()) return [];
  if (parseJson(text.replace(/^\uFEFF/, "")) !== undefined) return [];
  return [
    `${client.title} may fail to read this file: it has comments or trailing commas, which JSON does not allow.`,
  ];
}

/** Says how to provide the key, if that is still open. */
function keyAdvice(
  { action, client, server, hasStoredLogin }: InstallJob,
  { entry, snapshot }: Edit,
): string[] {
  const { key, envField, title } = client;
  if (action === "uninstall" || !entry) return [];
  if (server.url !== undefined) return "signIn" in client.remote ? [client.remote.signIn(server.name)] : [];
  if (hasStoredLogin) return [];
  if (hasUserKey(client, server, entry)) return [];
  const profile = profileIn(server);
  if (profile !== undefined)
    return [`No login is stored as profile ${profile}. Run: ${programCommand(`login --profile ${profile}`)}`];
  if (!needsKey(server)) return [];
  const { keyVariable, keyTitle, login } = server.rules;
  if (key?.kind === "list") return [key.adviceFor(keyVariable)];
  if (key?.kind === "input") return [`${title} asks for the ${keyTitle} when it starts the server.`];
  if (key) return [`Set ${keyVariable} in the environment of ${title}${login}`];
  return [`Add ${keyVariable} to "${envField}" of the entry in ${snapshot.file}${login}`];
}
