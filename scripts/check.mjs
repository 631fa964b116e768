// Runs the checks at the same time, because most of them use one processor. With the argument `build` it also builds and checks
// the package. Prints the output of what failed, and then exits with 1.
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

const CHECKS = {
  types: "tsc --noEmit",
  lint: "biome check",
  "unused code": "knip",
  language: "node scripts/check-language.mjs",
};
const BUILD = { build: "tsup && publint --strict" };

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
  const passed = code === 0;
  process.stdout.write(
    `${passed ? "" : output}${passed ? "passed" : "FAILED"}: ${name} (${command}), ${seconds} s\n`,
  );
  return passed;
}

const commands = { ...CHECKS, ...(process.argv[2] === "build" ? BUILD : {}) };
const results = await Promise.all(Object.entries(commands).map(([name, command]) => check(name, command)));
process.exitCode = results.every(Boolean) ? 0 : 1;
