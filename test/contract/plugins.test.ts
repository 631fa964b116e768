import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { programFile } from "../support/program.ts";
import { type Installation, install } from "./packages.ts";

const INSTALL_TIMEOUT_MS = 600_000;
const REPOSITORY = resolve(".");
const PLUGIN = resolve("plugins/lightfast");
const START = `--prefix=/ -y @lightfastai/mcp@${packageJson.version}`;

type Agent = {
  readonly name: string;
  readonly package: string;
  readonly bin: string;
  readonly env?: Record<string, string>;
  /** What to run, and the texts that each prints. */
  readonly steps: readonly (readonly [args: readonly string[], ...texts: string[]])[];
};

/** What the documentation says about installing the plugin (docs/clients.md), with this repository instead of GitHub's. */
const AGENTS: readonly Agent[] = [
  {
    name: "Claude Code",
    package: "@anthropic-ai/claude-code@2.1.329",
    bin: "claude",
    env: { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_TELEMETRY: "1" },
    steps: [
      [["plugin", "validate", PLUGIN], "Validation passed"],
      [["plugin", "validate", REPOSITORY], "Validation passed"],
      [["plugin", "marketplace", "add", REPOSITORY], "Successfully added marketplace: lightfast"],
      [["plugin", "install", "lightfast@lightfast"], "Successfully installed plugin"],
      [["plugin", "details", "lightfast"], "MCP servers (1)  lightfast"],
      [["mcp", "list"], START, "Connected"],
    ],
  },
  {
    name: "Codex",
    package: "@openai/codex@0.171.0",
    bin: "codex",
    steps: [
      [["plugin", "marketplace", "add", REPOSITORY], "Added marketplace `lightfast`"],
      [["plugin", "add", "lightfast@lightfast"], "Added plugin `lightfast`"],
      [["plugin", "list"], `installed, enabled  ${packageJson.version}`],
      [["mcp", "list"], START, "LIGHTFAST_API_KEY"],
    ],
  },
  {
    name: "Gemini CLI",
    package: "@google/gemini-cli@0.61.0",
    bin: "gemini",
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
    steps: [
      [["extensions", "validate", PLUGIN], "successfully validated"],
      [["extensions", "install", PLUGIN, "--consent"], '"lightfast" installed successfully'],
      [["mcp", "list"], START, "Connected"],
    ],
  },
  {
    name: "Copilot CLI",
    package: "@github/copilot@1.0.102",
    bin: "copilot",
    steps: [
      [["plugin", "marketplace", "add", REPOSITORY], '"lightfast" added successfully'],
      [["plugin", "install", "lightfast@lightfast"], '"lightfast" installed successfully'],
      [["mcp", "list"], "lightfast (local)"],
    ],
  },
];

describe.each(AGENTS)("$name", ({ package: name, bin, env = {}, steps }) => {
  let installation: Installation;
  beforeAll(() => {
    installation = install(`plugin-${bin}`, [name]);
  }, INSTALL_TIMEOUT_MS);

  test("installs the plugin and starts its server", async () => {
    const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-plugin-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const options = {
      env: {
        HOME: home,
        USERPROFILE: home,
        CODEX_HOME: "",
        CLAUDE_CONFIG_DIR: "",
        // Nothing listens there: no agent reaches any other address.
        HTTPS_PROXY: "http://127.0.0.1:9",
        PATH: [putNpxInto(home), process.env.PATH].join(delimiter),
        ...env,
      },
      cwd: home,
    };
    for (const [args, ...texts] of steps) {
      const command = join(installation.modules, ".bin", bin);
      const { stdout, stderr } = await installation.run(command, [...args], options);
      const output = `${stdout}${stderr}`;
      for (const text of texts) expect(output, `${bin} ${args.join(" ")}`).toContain(text);
    }
  });
});

/** Makes the packed program what npx starts, because the version of the plugin may not be published yet. */
function putNpxInto(home: string): string {
  const folder = join(home, "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "npx"), `#!/bin/sh\nexec "${process.execPath}" "${programFile()}"\n`);
  chmodSync(join(folder, "npx"), 0o755);
  return folder;
}
