import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of an `npm install` of the packed tarball. */
    installed: string;
    /** The tarball. */
    tarball: string;
  }
}

const isWindows = process.platform === "win32";
function npm(args: readonly string[], cwd: string): string {
  return execFileSync(isWindows ? "npm.cmd" : "npm", args, {
    cwd,
    encoding: "utf8",
    shell: isWindows,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** Packs the build and installs it into an empty folder, for the end-to-end tests. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-packed-"));
  const packed = npm(["pack", "--ignore-scripts", "--json", "--pack-destination", folder], process.cwd());
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const tarball = join(folder, filename);
  npm(["install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, tarball], folder);
  project.provide("installed", folder);
  project.provide("tarball", tarball);
  return () => rmSync(folder, { recursive: true, force: true });
}
