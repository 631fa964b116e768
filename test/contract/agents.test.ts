import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { programFile } from "../support/program.ts";
import { type Installation, install } from "./packages.ts";

const INSTALL_TIMEOUT_MS = 600_000;

type Agent = {
  readonly name: string;
  /** What `install` calls it. */
  readonly id: string;
  readonly package: string;
  readonly bin: string;
  /** The folder of its settings, relative to the home folder. */
  readonly folder: string;
  readonly showsEntry: boolean;
  readonly env?: Record<string, string>;
  /** Files that must exist before `install` finds the agent. */
  readonly files?: Record<string, string>;
};

const AGENTS: readonly Agent[] = [
  {
    name: "Claude Code",
    id: "claude-code",
    package: "@anthropic-ai/claude-code@2.1.329",
    bin: "claude",
    folder: ".claude",
    showsEntry: true,
    env: { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_TELEMETRY: "1" },
    files: { ".claude.json": "{}\n" },
  },
  {
    name: "Codex",
    id: "codex",
    package: "@openai/codex@0.171.0",
    bin: "codex",
    folder: ".codex",
    showsEntry: true,
  },
  {
    name: "Gemini CLI",
    id: "gemini",
    package: "@google/gemini-cli@0.61.0",
    bin: "gemini",
    folder: ".gemini",
    showsEntry: false,
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  },
  {
    name: "Qwen Code",
    id: "qwen",
    package: "@qwen-code/qwen-code@0.24.4",
    bin: "qwen",
    folder: ".qwen",
    showsEntry: false,
  },
  {
    name: "Copilot CLI",
    id: "copilot",
    package: "@github/copilot@1.0.102",
    bin: "copilot",
    folder: ".copilot",
    showsEntry: true,
  },
  {
    name: "Factory Droid",
    id: "droid",
    package: "droid@0.215.0",
    bin: "droid",
    folder: ".factory",
    showsEntry: false,
  },
];

/** No server listens there: the client only has to read the entry. */
const REMOTE_URL = "http://127.0.0.1:9/lightfast/mcp";

describe.each(AGENTS)("$name", ({ id, package: name, bin, folder, showsEntry, env = {}, files = {} }) => {
  let installation: Installation;
  beforeAll(() => {
    installation = install(id, [name]);
  }, INSTALL_TIMEOUT_MS);

  test("reads the entry that install writes, and no entry after uninstall", async () => {
    // Codex prints the folder, so its name must not be that of the entry.
    const home = mkdtempSync(join(tmpdir(), "mcp-agent-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, folder), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(home, file), text);
    const options = {
      env: { HOME: home, USERPROFILE: home, CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", ...env },
      cwd: home,
    };
    const ours = (...args: string[]) => installation.run(process.execPath, [programFile(), ...args], options);
    const agent = async (...args: string[]) => {
      const { code, stdout, stderr } = await installation.run(
        join(installation.modules, ".bin", bin),
        args,
        options,
      );
      return { code, output: `${stdout}${stderr}` };
    };

    expect(await ours("install", id, "--yes", "--sandbox")).toMatchObject({ code: 0 });
    expect(await agent("mcp", "list")).toMatchObject({
      code: 0,
      output: expect.stringContaining("lightfast"),
    });
    if (showsEntry)
      expect(await agent("mcp", "get", "lightfast")).toMatchObject({
        code: 0,
        output: expect.stringContaining("lightfast-mcp"),
      });
    expect(await ours("install", id, "--yes", "--remote", REMOTE_URL)).toMatchObject({ code: 0 });
    const { output } = await agent("mcp", "list");
    expect(output).toContain("lightfast");
    if (showsEntry) expect((await agent("mcp", "get", "lightfast")).output).toContain(REMOTE_URL);
    expect(await ours("uninstall", id, "--yes")).toMatchObject({ code: 0 });
    expect((await agent("mcp", "list")).output).not.toContain("lightfast");
  });
});
