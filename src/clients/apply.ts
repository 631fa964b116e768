import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { structuredPatch } from "diff";
import { programCommand } from "../config/invocation.ts";
import { codeOf } from "../shared/errors.ts";
import { parseJson } from "../shared/json.ts";
import { createInput, hasUserKey, needsKey, profileIn } from "./entries.ts";
import {
  exists,
  FileChangedError,
  FileError,
  keepBackup,
  PartialFileError,
  readSnapshot,
  removeBackup,
  replaceFile,
  writeBackup,
} from "./files.ts";
import { BOM } from "./formats/format.ts";
import {
  backupFile,
  configFiles,
  type Edit,
  FORMATS,
  type InstallJob,
  isInstalledEntry,
  planEdit,
} from "./plan.ts";

const CONTEXT_LINES = 2;
const MAX_LINE_LENGTH = 160;

/** A file that is empty or cut is read again, for about a second in all. */
const MAX_READS = 11;
const READ_INTERVAL_MS = 100;
/** How often an edit starts again because another program changed the file. */
const MAX_ATTEMPTS = 20;
/** The wait grows with each attempt. */
const ATTEMPT_INTERVAL_MS = 10;

/** Secrets that patterns recognize in our own entry. The values of other entries are masked before. */
const SECRETS: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [/\blf_(?!sandbox)\w{4,}/g, "lf_***"],
  [/(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@"']+@/gi, "$1***@"],
  [/([?&][\w.-]+=)[^&\s"'#]+/g, "$1***"],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, "$1 ***"],
  [/(--[\w-]*(?:key|token|secret|password)[\w-]*[=\s]+)[^\s$%{]\S*/gi, "$1***"],
];
/** A name that suggests a secret, and its value. */
const NAMED_SECRET =
  /((?:key|token|secret|passw(?:or)?d|pwd|credential|authorization|cookie)\w*["']?\s*[:=,]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[{][^,}\]]*)/gi;
/** Values that are safe to show: references to variables, and literals. */
const NOT_SECRET = /^(?:["']?(?:\$|%|\{env:)|true\b|false\b|null\b)/;

/** A user's file may contain secrets; a project's file is shared. */
const NEW_FILE_MODE = { user: 0o600, project: 0o644 } as const;

/** What an edit changes, without secrets. */
type Change = {
  readonly diff: string;
  /** What the edit replaces or removes, in sentences. */
  readonly changes: readonly string[];
  /** What the user should know about the file. */
  readonly warnings: readonly string[];
};

/** The result for one client. `planned` means that the edit was not approved. */
export type Result = Partial<Change> & {
  readonly client: string;
  readonly file: string;
  readonly outcome: "written" | "unchanged" | "removed" | "absent" | "failed" | "planned";
  /** The file as it was before the first entry of this program. */
  readonly backup?: string;
  /** The next step, or the reason for a failure. */
  readonly message?: string;
};

/** An edit to approve. */
export type Preview = Change & { readonly job: InstallJob; readonly file: string };

/** @param milliseconds the minimum */
type Wait = (milliseconds: number) => Promise<unknown>;

/**
 * Adds the entry to a client's file, or removes it: reads the file, edits it in place, asks for approval, keeps a
 * backup, replaces the file and checks the result. If another program changes the file meanwhile, the edit starts again
 * from the new content. A file that cannot be edited safely is not changed.
 * @param approve shows the edit and decides; its errors are passed on and nothing is written
 * @param isSettled whether `settle` has waited for the file
 */
export async function apply(
  job: InstallJob,
  approve: (preview: Preview) => Promise<boolean>,
  wait: Wait = sleep,
  isSettled = false,
): Promise<Result> {
  let shown: Change | undefined;
  let written: Result | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const edit = await planSettled(job, wait, isSettled && attempt === 1);
    if (edit instanceof Error) return toFailure(job, configFiles(job)[0] ?? "", edit);
    const { file, content } = edit.snapshot;
    const base = { client: job.client.id, file };
    const change = describeChange(job, edit);
    if (edit.text === content?.text) {
      if (!written) return withoutEdit(job, base, change);
      if (job.action === "install" || !edit.isForeign) return written;
      return { ...written, message: joinSentences([written.message, ...retireBackup(job, edit.snapshot)]) };
    }
    if (attempt > MAX_ATTEMPTS) return toFailure(job, file, keepsChanging(job, file));
    if (!shown || !isSameEdit(shown, change)) {
      if (!(await approve({ job, file, ...change }))) return { ...base, ...change, outcome: "planned" };
      shown = change;
    }
    try {
      written = { ...base, ...change, ...write(job, edit) };
      if (job.action === "install" && isInstalledEntry(job, edit)) return written;
    } catch (error) {
      if (!(error instanceof FileChangedError)) return toFailure(job, file, error);
      await wait(attempt * ATTEMPT_INTERVAL_MS);
    }
  }
}

/**
 * Waits until no file is empty or cut any more, for about a second for all files together.
 * @returns the jobs whose file stayed so
 */
export async function settle(
  jobs: readonly InstallJob[],
  wait: Wait = sleep,
): Promise<ReadonlySet<InstallJob>> {
  let partial = jobs;
  for (let reads = 1; reads < MAX_READS; reads += 1) {
    partial = partial.filter(isPartial);
    if (partial.length === 0) break;
    await wait(READ_INTERVAL_MS);
  }
  return new Set(partial);
}

function isPartial(job: InstallJob): boolean {
  try {
    planEdit(job, false);
    return false;
  } catch (error) {
    return error instanceof PartialFileError;
  }
}

/** Reads again what another program may be writing. */
async function planSettled(job: InstallJob, wait: Wait, isSettled: boolean): Promise<Edit | Error> {
  for (let reads = isSettled ? MAX_READS : 1; ; reads += 1) {
    try {
      return planEdit(job, reads === MAX_READS);
    } catch (error) {
      if (!(error instanceof PartialFileError) || reads === MAX_READS) return toError(error);
      await wait(READ_INTERVAL_MS);
    }
  }
}

function describeChange({ client, server }: InstallJob, { snapshot, text, changes, warnings }: Edit): Change {
  const inputs = client.key?.kind === "input" ? [createInput(server).path] : [];
  const paths = [[...client.keyPath, server.name], ...inputs];
  const mask = (one: string): string => FORMATS[client.format].mask(one, paths);
  return {
    diff: formatDiff(snapshot.file, snapshot.content?.text, text, mask),
    changes: changes.map(maskSecrets),
    warnings,
  };
}

/** What other programs changed elsewhere in the file needs no second approval. */
function isSameEdit(one: Change, other: Change): boolean {
  const [lines, others] = [one, other].map(({ diff, changes }) => [
    ...diff.split("\n").filter((line) => /^[+-]/.test(line)),
    ...changes,
  ]);
  return isDeepStrictEqual(lines, others);
}

function withoutEdit(job: InstallJob, base: Pick<Result, "client" | "file">, { warnings }: Change): Result {
  const result = { ...base, ...(warnings.length > 0 && { warnings }) };
  if (job.action === "install") return { ...result, outcome: "unchanged" };
  return { ...result, outcome: "absent", message: `${base.file} has no server named "${job.server.name}".` };
}

function keepsChanging({ client }: InstallJob, file: string): FileError {
  return new FileError(
    `${file} keeps changing because another program writes to it. Quit ${client.title}, then run the command again`,
  );
}

/**
 * Returns a unified diff to show. Secrets are masked, long lines truncated, line endings ignored.
 * @param mask keeps the lines of a text, and hides what they must not show
 */
export function formatDiff(
  file: string,
  before: string | undefined,
  after: string | undefined,
  mask: (text: string) => string = (text) => text,
): string {
  const { hunks } = structuredPatch(file, file, before ?? "", after ?? "", "", "", {
    context: CONTEXT_LINES,
  });
  const [oldText, newText] = [before, after].map((text) => mask(text ?? "").split("\n"));
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => {
    let [oldLine, newLine] = [oldStart - 1, newStart - 1];
    const shown = body.map((line) => {
      const sign = line[0] ?? "";
      const text = sign === "-" ? oldText?.[oldLine] : sign === "\\" ? line.slice(1) : newText?.[newLine];
      if (sign === "-" || sign === " ") oldLine += 1;
      if (sign === "+" || sign === " ") newLine += 1;
      return `${sign}${text ?? ""}`;
    });
    return [`@@ -${formatRange(oldStart, oldLines)} +${formatRange(newStart, newLines)} @@`, ...shown];
  });
  const header = [
    `--- ${before === undefined ? "(no file)" : file}`,
    `+++ ${after === undefined ? "(no file)" : file}`,
  ];
  return [
    ...header,
    ...lines.map((line) => truncate(maskSecrets(line.replace(BOM, "<BOM>").trimEnd()))),
  ].join("\n");
}

/** An empty range starts at the line before it. */
function formatRange(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

function maskSecrets(line: string): string {
  return SECRETS.reduce((rest, [pattern, shown]) => rest.replace(pattern, shown), line).replace(
    NAMED_SECRET,
    (whole, name, value) => (NOT_SECRET.test(value) ? whole : `${name}***`),
  );
}

/** Returns what `maskSecrets` would hide. */
function secretsIn(text: string): readonly string[] {
  const named = [...text.matchAll(NAMED_SECRET)].flatMap(([, , value = ""]) =>
    NOT_SECRET.test(value) ? [] : value.replace(/^["']|["']$/g, ""),
  );
  return [...named, ...SECRETS.flatMap(([pattern]) => [...text.matchAll(pattern)].map(([match]) => match))];
}

function truncate(line: string): string {
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH - 1)}…` : line;
}

function toFailure({ client }: InstallJob, file: string, error: unknown): Result {
  const reason = `${toError(error).message}.`.replace(/\.\.$/, ".");
  const message = joinSentences([reason, NEXT_STEPS[codeOf(error) ?? ""]]);
  return { client: client.id, file, outcome: "failed", message };
}

const NOT_WRITABLE = "Make it writable for your user, then run the command again.";

/** What to do about errors of the file system, by their code. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: "Run the command where the file system is writable.",
  ENOSPC: "Free disk space, then run the command again.",
  ENOTDIR: "A file is in the place of one of its folders. Move it away, then run the command again.",
};

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Writes the edit. First keeps the file as it is before its first entry of this program, once for all later edits. */
function write(job: InstallJob, edit: Edit): Pick<Result, "outcome" | "backup" | "message"> {
  const { snapshot, text, isForeign } = edit;
  const backup = job.action === "install" && snapshot.content ? backupFile(job, snapshot) : undefined;
  const isNew = backup !== undefined && (isForeign || !exists(backup));
  const notes = isNew ? retireBackup(job, snapshot) : [];
  if (isNew && snapshot.content) writeBackup(backup, snapshot.content);
  try {
    replaceFile(snapshot, text, NEW_FILE_MODE[job.project === undefined ? "user" : "project"]);
  } catch (error) {
    if (isNew && job.backups !== undefined) removeBackup(backup, job.backups);
    throw error;
  }
  const { after } = job.client;
  const message = joinSentences([...syntaxWarning(job, edit), after, ...keyAdvice(job, edit), ...notes]);
  const outcome = job.action === "install" ? "written" : "removed";
  return { outcome, message, ...(backup !== undefined && { backup }) };
}

/**
 * Ends the use of a backup, if there is one: deletes it, or keeps it under another name if it may be the only copy of a
 * secret. @returns what to tell the user
 */
function retireBackup(job: InstallJob, { file, target, content }: Edit["snapshot"]): readonly string[] {
  const backup = backupFile(job, { target });
  if (backup === undefined || job.backups === undefined || !exists(backup)) return [];
  if (!isOnlyCopy(backup, content?.text ?? "")) {
    removeBackup(backup, job.backups);
    return [];
  }
  const reason = `A backup was kept, because it has a key or another secret that ${file} no longer has.`;
  return [`${reason} Delete it when you no longer need it: ${keepBackup(backup)}`];
}

/** Whether a backup has a secret that a text does not have. */
function isOnlyCopy(backup: string, text: string): boolean {
  try {
    return secretsIn(readSnapshot(backup).content?.text ?? "").some((secret) => !text.includes(secret));
  } catch {
    return true;
  }
}

function joinSentences(sentences: readonly (string | undefined)[]): string {
  return sentences.filter(Boolean).join(" ");
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
  if (key?.kind === "list") return [`${key.adviceFor(keyVariable)}${login}`];
  if (key?.kind === "input") return [`${title} asks for the ${keyTitle} when it starts the server.`];
  if (key) return [`Set ${keyVariable} in the environment of ${title}${login}`];
  return [`Add ${keyVariable} to "${envField}" of the entry in ${snapshot.file}${login}`];
}
