import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isObject } from "../../../shared/json.ts";

/** One stored login: a key and the address it belongs to. */
export type Profile = { readonly apiKey: string; readonly baseUrl: string };

/** A stored login that cannot be used as it is: the message names the file, the advice what mends it. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/**
 * Where logins are kept: below the home directory alone. Clients start servers without XDG_CONFIG_HOME and other
 * variables of a shell, and the server must find what `login` stored.
 */
const FOLDERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["Library", "Application Support", "lightfast-mcp"],
  win32: ["AppData", "Roaming", "lightfast-mcp"],
};
const OTHER_FOLDER = [".config", "lightfast-mcp"];

function folder(): string {
  return join(homedir(), ...(FOLDERS[process.platform] ?? OTHER_FOLDER), "profiles");
}

/** The file of a profile. Each has its own, so that two logins at once cannot undo each other. */
export function profileFile(name: string): string {
  return join(folder(), `${name}.json`);
}

export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,63}$/.test(name);
}

export function hasProfile(name: string): boolean {
  return existsSync(profileFile(name));
}

/** The names of all stored logins, in order. */
export function listProfiles(): readonly string[] {
  return existsSync(folder())
    ? readdirSync(folder())
        .flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []))
        .filter(isProfileName)
        .sort()
    : [];
}

/** Others of this machine must not read a key; Windows keeps a home directory apart by other means. */
function refuseIfReadableByOthers(file: string): void {
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
    throw new ProfileError(
      `${file} can be read by other users, so it is not used`,
      `Run: chmod 600 "${file}"`,
    );
  }
}

/** @param why in our words alone: a parser's may quote the key */
function damaged(file: string, why: string): ProfileError {
  return new ProfileError(
    `${file} is damaged and was left as it is (${why})`,
    "Move it away, then run: lightfast-mcp login",
  );
}

/**
 * Reads a stored login. Read here and not through `conf`, which takes longer to load than the server to start.
 * @returns undefined where there is none of that name
 * @throws ProfileError where the file is damaged or open to other users
 */
export function readProfile(name: string): Profile | undefined {
  const file = profileFile(name);
  if (!existsSync(file)) return undefined;
  refuseIfReadableByOthers(file);
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

/**
 * Stores a login, in one step, readable by this user alone.
 * @throws ProfileError where a damaged file stands in the way
 */
export async function writeProfile(name: string, profile: Profile): Promise<void> {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  chmodSync(folder(), 0o700);
  readProfile(name);
  const { default: Conf } = await import("conf");
  new Conf<Profile>({ cwd: folder(), configName: name, configFileMode: 0o600 }).store = profile;
}

/** Forgets a login. @returns whether there was one */
export function removeProfile(name: string): boolean {
  const existed = hasProfile(name);
  rmSync(profileFile(name), { force: true });
  return existed;
}
