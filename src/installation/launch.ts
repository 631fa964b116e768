import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import process from "node:process";
import { userPath } from "../config/folders.ts";
import { parseJson } from "../shared/json.ts";
import { explain, installCopy, launcherFile, readText, replaceAtomically } from "./copy.ts";

/** The command and arguments with which an entry starts this program, before the words of a platform's server. */
export type Launch = readonly [command: string, ...args: string[]];

/** Paths of package managers that contain the version, and the paths that stay the same after an upgrade. */
const STABLE_PATHS: readonly (readonly [versioned: RegExp, stable: string])[] = [
  [/^(.*\/)Cellar\/([^/]+)\/[^/]+\/bin\/node$/, "$1opt/$2/bin/node"],
  [/^(\/snap\/[^/]+)\/\d+\//, "$1/current/"],
  [/^(.*[\\/]scoop[\\/]apps[\\/][^\\/]+)[\\/]\d[^\\/]*(?=[\\/])/, "$1\\current"],
  [/^(.*\/mise\/installs\/node\/\d+)\.[^/]+(?=\/)/, "$1"],
  [/^(.*[\\/]fnm)([\\/])node-versions[\\/][^\\/]+[\\/]installation(?=[\\/])/, "$1$2aliases$2default"],
];
/** A folder whose name has a version number or, in the Nix store, a hash. */
const VERSIONED = /[\\/](?:[^\\/]*\d+\.\d+[^\\/]*|nix[\\/]store|snap[\\/][^\\/]+[\\/]\d+)[\\/]/;
/** Folders of PATH that exist for one shell or one project. */
const TEMPORARY = /[\\/](?:fnm_multishells|node_modules|\.direnv|\.devbox|\.venv)[\\/]|^\/run\/|^\/proc\//;
/** Programs of `--command` that are remembered. */
const MAX_PROGRAMS = 20;

/** How `install` starts this program in the entries that it writes. */
export type ChosenLaunch = {
  readonly launch: Launch;
  /** Whether the user chose it, so that it replaces the command of an existing entry. */
  readonly isChosen: boolean;
  /** Creates the files that it needs. @throws CopyError */
  prepare(): void;
};

type LaunchFlags = {
  readonly npx?: boolean;
  readonly command?: string;
  /** Whether other machines read the entry, so that it contains no path of this one. */
  readonly isShared: boolean;
};

/** Returns how entries start this program: by default its copy, which is written first. */
export function chooseLaunch({ npx = false, command, isShared }: LaunchFlags): ChosenLaunch {
  if (command !== undefined) {
    return { launch: [command], isChosen: true, prepare: () => rememberProgram(command) };
  }
  if (isShared) return { launch: npxLaunch("/"), isChosen: npx, prepare: () => {} };
  if (npx) return { launch: npxLaunch(npxFolder()), isChosen: true, prepare: createNpxFolder };
  return { launch: copyLaunch(), isChosen: false, prepare: () => void installCopy() };
}

/** Starts the current copy directly: without npm, whose settings a project can change. */
function copyLaunch(): Launch {
  return [stableNodePath(), launcherFile()];
}

/**
 * Starts the latest version through npx. `--prefix` names a folder without a project, so that npm reads neither `.npmrc`
 * nor `devEngines` of the folder that the client runs in.
 * @param prefix must exist; the root of the file system suits entries that several machines share
 */
function npxLaunch(prefix: string): Launch {
  const npx = ["npx", `--prefix=${prefix}`, "-y", "@lightfastai/mcp@latest"] as const;
  // There npx is a script, which only a shell can run.
  return process.platform === "win32" ? ["cmd", "/c", ...npx] : npx;
}

/** The prefix of npx for entries of this user. */
function npxFolder(): string {
  return userPath("data", "npx");
}

function createNpxFolder(): void {
  explain(() => mkdirSync(npxFolder(), { recursive: true, mode: 0o700 }));
}

/** Remembers a program that `install --command` wrote, so that its entries are known to be for this server. */
function rememberProgram(program: string): void {
  const programs = [...new Set([...readPrograms(), program])].slice(-MAX_PROGRAMS);
  explain(() => replaceAtomically(programsFile(), `${JSON.stringify(programs)}\n`));
}

/** Whether `install --command` wrote an entry with this program for this user. */
export function isRememberedProgram(program: string): boolean {
  return readPrograms().includes(program);
}

/**
 * Returns an absolute path of a Node.js that stays the same when its package manager upgrades it, as far as there is one.
 * @param running as the system reports it
 */
export function stableNodePath(running = process.execPath, path = process.env.PATH ?? ""): string {
  // Windows reports the link that a program was started by, such as fnm's for one shell.
  const node = (TEMPORARY.test(running) && realPath(running)) || running;
  if (!VERSIONED.test(node)) return node;
  const aliases = STABLE_PATHS.filter(([versioned]) => versioned.test(node)).map(([versioned, stable]) =>
    node.replace(versioned, stable),
  );
  const name = process.platform === "win32" ? "node.exe" : "node";
  const found = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folder.startsWith(tmpdir() + sep))
    .map((folder) => join(folder, name))
    .filter((file) => !(VERSIONED.test(file) || TEMPORARY.test(file)));
  return [...aliases, ...found].find((file) => isSameProgram(file, node)) ?? node;
}

function isSameProgram(file: string, other: string): boolean {
  const real = realPath(file);
  return real !== undefined && real === realPath(other);
}

/** Returns the path of a program without links; on Windows also with the case that the disk has. */
function realPath(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return realpathSync.native(file);
  } catch {
    return undefined;
  }
}

function readPrograms(): readonly string[] {
  const programs = parseJson(readText(programsFile()) ?? "");
  return Array.isArray(programs) ? programs.filter((program) => typeof program === "string") : [];
}

function programsFile(): string {
  return userPath("data", "programs.json");
}
