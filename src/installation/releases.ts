import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { userPath } from "../config/folders.ts";
import { version } from "../version.ts";

/** Versions of releases; a prerelease is never offered. */
const RELEASE = /^\d{1,9}\.\d{1,9}\.\d{1,9}$/;

/** Whether a text is the version of a release, such as `1.2.3`. */
export function isRelease(text: string): boolean {
  return RELEASE.test(text);
}

/** Whether a version is newer than another one. What follows the three numbers does not count. */
export function isNewer(candidate: string, current: string): boolean {
  const [a, b] = [numbersOf(candidate), numbersOf(current)];
  const first = a.findIndex((part, index) => part !== b[index]);
  return first !== -1 && (a[first] ?? 0) > (b[first] ?? 0);
}

/**
 * Returns the newest version that `doctor` or `update` saw last, if it is newer than this one. Reads one small file, and
 * sends no request.
 */
export function knownNewerVersion(): string | undefined {
  try {
    const known = readFileSync(stateFile(), "utf8").trim();
    return isRelease(known) && isNewer(known, version) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Stores the newest version for `knownNewerVersion`. That is a convenience, so a failed write is ignored. */
export function rememberNewestVersion(newest: string): void {
  try {
    mkdirSync(dirname(stateFile()), { recursive: true, mode: 0o700 });
    writeFileSync(stateFile(), `${newest}\n`, { mode: 0o600 });
  } catch {
    // There may be no home directory, or a full disk.
  }
}

function stateFile(): string {
  return userPath("cache", "newest-version");
}

function numbersOf(text: string): readonly number[] {
  return text.split(/[.+-]/, 3).map(Number);
}
