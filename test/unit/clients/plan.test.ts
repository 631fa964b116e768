import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apply } from "../../../src/clients/apply.ts";
import { formatSnippet, isInstalled, mayHaveEntry, planEdit } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import { approveAll, createJob, makeHome, prepare, read, toUninstall } from "../../support/clients/jobs.ts";

function installedIn(home: string, project?: string): readonly string[] {
  return CLIENTS.filter((client) =>
    isInstalled({ client, system: { platform: "linux", home, env: {} }, project }),
  ).map(({ id }) => id);
}

test("no client is installed in an empty home", () => {
  expect(installedIn(makeHome())).toEqual([]);
});

test("a client is installed if its folder or its file exists", () => {
  const home = makeHome();
  mkdirSync(join(home, ".cursor"));
  mkdirSync(join(home, ".config/Code/User"), { recursive: true });
  writeFileSync(join(home, ".claude.json"), "{}");
  expect(installedIn(home)).toEqual(["claude-code", "cursor", "vscode"]);
});

test("Claude Code is installed if its folder exists; the home directory proves nothing", () => {
  const home = makeHome();
  mkdirSync(join(home, ".claude"));
  expect(installedIn(home)).toEqual(["claude-code"]);
});

test("a file in place of the folder is not a client", () => {
  const home = makeHome();
  writeFileSync(join(home, ".cursor"), "");
  expect(installedIn(home)).toEqual([]);
});

test("a project uses the clients whose folder or file it contains", () => {
  const project = makeHome();
  expect(installedIn(makeHome(), project)).toEqual([]);
  mkdirSync(join(project, ".vscode"));
  writeFileSync(join(project, "opencode.jsonc"), "{}");
  expect(installedIn(makeHome(), project)).toEqual(["opencode", "vscode", "vscode-insiders"]);
  mkdirSync(join(project, ".github"));
  mkdirSync(join(project, ".agents"));
  expect(installedIn(makeHome(), project)).toEqual(["opencode", "vscode", "vscode-insiders"]);
  writeFileSync(join(project, ".github/mcp.json"), "{}");
  expect(installedIn(makeHome(), project)).toEqual(["opencode", "copilot", "vscode", "vscode-insiders"]);
});

test.each(CLIENTS.map(({ id }) => id))("%s: the snippet is the content of a new file", async (id) => {
  const job = createJob(id, { home: makeHome() });
  const file = prepare(job);
  await apply(job, approveAll);
  expect(`${formatSnippet(job)}\n`).toBe(read(file));
});

test("mayHaveEntry is true for a file with the entry, and for an unreadable one", () => {
  const job = toUninstall(createJob("cursor", { home: makeHome() }));
  const file = prepare(job, "{}");
  expect(mayHaveEntry(job)).toBe(false);
  writeFileSync(file, "{");
  expect(mayHaveEntry(job)).toBe(true);
  writeFileSync(file, '{"mcpServers": {"lightfast": {"command": "lightfast-mcp"}}}');
  expect(mayHaveEntry(job)).toBe(true);
});

test("planning writes nothing and returns the old and the new content", async () => {
  const job = createJob("cursor", { home: makeHome() });
  const file = prepare(job, '{"a": 1}\n');
  const { snapshot, entry, text } = planEdit(job);
  expect(read(file)).toBe('{"a": 1}\n');
  expect(snapshot.content?.text).toBe('{"a": 1}\n');
  expect(JSON.parse(text ?? "")).toEqual({ a: 1, mcpServers: { lightfast: entry } });
  await apply(job, approveAll);
  expect(read(file)).toBe(text);
});
