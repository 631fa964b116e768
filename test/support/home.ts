import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** An empty home directory for this test alone, so that no login of whoever runs the tests is found or changed. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  vi.stubEnv("HOME", home);
  vi.stubEnv("USERPROFILE", home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

/** Runs the rest of the test as on another operating system, as far as `process.platform` tells. */
export function pretendPlatform(platform: NodeJS.Platform): void {
  const own = Object.getOwnPropertyDescriptor(process, "platform");
  Object.defineProperty(process, "platform", { ...own, value: platform });
  onTestFinished(() => void (own && Object.defineProperty(process, "platform", own)));
}

/** Writes a file that only this user can read, with the folders above it. */
export function placeFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
