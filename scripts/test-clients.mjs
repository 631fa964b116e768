// Drives other people's clients against the built server. They are large and need Node.js 22, so they are installed into
// a folder of their own, and this is no part of `npm test`.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inspector } from "./clients/inspector.mjs";
import { installedClient } from "./clients/installed.mjs";

const CLIENTS = [
  inspector,
  installedClient({
    name: "Claude Code",
    id: "claude-code",
    packages: ["@anthropic-ai/claude-code@2.1.329"],
    bin: "claude",
    folder: ".claude",
    list: ["mcp", "list"],
    get: ["mcp", "get", "lightfast"],
    env: { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_TELEMETRY: "1" },
  }),
  installedClient({
    name: "Codex",
    id: "codex",
    packages: ["@openai/codex@0.169.0"],
    bin: "codex",
    folder: ".codex",
    list: ["mcp", "list"],
    get: ["mcp", "get", "lightfast"],
  }),
  installedClient({
    name: "Gemini CLI",
    id: "gemini",
    packages: ["@google/gemini-cli@0.61.0"],
    bin: "gemini",
    folder: ".gemini",
    list: ["mcp", "list"],
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  }),
];
const RUN_TIMEOUT_MS = 60_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, ".clients");
const modules = join(folder, "node_modules");
const node = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

let passed = 0;
let failed = 0;

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/** @type {Parameters<import("./clients/types.d.ts").ForeignClient["check"]>[0]["expect"]} */
const expect = (holds, what, seen) => {
  say(`  ${holds ? "✔" : "✖"} ${what}`);
  if (holds) passed += 1;
  else {
    failed += 1;
    say(
      `    exit ${seen.code}\n    ${`${seen.stdout}\n${seen.stderr}`.trim().slice(0, 2000).replaceAll("\n", "\n    ")}`,
    );
  }
};

/** @type {Parameters<import("./clients/types.d.ts").ForeignClient["check"]>[0]["run"]} */
const run = (command, args, { env = {}, cwd = folder } = {}) =>
  new Promise((done) => {
    const path = `${dirname(node)}:${process.env.PATH}`;
    execFile(
      command,
      args,
      { cwd, env: { ...process.env, PATH: path, ...env }, timeout: RUN_TIMEOUT_MS, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        done({ code: error ? (typeof error.code === "number" ? error.code : null) : 0, stdout, stderr });
      },
    ).stdin?.end();
  });

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
const packages = ["node@22", ...CLIENTS.flatMap((client) => client.packages)];
say(`Installing ${packages.join(", ")}`);
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--no-save", ...packages], {
  cwd: folder,
  stdio: "ignore",
});

const program = [process.execPath, join(root, "bin", "lightfast-mcp.js")];
for (const client of CLIENTS) {
  say(client.name);
  await client.check({ node, modules, program, run, expect });
}
say(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
