import { chmodSync, mkdirSync, rmSync } from "node:fs";
import Conf from "conf";
import { findHome, NO_HOME } from "../../../config/reader.ts";
import { replaceFile } from "../../../shared/replace-file.ts";
import {
  activeProfileFile,
  DEFAULT_PROFILE,
  hasProfile,
  type Profile,
  ProfileError,
  profileFile,
  profileFolder,
  readActiveProfile,
  readProfile,
  tryFile,
} from "./profiles.ts";

/**
 * Stores a login atomically, readable by this user only.
 * @throws ProfileError if the existing file is damaged, or the folder is not writable
 */
export function writeProfile(name: string, profile: Profile): void {
  if (findHome() === NO_HOME) {
    throw new ProfileError(
      "This user has no home directory, so no login can be stored",
      "Set HOME to an absolute path, or set LIGHTFAST_API_KEY for the server instead of logging in.",
    );
  }
  const [file, folder] = [profileFile(name), profileFolder()];
  readProfile(name);
  tryFile(file, "written", () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    new Conf<Profile>({ cwd: folder, configName: name, configFileMode: 0o600 }).store = profile;
  });
}

/** Chooses the login that applies by default. @throws ProfileError if its folder is not writable */
export function writeActiveProfile(name: string): void {
  const file = activeProfileFile();
  tryFile(file, "written", () => {
    if (name === DEFAULT_PROFILE) return rmSync(file, { force: true });
    replaceFile(file, `${name}\n`);
  });
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

/** Makes a stored login private. @throws ProfileError if the system refuses it */
export function protectProfile(name: string): void {
  tryFile(profileFile(name), "written", () => chmodSync(profileFile(name), 0o600));
}
