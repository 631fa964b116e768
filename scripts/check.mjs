// Runs the scripts `check:…` of package.json at the same time, because most of them use one processor. The one that needs a build
// runs only with `--build`. Prints the output of what fails, and then exits with 1.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";

const NEEDS_BUILD = "check:package";

/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const isBuilding = process.argv[2] === "--build";
const checks = Object.entries(scripts).filter(
  ([name]) => name.startsWith("check:") && (isBuilding || name !== NEEDS_BUILD),
);
const results = await Promise.all(checks.map(([name, command]) => check(name, command)));
process.exitCode = results.every(Boolean) ? 0 : 1;

/**
 * @param {string} name
 * @param {string} command found in the PATH of `npm run`
 * @returns {Promise<boolean>} whether it succeeded
 */
async function check(name, command) {
  const started = performance.now();
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(code === 0 ? "" : `${output}\n`);
  process.stdout.write(`${code === 0 ? "passed" : "FAILED"}: ${name}, ${seconds} s\n`);
  return code === 0;
}
