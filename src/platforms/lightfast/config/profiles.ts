import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { userPath } from "../../../config/folders.ts";
import { programCommand, shellWord } from "../../../config/invocation.ts";
import { findHome, NO_HOME } from "../../../config/reader.ts";
import { CodedError } from "../../../shared/errors.ts";
import { isObject, parseJson } from "../../../shared/json.ts";

/** The login that applies if none is chosen. */
export const DEFAULT_PROFILE = "default";

/** A stored login: a key and the URL it is for. */
export type Profile = { readonly apiKey: string; readonly baseUrl: string };

/** A stored login that is unusable. The message names its file, the hint the fix. */
export class ProfileError extends CodedError {
  static override readonly code = "PROFILE_UNUSABLE";
  override readonly name = "ProfileError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Returns the file of a profile. Each profile has its own, so that concurrent logins do not overwrite each other. */
export function profileFile(name: string): string {
  return join(profileFolder(), `${name}.json`);
}

function profileFolder(): string {
  return userPath("config", "profiles");
}

/** The file with the name of the active profile; absent if that is `default`. */
export function activeProfileFile(): string {
  return userPath("config", "active-profile");
}

/**
 * Returns the name of the login that applies if neither a flag nor a variable names one; undefined if none was chosen.
 * @throws ProfileError if the file is unreadable
 */
export function readActiveProfile(): string | undefined {
  const file = activeProfileFile();
  return existsSync(file) ? tryFile(file, "read", () => readFileSync(file, "utf8")) : undefined;
}

/** Chooses the login that applies by default. @throws ProfileError if its folder is not writable */
export function writeActiveProfile(name: string): void {
  const file = activeProfileFile();
  tryFile(file, "written", () => {
    if (name === DEFAULT_PROFILE) return rmSync(file, { force: true });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, `${name}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  });
}

export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,63}$/.test(name);
}

export function hasProfile(name: string): boolean {
  return existsSync(profileFile(name));
}

/** Returns the names of all stored logins, sorted. @throws ProfileError if their folder is unreadable */
export function listProfiles(): readonly string[] {
  const folder = profileFolder();
  if (!existsSync(folder)) return [];
  return tryFile(folder, "read", () => readdirSync(folder))
    .flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []))
    .filter(isProfileName)
    .sort();
}

/**
 * Reads a stored login, without `conf`, which takes longer to load than the server to start.
 * @returns undefined if no login has that name
 * @throws ProfileError if the file is unreadable, damaged, or readable by other users
 */
export function readProfile(name: string): Profile | undefined {
  const file = profileFile(name);
  if (!existsSync(file)) return undefined;
  assertPrivate(name);
  const stored = parseJson(tryFile(file, "read", () => readFileSync(file, "utf8")));
  if (stored === undefined) throw damaged(file, "it is not JSON");
  const { apiKey, baseUrl } = isObject(stored) ? stored : {};
  if (typeof apiKey === "string" && typeof baseUrl === "string") return { apiKey, baseUrl };
  throw damaged(file, "apiKey or baseUrl is missing");
}

/**
 * Whether other users can read a stored login, which is then not used. Windows protects home directories with access
 * control lists instead of mode bits.
 */
export function isExposed(name: string): boolean {
  return process.platform !== "win32" && hasProfile(name) && (statSync(profileFile(name)).mode & 0o077) !== 0;
}

/** Makes a stored login private. @throws ProfileError if the system refuses it */
export function protectProfile(name: string): void {
  tryFile(profileFile(name), "written", () => chmodSync(profileFile(name), 0o600));
}

function assertPrivate(name: string): void {
  const file = profileFile(name);
  if (isExposed(name)) {
    throw new ProfileError(
      `${file} can be read by other users, so it is not used`,
      `Run: chmod 600 ${shellWord(file)}`,
    );
  }
}

/** @param reason without the parser's message, which may quote the key */
function damaged(file: string, reason: string): ProfileError {
  return new ProfileError(
    `${file} is damaged and was not changed (${reason})`,
    `Move it away, then run: ${programCommand("login")}`,
  );
}

/**
 * Stores a login atomically, readable by this user only.
 * @throws ProfileError if the existing file is damaged, or the folder is not writable
 */
export async function writeProfile(name: string, profile: Profile): Promise<void> {
  if (findHome() === NO_HOME) {
    throw new ProfileError(
      "This user has no home directory, so no login can be stored",
      "Set HOME to an absolute path, or set LIGHTFAST_API_KEY for the server instead of logging in.",
    );
  }
  const folder = profileFolder();
  readProfile(name);
  const { default: Conf } = await import("conf");
  tryFile(profileFile(name), "written", () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    new Conf<Profile>({ cwd: folder, configName: name, configFileMode: 0o600 }).store = profile;
  });
}

/** The next step if the system refuses that a file is read, written or removed. */
const FILE_HINTS = {
  read: "Make it readable for your user, or set LIGHTFAST_API_KEY.",
  written: "Make its folder writable, or set LIGHTFAST_API_KEY for the server instead of logging in.",
  removed: "Make its folder writable, or remove the file yourself.",
} as const;

/** Runs a file operation. @throws ProfileError if the system refuses it */
function tryFile<T>(file: string, action: keyof typeof FILE_HINTS, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ProfileError(`${file} cannot be ${action} (${code})`, FILE_HINTS[action]);
  }
}

/**
 * Removes a stored login. If it was the active one, `default` is active again.
 * @returns whether it existed
 * @throws ProfileError if its folder is not writable
 */
export function removeProfile(name: string): boolean {
  const existed = hasProfile(name);
  if (existed && readActiveProfile()?.trim() === name) writeActiveProfile(DEFAULT_PROFILE);
  if (existed) tryFile(profileFile(name), "removed", () => rmSync(profileFile(name), { force: true }));
  return existed;
}
