import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { programCommand } from "../config/invocation.ts";
import { CodedError } from "../shared/errors.ts";
import { isObject, parseJson } from "../shared/json.ts";
import {
  createWorkFolder,
  isIntact,
  PACKAGE,
  placeCopy,
  readManifest,
  readSelection,
  remove,
  select,
  startFile,
  switchTo,
} from "./copy.ts";
import { isNewer, isRelease, rememberNewestVersion } from "./releases.ts";

/** The copy was not switched. The message ends in the next step. */
export class UpdateError extends CodedError {
  static override readonly code = "UPDATE_ERROR";
  override readonly name = "UpdateError";
}

export type UpdateResult = {
  readonly outcome: "updated" | "unchanged" | "available";
  /** The copy that clients started before; undefined if it is gone. */
  readonly from: string | undefined;
  /** The copy that they start now, or the available version. */
  readonly to: string;
};

type UpdateOptions = {
  /** The version to switch to. Default: the newest one, unless the current copy is newer. */
  readonly version?: string | undefined;
  /** Only finds out which version is available. */
  readonly isCheck?: boolean;
};

/** npm retries slow downloads for minutes. */
const NPM_MS = 5 * 60_000;
const START_MS = 30_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** Characters of npm's own message. */
const MAX_REASON = 300;

/** npm, by its place relative to a folder with programs. */
const NPM_FILES = ["", "../lib/", "../libexec/lib/"].map(
  (folder) => `${folder}node_modules/npm/bin/npm-cli.js`,
);
const OFFLINE = "Connect to the network, and check npm's registry and proxy settings";
/** What npm's error codes mean, and the next step. */
const NPM_ERRORS: Readonly<Record<string, string>> = {
  E404: "The registry does not have it. Check the version, and npm's registry settings",
  ETARGET: "The registry does not have this version. Omit the version to get the newest one",
  E401: "The registry requires a login. Log in with npm",
  E403: "The registry refuses access. Log in with npm",
  ENOTFOUND: OFFLINE,
  EAI_AGAIN: OFFLINE,
  ECONNREFUSED: OFFLINE,
  ECONNRESET: OFFLINE,
  ETIMEDOUT: OFFLINE,
  ENOTCACHED: OFFLINE,
  EINTEGRITY: "The download is damaged. Do not use it",
  ENOSPC: "Free some disk space",
};

/**
 * Fetches a version through npm and switches all entries to it at once. The copy before stays for a rollback. Until the
 * new copy is complete and has started once, nothing is switched.
 * @throws UpdateError or CopyError; clients then start the same copy as before
 */
export async function update({ version, isCheck = false }: UpdateOptions = {}): Promise<UpdateResult> {
  const from = readSelection()?.current;
  const isWanted = (to: string): boolean =>
    from === undefined || !isIntact(from) || (version === undefined ? isNewer(to, from) : to !== from);
  const folder = createWorkFolder();
  try {
    const found = isCheck ? await findVersion(folder, version) : await download(folder, version);
    if (version === undefined && isRelease(found)) rememberNewestVersion(found);
    if (!isWanted(found)) return { outcome: "unchanged", from, to: from ?? found };
    if (isCheck) return { outcome: "available", from, to: found };
    const to = placeCopy(packageIn(folder));
    await requireStart(to);
    switchTo(to);
    return { outcome: "updated", from, to };
  } finally {
    remove(folder);
  }
}

/** Switches all entries back to the previous copy. A second call reverts that. @throws UpdateError */
export async function rollback(): Promise<UpdateResult> {
  const { current: from, previous: to } = readSelection() ?? {};
  if (from === undefined || to === undefined) {
    throw new UpdateError(
      `There is no previous version. To fetch the newest one, run: ${programCommand("update")}`,
    );
  }
  if (!isIntact(to)) {
    throw new UpdateError(
      `The copy of ${to} is damaged. To fetch it again, run: ${programCommand(`update ${to}`)}`,
    );
  }
  await requireStart(to);
  select({ current: to, previous: from });
  return { outcome: "updated", from, to };
}

