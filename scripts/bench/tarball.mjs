import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** @typedef {{ bytes: number, packages: number }} Tarball */

const PACK = ["pack", "--dry-run", "--json", "--ignore-scripts"];
const PACK_MS = 120_000;

const root = fileURLToPath(new URL("../../", import.meta.url));
const readJson = (/** @type {string} */ name) => JSON.parse(readFileSync(`${root}${name}`, "utf8"));

/** Under `npm run` npm tells where it is; elsewhere it is looked for in the path. */
const npm = () => {
  const script = process.env.npm_execpath;
  return script?.endsWith("npm-cli.js")
    ? { file: process.execPath, first: [script] }
    : { file: "npm", first: [] };
};

/** @returns {Promise<number>} the packed size in bytes */
const packedBytes = async () => {
  const { file, first } = npm();
  const shell = process.platform === "win32" && file === "npm";
  const { stdout } = await promisify(execFile)(file, [...first, ...PACK], {
    cwd: root,
    timeout: PACK_MS,
    shell,
  });
  return JSON.parse(stdout)[0].size;
};

/** How many packages an installation brings: this one, and what the lock file does not keep for development. */
const installedPackages = () => {
  const { dependencies, optionalDependencies, peerDependencies } = readJson("package.json");
  const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  if (needed.length === 0) return 1;
  const entries = Object.entries(readJson("package-lock.json").packages);
  return 1 + entries.filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional).length;
};

/**
 * What a user downloads.
 * @returns {Promise<Tarball>}
 */
export const measureTarball = async () => ({ bytes: await packedBytes(), packages: installedPackages() });
