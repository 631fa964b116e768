import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { userPath } from "../../../config/folders.ts";
import { programCommand, shellWord } from "../../../config/invocation.ts";
import { CodedError, codeOf } from "../../../shared/errors.ts";
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

export function profileFolder(): string {
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
 * Reads a stored login.
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

/** The next step if the system refuses that a file is read, written or removed. */
const FILE_HINTS = {
  read: "Make it readable for your user, or set LIGHTFAST_API_KEY.",
  written: "Make its folder writable, or set LIGHTFAST_API_KEY for the server instead of logging in.",
  removed: "Make its folder writable, or remove the file yourself.",
} as const;

/** Runs a file operation. @throws ProfileError if the system refuses it */
export function tryFile<T>(file: string, action: keyof typeof FILE_HINTS, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    const code = codeOf(error) ?? "unknown error";
    throw new ProfileError(`${file} cannot be ${action} (${code})`, FILE_HINTS[action]);
  }
}
