import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of an `npm install` of the packed tarball. */
    installed: string;
    /** The tarball. */
    tarball: string;
    /** How many random inputs a property is tried with. */
    propertyRuns: number;
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

/**
 * Packs the build and installs it into an empty folder, for the end-to-end tests. `LIGHTFAST_MCP_PACKED` names a folder in which
 * that is already done.
 */
export function setup(project: TestProject): () => void {
  const done = process.env.LIGHTFAST_MCP_PACKED;
  if (done) {
    project.provide("installed", done);
    project.provide("tarball", join(done, readdirSync(done).find((name) => name.endsWith(".tgz")) ?? ""));
    return () => {};
  }
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-packed-"));
  const packed = npm(["pack", "--ignore-scripts", "--json", "--pack-destination", folder], process.cwd());
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const tarball = join(folder, filename);
  npm(["install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, tarball], folder);
  project.provide("installed", folder);
  project.provide("tarball", tarball);
  return () => rmSync(folder, { recursive: true, force: true });
}
