import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createServerCommand, startsServer } from "../../../src/clients/entries.ts";
import { userPath } from "../../../src/config/folders.ts";
import { launcherFile } from "../../../src/installation/copy.ts";
import { chooseLaunch, stableNodePath } from "../../../src/installation/launch.ts";
import { LFX_ENTRIES } from "../../../src/platforms/lfx/config/entries.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { placeFile, pretendPlatform, temporaryHome } from "../../support/home.ts";

const LATEST = "@lightfastai/mcp@latest";

test("by default entries start the copy", () => {
  temporaryHome();
  const { launch, isChosen } = chooseLaunch({ isShared: false });
  expect(launch).toEqual([stableNodePath(), launcherFile()]);
  expect(isChosen).toBe(false);
});

test("npx gets a prefix outside of projects, and in a shared file one that every machine has", () => {
  temporaryHome();
  pretendPlatform("linux");
  const own = ["npx", `--prefix=${userPath("data", "npx")}`, "-y", LATEST];
  expect(chooseLaunch({ npx: true, isShared: false })).toMatchObject({ launch: own, isChosen: true });
  expect(chooseLaunch({ isShared: true }).launch).toEqual(["npx", "--prefix=/", "-y", LATEST]);
});

test("on Windows, where npx is a script, a shell starts it, and nothing else", () => {
  temporaryHome();
  pretendPlatform("win32");
  expect(chooseLaunch({ isShared: true }).launch).toEqual(["cmd", "/c", "npx", "--prefix=/", "-y", LATEST]);
  expect(chooseLaunch({ isShared: false }).launch).toHaveLength(2);
});

describe.each([LIGHTFAST_ENTRIES, LFX_ENTRIES])("an entry for $title is known again", (rules) => {
  const other = rules === LFX_ENTRIES ? LIGHTFAST_ENTRIES : LFX_ENTRIES;

  test.each([
    ["copy", { isShared: false }],
    ["npx", { npx: true, isShared: false }],
    ["shared", { isShared: true }],
    ["program", { command: "/opt/my server", isShared: false }],
  ])("in the form %s", (_, flags) => {
    temporaryHome();
    const chosen = chooseLaunch(flags);
    if ("command" in flags) chosen.prepare();
    const { command, args } = createServerCommand({ name: "x", env: {}, launch: chosen.launch, rules });
    for (const entry of [{ command, args }, { command: [command, ...args] }, { cmd: command, args }]) {
      expect(startsServer(entry, rules)).toBe(true);
      expect(startsServer(entry, other)).toBe(false);
    }
  });
});

test("a program is known only after it was written, without arguments of its own", () => {
  temporaryHome();
  const entry = { command: "my-server", args: [] };
  expect(startsServer(entry, LIGHTFAST_ENTRIES)).toBe(false);
  chooseLaunch({ command: "my-server", isShared: false }).prepare();
  expect(startsServer(entry, LIGHTFAST_ENTRIES)).toBe(true);
  expect(startsServer({ ...entry, args: ["--read-only"] }, LIGHTFAST_ENTRIES)).toBe(true);
  expect(startsServer({ ...entry, args: ["another.js"] }, LIGHTFAST_ENTRIES)).toBe(false);
  expect(startsServer({ command: "other", args: ["my-server"] }, LIGHTFAST_ENTRIES)).toBe(false);
});

test("at most 20 programs are remembered, the last ones", () => {
  temporaryHome();
  const names = Array.from({ length: 25 }, (_, index) => `server-${index}`);
  for (const command of names) chooseLaunch({ command, isShared: false }).prepare();
  const known = names.filter((command) => startsServer({ command }, LIGHTFAST_ENTRIES));
  expect(known).toEqual(names.slice(5));
});

test.each(["", "{}", '[7, "my-server"', "null"])("a list of programs that holds %j is empty", (text) => {
  temporaryHome();
  placeFile(userPath("data", "programs.json"), text);
  expect(startsServer({ command: "my-server" }, LIGHTFAST_ENTRIES)).toBe(false);
});

// Only administrators can create links on Windows.
describe.skipIf(process.platform === "win32")("the path of Node.js", () => {
  function makeRoot(): string {
    const root = mkdtempSync(join(tmpdir(), "lightfast-mcp-node-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    return root;
  }

  function makeNode(file: string): string {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    chmodSync(file, 0o755);
    return file;
  }

  function link(file: string, target: string): string {
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(target, file);
    return file;
  }

  test.each([
    [
      "Homebrew",
      "Cellar/node@22/22.1.0_1/bin/node",
      "opt/node@22",
      "Cellar/node@22/22.1.0_1",
      "opt/node@22/bin/node",
    ],
    [
      "mise",
      "mise/installs/node/22.1.0/bin/node",
      "mise/installs/node/22",
      "mise/installs/node/22.1.0",
      "mise/installs/node/22/bin/node",
    ],
    [
      "fnm",
      "fnm/node-versions/v22.1.0/installation/bin/node",
      "fnm/aliases/default",
      "fnm/node-versions/v22.1.0/installation",
      "fnm/aliases/default/bin/node",
    ],
  ])("of %s is that of its alias", (_, node, alias, target, expected) => {
    const root = makeRoot();
    const versioned = makeNode(join(root, node));
    link(join(root, alias), join(root, target));
    expect(stableNodePath(versioned, "")).toBe(join(root, expected));
  });

  test("behind a link for one shell, as Windows reports it, is that of the alias", () => {
    const root = makeRoot();
    const installation = join(root, "fnm/node-versions/v22.1.0/installation");
    const node = makeNode(join(installation, "node.exe"));
    const running = link(join(root, "fnm_multishells/1_2/node.exe"), node);
    expect(stableNodePath(running, "")).toBe(node);
    link(join(root, "fnm/aliases/default"), installation);
    expect(stableNodePath(running, "")).toBe(join(root, "fnm/aliases/default/node.exe"));
  });

  test("of an alias for another version is the versioned one", () => {
    const root = makeRoot();
    const versioned = makeNode(join(root, "Cellar/node/22.1.0/bin/node"));
    makeNode(join(root, "Cellar/node/23.0.0/bin/node"));
    link(join(root, "opt/node"), join(root, "Cellar/node/23.0.0"));
    expect(stableNodePath(versioned, "")).toBe(versioned);
  });

  test("without a version stays, whatever PATH has", () => {
    const root = makeRoot();
    const node = makeNode(join(root, "usr/bin/node"));
    expect(stableNodePath(node, dirname(link(join(root, "bin/node"), node)))).toBe(node);
  });

  test("in PATH counts if it is the same program, and not in a folder for one shell or project", () => {
    const root = makeRoot();
    const node = makeNode(join(root, "versions/v22.1.0/bin/node"));
    const other = makeNode(join(root, "other/node"));
    const folders = [
      dirname(other),
      "relative/bin",
      dirname(link(join(root, "fnm_multishells/1_2/bin/node"), node)),
      dirname(link(join(root, "project/node_modules/.bin/node"), node)),
    ];
    expect(stableNodePath(node, folders.join(delimiter))).toBe(node);
    const stable = link(join(root, "bin/node"), node);
    const path = [...folders, dirname(stable)].join(delimiter);
    expect(stableNodePath(node, path)).toBe(node);
    // Only now the test's own folder is none for temporary files.
    vi.stubEnv("TMPDIR", "/nonexistent");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(stableNodePath(node, path)).toBe(stable);
  });
});
