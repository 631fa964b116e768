import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CodedError } from "../../../shared/errors.ts";
import { isObject } from "../../../shared/json.ts";

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

/**
 * Folders of the logins, below the home directory. Clients start servers without XDG_CONFIG_HOME and other variables
 * of a shell, so these cannot matter.
 */
const FOLDERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["Library", "Application Support"],
  win32: ["AppData", "Roaming"],
};

/** Returns the file of a profile. Each profile has its own, so that concurrent logins do not overwrite each other. */
export function profileFile(name: string): string {
  return join(profileFolder(), `${name}.json`);
}

function profileFolder(): string {
  return join(homedir(), ...(FOLDERS[process.platform] ?? [".config"]), "lightfast-mcp", "profiles");
}

export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,63}$/.test(name);
}

export function hasProfile(name: string): boolean {
  return existsSync(profileFile(name));
}

export function listProfiles(): readonly string[] {
  if (!existsSync(profileFolder())) return [];
  return readdirSync(profileFolder())
    .flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []))
    .filter(isProfileName)
    .sort();
}

/**
 * Reads a stored login, without `conf`, which takes longer to load than the server to start.
 * @returns undefined if no login has that name
 * @throws ProfileError if the file is damaged or readable by other users
 */
export function readProfile(name: string): Profile | undefined {
  const file = profileFile(name);
  if (!existsSync(file)) return undefined;
  assertPrivate(file);
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw damaged(file, "it is not JSON");
  }
  const { apiKey, baseUrl } = isObject(stored) ? stored : {};
  if (typeof apiKey === "string" && typeof baseUrl === "string") return { apiKey, baseUrl };
  throw damaged(file, "apiKey or baseUrl is missing");
}

/** Windows protects home directories with access control lists instead of mode bits. */
function assertPrivate(file: string): void {
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
    throw new ProfileError(
      `${file} can be read by other users, so it is not used`,
      `Run: chmod 600 "${file}"`,
    );
  }
}

/** @param reason without the parser's message, which may quote the key */
function damaged(file: string, reason: string): ProfileError {
  return new ProfileError(
    `${file} is damaged and was not changed (${reason})`,
    "Move it away, then run: lightfast-mcp login",
  );
}

/**
 * Stores a login atomically, readable by this user only.
 * @throws ProfileError if the existing file is damaged
 */
export async function writeProfile(name: string, profile: Profile): Promise<void> {
  const folder = profileFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  readProfile(name);
  const { default: Conf } = await import("conf");
  new Conf<Profile>({ cwd: folder, configName: name, configFileMode: 0o600 }).store = profile;
}

/** Removes a stored login. @returns whether it existed */
export function removeProfile(name: string): boolean {
  const existed = hasProfile(name);
  rmSync(profileFile(name), { force: true });
  return existed;
}
