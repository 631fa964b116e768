import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** An empty home directory for one test, so that it neither finds nor changes the developer's logins. */
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

/** Sets `process.platform` for the rest of the test. */
export function pretendPlatform(platform: NodeJS.Platform): void {
  const own = Object.getOwnPropertyDescriptor(process, "platform");
  Object.defineProperty(process, "platform", { ...own, value: platform });
  onTestFinished(() => void (own && Object.defineProperty(process, "platform", own)));
}

/** Writes a private file, and creates its folders. */
export function placeFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
