import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** The programs below need Node.js 22. npm has its binary as a package for each system. */
const system = process.platform === "win32" ? "win" : process.platform;
const NODE_PACKAGE = `node-${system}-${process.arch}`;
const NODE_VERSION = "22.23.3";

const INSTALL_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 120_000;

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Installation = {
  /** The folder of the installed packages. */
  readonly modules: string;
  /** Runs a program with Node.js 22 first in its path; `node` runs Node.js itself. */
  run(
    command: string,
    args: readonly string[],
    options?: { env?: Record<string, string>; cwd?: string },
  ): Promise<Ran>;
};

/**
 * Installs packages into a cache folder of their own, because they are large and not part of this project's lock file.
 * @param name of the folder
 * @param packages each with its exact version
 */
export function install(name: string, packages: readonly string[]): Installation {
  const folder = join("node_modules", ".cache", "lightfast-mcp", name);
  const all = [`${NODE_PACKAGE}@${NODE_VERSION}`, ...packages];
  if (readInstalled(folder) !== all.join(" ")) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--no-save", ...all], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: INSTALL_TIMEOUT_MS,
      shell: process.platform === "win32",
    });
    writeFileSync(join(folder, "installed.txt"), all.join(" "));
  }
  const modules = join(process.cwd(), folder, "node_modules");
  const bin = join(modules, NODE_PACKAGE, "bin");
  const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
  return {
    modules,
    run: (command, args, { env = {}, cwd = folder } = {}) =>
      new Promise((resolve) => {
        const options = {
          cwd,
          env: { ...process.env, ...env, PATH: `${bin}:${env.PATH ?? process.env.PATH}` },
          timeout: RUN_TIMEOUT_MS,
          maxBuffer: 2 ** 26,
        };
        execFile(command === "node" ? node : command, args, options, (error, stdout, stderr) => {
          const code = typeof error?.code === "number" ? error.code : null;
          resolve({ code: error ? code : 0, stdout, stderr });
        }).stdin?.end();
      }),
  };
}

function readInstalled(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, "installed.txt"), "utf8");
  } catch {
    return undefined;
  }
}
