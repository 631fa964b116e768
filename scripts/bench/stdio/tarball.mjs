import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** @typedef {{ bytes: number, packages: number }} Tarball */

const PACK = ["pack", "--dry-run", "--json", "--ignore-scripts"];
const PACK_MS = 120_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));
function readJson(/** @type {string} */ name) {
  return JSON.parse(readFileSync(`${root}${name}`, "utf8"));
}

/** `npm run` sets the path of npm; otherwise PATH decides. */
function npm() {
  const script = process.env.npm_execpath;
  return script?.endsWith("npm-cli.js")
    ? { file: process.execPath, first: [script] }
    : { file: "npm", first: [] };
}

/** @returns {Promise<number>} the packed size in bytes */
async function packedBytes() {
  const { file, first } = npm();
  const shell = process.platform === "win32" && file === "npm";
  const { stdout } = await promisify(execFile)(file, [...first, ...PACK], {
    cwd: root,
    timeout: PACK_MS,
    shell,
  });
  return JSON.parse(stdout)[0].size;
}

/** Packages that an installation brings: this one, and those that the lock file does not mark as development. */
function installedPackages() {
  const { dependencies, optionalDependencies, peerDependencies } = readJson("package.json");
  const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  if (needed.length === 0) return 1;
  const entries = Object.entries(readJson("package-lock.json").packages);
  return 1 + entries.filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional).length;
}

/**
 * The size of a download.
 * @returns {Promise<Tarball>}
 */
export async function measureTarball() {
  return { bytes: await packedBytes(), packages: installedPackages() };
}