/** Asks the registry for the newest version. @param folder an empty one */
async function findVersion(folder: string, wanted = "latest"): Promise<string> {
  const found = await runNpm(folder, "view", `${PACKAGE}@${wanted}`, "version");
  if (typeof found === "string" && found !== "") return found;
  throw new UpdateError(`npm found no version ${wanted} of ${PACKAGE}. ${NPM_ERRORS.ETARGET}.`);
}

/** Downloads a version into an empty folder, where no project's settings apply. Returns its number. */
async function download(folder: string, wanted = "latest"): Promise<string> {
  const options = ["--no-save", "--no-package-lock", "--no-bin-links", "--omit=dev"];
  await runNpm(folder, "install", ...options, `${PACKAGE}@${wanted}`);
  return readManifest(packageIn(folder)).version;
}

function packageIn(folder: string): string {
  return join(folder, "node_modules", ...PACKAGE.split("/"));
}

/** Starts a copy once. @throws UpdateError if it does not print its version */
async function requireStart(name: string): Promise<void> {
  const { error, stdout, stderr } = await execute([startFile(name), "--version"], START_MS);
  const printed = stdout.trim();
  const { version } = readManifest(dirname(dirname(startFile(name))));
  if (error === undefined && printed === version) return;
  const reason =
    stderr.trim().slice(0, MAX_REASON) || error?.message || `it printed ${JSON.stringify(printed)}`;
  throw new UpdateError(`Version ${name} does not start, so nothing was switched: ${reason}`);
}

/** Runs npm in a folder and returns its output. Scripts of packages do not run. */
async function runNpm(folder: string, ...words: readonly string[]): Promise<unknown> {
  const npm = findNpm();
  if (npm === undefined) {
    throw new UpdateError(
      `npm was not found beside ${process.execPath} or in PATH. Install npm, or run: npx -y ${PACKAGE}@latest install`,
    );
  }
  const [command = "", ...rest] = words;
  const options = [`--prefix=${folder}`, "--no-global", "--ignore-scripts", "--no-audit", "--no-fund"];
  const quick = [
    "--json",
    "--prefer-online",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=500",
    "--no-update-notifier",
  ];
  const { error, stdout, stderr } = await execute(
    [npm, command, ...options, ...quick, ...rest],
    NPM_MS,
    folder,
  );
  const output = parseJson(stdout);
  if (error === undefined) return output;
  const { code, summary } = {
    code: "",
    summary: "",
    ...(isObject(output) && isObject(output.error) && output.error),
  };
  const [, printed] = /npm (?:error|ERR!) code (\w+)/.exec(stderr) ?? [];
  const step = NPM_ERRORS[String(code || printed)] ?? "Try again";
  const reason = String(summary || stderr.trim() || error.message).slice(0, MAX_REASON);
  throw new UpdateError(
    `npm ${command} failed: ${reason.replaceAll(/\s+/g, " ").replace(/\.?$/, ".")} ${step}.`,
  );
}

type Finished = { readonly error: Error | undefined; readonly stdout: string; readonly stderr: string };

/** Runs a script with this Node.js. */
function execute(words: readonly string[], timeout: number, cwd?: string): Promise<Finished> {
  const options = { cwd, timeout, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...words], options, (error, stdout, stderr) =>
      resolve({ error: error ?? undefined, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** Returns the script of the npm that belongs to this Node.js, else of the first one in PATH. */
function findNpm(): string | undefined {
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? "").split(delimiter)];
  return folders
    .filter((folder) => isAbsolute(folder) && !/[\\/]node_modules[\\/]/.test(`${folder}/`))
    .flatMap((folder) => [
      ...NPM_FILES.map((file) => join(folder, file)),
      ...linkedScript(join(folder, "npm")),
    ])
    .find((file) => existsSync(file));
}

function linkedScript(link: string): readonly string[] {
  try {
    return [realpathSync(link)].filter((file) => file.endsWith("npm-cli.js"));
  } catch {
    return [];
  }
}
