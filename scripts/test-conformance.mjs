// Runs the server scenarios of the public MCP conformance suite against the built server. The suite needs Node.js 22, so
// it is installed into a folder of its own, and this is no part of `npm test`.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { readResults, tally } from "./conformance/results.mjs";
import { CHECKS_NOT_APPLICABLE, NOT_APPLICABLE, RUNS } from "./conformance/runs.mjs";
import { startServer } from "./conformance/server.mjs";

const RUN_TIMEOUT_MS = 120_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const base = join(root, ".clients");

let failed = 0;
/** Rows of the tables that spoke about something; the others have outlived what they were for. */
const used = new Set();

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/** @param {string} text */
const fail = (text) => {
  failed += 1;
  say(`  ✖ ${text}`);
};

/** @param {string} version */
const folderOf = (version) => join(base, `conformance-${version}`);

/** @param {string} version */
const install = (version) => {
  const folder = folderOf(version);
  const packages = ["node@22", `@modelcontextprotocol/conformance@${version}`];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  say(`Installing ${packages.join(", ")}`);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--no-save", ...packages], {
    cwd: folder,
    stdio: "ignore",
  });
};

/**
 * Runs the suite once. Its exit code counts the scenarios that do not apply too, so its files are read instead.
 * @param {import("./conformance/runs.mjs").Run} run
 * @param {string} url
 */
const runSuite = ({ version, args }, url) => {
  const modules = join(folderOf(version), "node_modules");
  const node = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  const suite = join(modules, "@modelcontextprotocol", "conformance", "dist", "index.js");
  const output = join(folderOf(version), "results");
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  const options = { timeout: RUN_TIMEOUT_MS, maxBuffer: 2 ** 26 };
  return new Promise((done) => {
    execFile(
      node,
      [suite, "server", "--url", url, ...args, "-o", output],
      options,
      (error, stdout, stderr) => {
        const said = `${stdout}\n${stderr}`.trim();
        if (!said.includes("=== SUMMARY ==="))
          fail(`the suite did not finish: ${error}\n${said.slice(-2000)}`);
        done(readResults(output));
      },
    );
  });
};

/**
 * One line for a scenario that applies, and one more for each of its checks that failed.
 * @param {string} name
 * @param {import("./conformance/results.mjs").Check[]} checks
 */
const judge = (name, checks) => {
  const counted = checks.filter(({ id }) => !CHECKS_NOT_APPLICABLE.has(id));
  const failures = counted.filter(({ status }) => status === "FAILURE");
  // A scenario that checked nothing has shown nothing.
  const holds = failures.length === 0 && counted.some(({ status }) => status === "SUCCESS");
  if (!holds) fail(`${name}: ${tally(counted)}`);
  else say(`  ✔ ${name}: ${tally(counted)}`);
  for (const { id, errorMessage, description } of failures)
    say(`      ${id}: ${errorMessage ?? description}`);
  for (const { id } of checks) {
    const reason = CHECKS_NOT_APPLICABLE.get(id);
    if (!reason) continue;
    used.add(id);
    say(`      ${id} does not apply: ${reason}`);
  }
};

/**
 * @param {import("./conformance/runs.mjs").Run} run
 * @param {Map<string, import("./conformance/results.mjs").Check[]>} results
 */
const report = ({ name: run, applies }, results) => {
  say(run);
  for (const name of applies) {
    const checks = results.get(name);
    if (checks?.length) judge(name, checks);
    else fail(`${name}: did not run`);
  }
  for (const name of results.keys()) {
    if (applies.includes(name)) continue;
    const row = NOT_APPLICABLE.find(([prefix]) => name.startsWith(prefix));
    if (!row) {
      fail(`${name}: neither listed as one that applies nor as one that does not`);
      continue;
    }
    used.add(row[0]);
    say(`  – ${name} does not apply: ${row[1]}`);
  }
};

for (const version of new Set(RUNS.map((run) => run.version))) install(version);
const server = await startServer(join(root, "bin", "lightfast-mcp.js"), base);
try {
  for (const run of RUNS) report(run, await runSuite(run, server.url));
} finally {
  await server.stop();
}
for (const entry of [...NOT_APPLICABLE.map(([prefix]) => prefix), ...CHECKS_NOT_APPLICABLE.keys()]) {
  if (!used.has(entry)) fail(`${entry}: listed as not applicable, but no run has it`);
}
say(failed > 0 ? `\n${failed} failed` : "\nEvery scenario that applies passed");
process.exitCode = failed > 0 ? 1 : 0;
