import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Environment, type Finished, run, start } from "../../support/program.ts";

const README = readFileSync("README.md", "utf8");
/** The lines of every shell block. */
const LINES = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);
const NPX = "npx -y @lightfastai/mcp@latest ";

type Step = {
  /** Words and input that replace a terminal, an account, and the network. */
  readonly more?: readonly string[];
  readonly input?: string;
  readonly shows: (finished: Finished, home: string) => void;
};

function cursorEntry(home: string) {
  return JSON.parse(readFileSync(join(home, ".cursor", "mcp.json"), "utf8")).mcpServers.lightfast;
}

/** What each documented command of the program does. */
const STEPS: Readonly<Record<string, Step>> = {
  'signal create "Ada Lovelace (@ada) asked for the invoice again" --sandbox --wait': {
    shows: ({ stdout }) => expect(stdout).toMatch(/classified/i),
  },
  "install --remote": {
    more: ["--all", "--yes"],
    shows: (_, home) => expect(cursorEntry(home)).toEqual({ url: "https://mcp.lightfast.ai/mcp" }),
  },
  login: {
    more: ["--stdin"],
    input: "lf_sandbox\n",
    shows: ({ stdout }) => expect(stdout).toContain("Logged in"),
  },
  install: {
    more: ["--all", "--yes"],
    shows: (_, home) => expect(JSON.stringify(cursorEntry(home))).toContain("lightfast-mcp"),
  },
  doctor: {
    more: ["--offline"],
    shows: ({ stdout }) => expect(stdout).toContain("✔ API key"),
  },
};

test("every command of the README works, in its order", async () => {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-reader-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, ".cursor"));
  const env: Environment = { HOME: home, USERPROFILE: home };
  const emulator = start(["sandbox", "--port", "0"]);
  const [lines] = await once(emulator.stdout.setEncoding("utf8"), "data");
  const origin = /LIGHTFAST_BASE_URL=(\S+)/.exec(String(lines))?.[1] ?? "";
  const commands = LINES.filter((line) => line.startsWith(NPX)).map((line) => line.slice(NPX.length));
  expect(commands.sort()).toEqual(Object.keys(STEPS).sort());
  for (const [command, { more = [], input, shows }] of Object.entries(STEPS)) {
    const words = command.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
    const isSandbox = words.includes("--sandbox");
    const finished = await run(
      [...words, ...more],
      isSandbox ? env : { ...env, LIGHTFAST_BASE_URL: origin },
      input,
    );
    expect.soft(finished, command).toMatchObject({ code: 0 });
    shows(finished, home);
  }
});

test("the demo prints the conversation", () => {
  expect(LINES).toContain("npm ci && npm run demo");
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  // The build before it prints nothing.
  expect(scripts.demo).toBe("tsup --silent && node scripts/demo.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/demo.mjs"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^Connected to lightfast [\d.]+\. Tools: lightfast_/);
  expect(stdout).toContain("The signal is classified:");
});

test("its other commands are those for contributors", () => {
  expect(LINES.filter((line) => !line.startsWith(NPX))).toEqual([
    "npm ci && npm run demo",
    "npm ci && npm test",
  ]);
});
