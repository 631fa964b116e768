import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apply } from "../../../src/clients/apply.ts";
import { isInstalled, mayHoldEntry, planOf, snippetOf } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import { makeHome, prepare, read, taskIn, undoing, yes } from "../../support/clients/homes.ts";

function installedIn(home: string, project?: string): readonly string[] {
  return CLIENTS.filter((client) =>
    isInstalled(client, { system: { platform: "linux", home, env: {} }, project }),
  ).map(({ id }) => id);
}

test("in an empty home nothing is installed", () => {
  expect(installedIn(makeHome())).toEqual([]);
});

test("a client is installed where its folder is, or its file", () => {
  const home = makeHome();
  mkdirSync(join(home, ".cursor"));
  mkdirSync(join(home, ".config/Code/User"), { recursive: true });
  writeFileSync(join(home, ".claude.json"), "{}");
  expect(installedIn(home)).toEqual(["claude-code", "cursor", "vscode"]);
});

test("Claude Code's folder proves it, the home directory around its file does not", () => {
  const home = makeHome();
  mkdirSync(join(home, ".claude"));
  expect(installedIn(home)).toEqual(["claude-code"]);
});

test("a file where a folder should be is no client", () => {
  const home = makeHome();
  writeFileSync(join(home, ".cursor"), "");
  expect(installedIn(home)).toEqual([]);
});

test("a project uses the clients whose folder or file it has", () => {
  const project = makeHome();
  expect(installedIn(makeHome(), project)).toEqual([]);
  mkdirSync(join(project, ".vscode"));
  writeFileSync(join(project, "opencode.jsonc"), "{}");
  expect(installedIn(makeHome(), project)).toEqual(["vscode", "vscode-insiders", "opencode"]);
});

test.each(CLIENTS.map(({ id }) => id))("%s: what is printed is what a new file holds", async (id) => {
  const task = taskIn(id, { home: makeHome() });
  const file = prepare(task);
  await apply(task, yes);
  expect(`${snippetOf(task)}\n`).toBe(read(file));
});

test("a file may hold our entry if it does, or if it cannot be read", () => {
  const task = undoing(taskIn("cursor", { home: makeHome() }));
  const file = prepare(task, "{}");
  expect(mayHoldEntry(task)).toBe(false);
  writeFileSync(file, "{");
  expect(mayHoldEntry(task)).toBe(true);
  writeFileSync(file, '{"mcpServers": {"lightfast": {"command": "lightfast-mcp"}}}');
  expect(mayHoldEntry(task)).toBe(true);
});

test("a plan knows what it is about to write, and takes nothing else for it", () => {
  const task = taskIn("cursor", { home: makeHome() });
  prepare(task, '{"a": 1}\n');
  const { change } = planOf(task);
  expect(change?.verify(change.text)).toBe(true);
  expect(change?.verify(`${change.text} `)).toBe(false);
  expect(change?.verify(undefined)).toBe(false);
});
