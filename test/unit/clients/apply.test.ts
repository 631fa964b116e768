import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { apply, formatDiff, type Preview, settle } from "../../../src/clients/apply.ts";
import { createEntry, toConfigValues } from "../../../src/clients/entries.ts";
import { FileChangedError, replaceFile } from "../../../src/clients/files.ts";
import { getIn, toPlain } from "../../../src/clients/formats/format.ts";
import { configFiles, FORMATS, type InstallJob } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Client } from "../../../src/clients/types.ts";
import { editConcurrently } from "../../support/clients/concurrent-edits.ts";
import { DOCUMENTED, REMOTE_URL } from "../../support/clients/documented.ts";
import {
  approveAll,
  backupsOf,
  createJob,
  fileOf,
  listFolder,
  makeHome,
  prepare,
  read,
  toUninstall,
} from "../../support/clients/jobs.ts";
import { DAMAGED, sampleTexts } from "../../support/clients/texts.ts";

vi.mock("../../../src/clients/files.ts", async (importOriginal) => {
  const files = await importOriginal<typeof import("../../../src/clients/files.ts")>();
  return { ...files, replaceFile: vi.fn(files.replaceFile) };
});

async function skipWait(): Promise<void> {}

describe("apply", () => {
  const TEXT = '{\n  "mcpServers": {\n    "github": {}\n  }\n}\n';

  test("a second install changes nothing, asks nothing and writes no backup", async () => {
    for (const id of ["cursor", "vscode", "codex", "goose"]) {
      const job = createJob(id, { home: makeHome() });
      const file = prepare(job);
      await apply(job, approveAll);
      const [text, names] = [read(file), listFolder(file)];
      const approve = vi.fn(approveAll);
      expect(await apply(job, approve)).toEqual({ client: id, file, outcome: "unchanged" });
      expect(approve).not.toHaveBeenCalled();
      expect([read(file), listFolder(file)]).toEqual([text, names]);
    }
  });

  test("uninstall reports a file without the entry", async () => {
    const job = createJob("cursor", { home: makeHome(), action: "uninstall" });
    const file = prepare(job, TEXT);
    const absent = {
      client: "cursor",
      file,
      outcome: "absent",
      message: `${file} has no server named "lightfast".`,
    };
    expect(await apply(job, approveAll)).toEqual(absent);
    expect(listFolder(file)).toEqual(["mcp.json"]);
    rmSync(dirname(file), { recursive: true });
    expect(await apply(job, approveAll)).toEqual(absent);
  });

  test("the preview shows the edit, and a rejected edit changes nothing", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const approve = vi.fn(async () => false);
    expect(await apply(job, approve)).toMatchObject({ client: "cursor", file, outcome: "planned" });
    expect(approve).toHaveBeenCalledWith({
      job,
      file,
      diff: expect.stringContaining('+    "lightfast": {'),
      changes: [],
      warnings: [],
    });
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("an error of the approval is passed on, and nothing is written", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    await expect(apply(job, () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("the content before the first entry is kept in one backup, which uninstall removes", async () => {
    const home = makeHome();
    const job = createJob("cursor", { home });
    const file = prepare(job, TEXT);
    const { backup = "" } = await apply(job, approveAll);
    expect(backup).toBe(join(backupsOf(home), ...file.split("/")));
    expect([read(backup), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
    writeFileSync(file, read(file).replace("{}", '{ "a": 1 }'));
    const again = createJob("cursor", { home, profile: "work" });
    expect(await apply(again, approveAll)).toMatchObject({ outcome: "written", backup });
    expect(read(backup)).toBe(TEXT);
    const other = createJob("cursor", { home, name: "second" });
    await apply(other, approveAll);
    await apply(toUninstall(again), approveAll);
    expect(read(backup)).toBe(TEXT);
    expect(await apply(toUninstall(other), approveAll)).not.toHaveProperty("backup");
    expect(existsSync(backupsOf(home))).toBe(false);
    expect(read(file)).toBe(TEXT.replace("{}", '{ "a": 1 }'));
  });

  test("a backup from before a time without an entry is replaced", async () => {
    const home = makeHome();
    const job = createJob("cursor", { home });
    const file = prepare(job, TEXT);
    const { backup = "" } = await apply(job, approveAll);
    writeFileSync(file, '{"mcpServers": {"new": {}}}');
    await apply(job, approveAll);
    expect(read(backup)).toBe('{"mcpServers": {"new": {}}}');
  });

  describe("a backup is kept and named if it may be the only copy of", () => {
    /** Adds the entry to a file, changes the file, and finishes: with what it says, and the backups with their texts. */
    const finish = async (
      before: string,
      after: string,
      again: (job: InstallJob) => InstallJob = toUninstall,
    ) => {
      const home = makeHome();
      const job = createJob("cursor", { home });
      const file = prepare(job, before);
      const { backup = "" } = await apply(job, approveAll);
      writeFileSync(file, after === "" ? read(file) : after);
      const result = await apply(again(job), approveAll);
      const folder = dirname(backup);
      const texts = existsSync(folder) ? readdirSync(folder).map((name) => read(join(folder, name))) : [];
      return { ...result, backup, texts, file };
    };
    const withServer = (server: object): string =>
      JSON.stringify({ mcpServers: { github: server } }, null, 2);
    const ENTRY = { command: "lightfast-mcp" };

    test.each([
      ["a key", { env: { GITHUB_TOKEN: "ghp_1" } }],
      ["a header", { headers: { Authorization: "Bearer abc" } }],
      ["a password in a URL", { url: "https://ada:hush@mcp.example.com/" }],
      ["a key on a command line", { args: ["--api-key", "abc"] }],
    ])("%s", async (_, server) => {
      const before = withServer(server);
      const after = JSON.stringify({ mcpServers: { lightfast: ENTRY } });
      const { message, texts, backup, file } = await finish(before, after);

      expect(texts).toEqual([before]);
      const reason = `A backup was kept, because it has a key or another secret that ${file} no longer has.`;
      expect(message).toContain(`${reason} Delete it when you no longer need it: ${backup}.`);
      expect(read(message?.split(": ").at(-1) ?? "")).toBe(before);
    });

    test("the key of an entry that was there before the first install", async () => {
      const before = JSON.stringify({
        mcpServers: { lightfast: { ...ENTRY, env: { LIGHTFAST_API_KEY: "lf_own12" } } },
      });
      expect(await finish(before, "")).toMatchObject({
        texts: [before],
        changes: ["Removes the API key in this entry. Keep a copy if you have no other."],
        message: expect.stringContaining("A backup was kept"),
      });
    });

    test("a key, also when the entry is installed again", async () => {
      const [before, after] = [withServer({ env: { GITHUB_TOKEN: "ghp_1" } }), withServer({})];
      const { texts, message } = await finish(before, after, (job) => job);
      expect(texts.sort()).toEqual([before, after].sort());
      expect(message).toContain("A backup was kept");
    });

    test.each([
      ["a secret that the file still has", { env: { GITHUB_TOKEN: "ghp_1" } }],
      ["a reference to a variable", { env: { GITHUB_TOKEN: `\${GITHUB_TOKEN}` } }],
    ])("nothing: %s", async (_, server) => {
      expect(await finish(withServer(server), "")).toMatchObject({
        texts: [],
        message: "Restart Cursor.",
      });
    });
  });

  test("a project has no backup", async () => {
    const home = makeHome();
    const job = createJob("claude-code", { home, project: home });
    writeFileSync(join(home, ".mcp.json"), TEXT);
    expect(await apply(job, approveAll)).not.toHaveProperty("backup");
    expect(readdirSync(home)).toEqual([".mcp.json"]);
  });

  test.each([
    ["changes", '{"theirs": 1}'],
    ["deletes", undefined],
    ["creates", TEXT],
  ])("a file that another program %s in the meantime keeps that change", async (verb, theirs) => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, verb === "creates" ? undefined : TEXT);
    const previews: string[] = [];
    const result = await apply(job, async ({ diff }) => {
      previews.push(diff);
      if (previews.length > 1) return true;
      if (theirs === undefined) rmSync(file);
      else writeFileSync(file, theirs);
      return true;
    });
    expect(result).toMatchObject({ outcome: "written" });
    const expected = theirs === undefined ? {} : JSON.parse(theirs);
    expect(JSON.parse(read(file))).toMatchObject(expected);
    expect(read(file)).toContain("lightfast");
    expect(listFolder(file)).toEqual(["mcp.json"]);
    // The edit is shown again, because its lines differ.
    expect(previews).toHaveLength(2);
  });

  test("a file that changes all the time is given up, with the next step, and keeps its content", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    let count = 0;
    vi.mocked(replaceFile).mockImplementation(() => {
      count += 1;
      throw new FileChangedError("changed");
    });
    const waits: number[] = [];
    const result = await apply(job, approveAll, async (time) => void waits.push(time));
    vi.mocked(replaceFile).mockReset();
    expect(result).toMatchObject({
      outcome: "failed",
      message: `${file} keeps changing because another program writes to it. Quit Cursor, then run the command again.`,
    });
    expect([count, waits.length, read(file), existsSync(job.backups ?? "")]).toEqual([20, 20, TEXT, false]);
  });

  test("an edit that another program reverts right after the write is made again", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const replace = vi.mocked(replaceFile).getMockImplementation();
    vi.mocked(replaceFile).mockImplementationOnce((...args) => {
      replace?.(...args);
      writeFileSync(file, '{"theirs": 1}');
    });
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written" });
    expect(JSON.parse(read(file))).toMatchObject({ theirs: 1, mcpServers: { lightfast: {} } });
  });

  test("VS Code's prompt for the key goes with the last reference to it", async () => {
    const home = makeHome();
    const job = createJob("vscode", { home });
    const text = '{\n  "servers": {},\n  "inputs": [\n    { "id": "theirs" }\n  ]\n}\n';
    const file = prepare(job, text);
    const withProfile = createJob("vscode", { home, profile: "work" });
    await apply(job, approveAll);
    expect(read(file)).toContain("promptString");
    expect(await apply(withProfile, approveAll)).toMatchObject({
      diff: expect.stringContaining('-      "type": "promptString"'),
    });
    expect(read(file)).not.toContain("promptString");
    // One that another entry refers to stays, and one that the user changed.
    for (const [old, changed] of [
      ['"servers": {', `"servers": { "b": { "env": { "KEY": "\${input:lightfast-api-key}" } },`],
      ["Lightfast API key", "my key"],
    ] as const) {
      writeFileSync(file, text);
      await apply(job, approveAll);
      writeFileSync(file, read(file).replace(old, changed));
      await apply(withProfile, approveAll);
      expect(read(file)).toContain("promptString");
    }
    writeFileSync(file, text);
    await apply(job, approveAll);
    await apply(toUninstall(job), approveAll);
    expect(read(file)).toBe(text);
    // An earlier version left it behind.
    const [, input] = toConfigValues(job.client, job.server, createEntry(job.client, job.server));
    await apply(withProfile, approveAll);
    writeFileSync(file, read(file).replace('{ "id": "theirs" }', JSON.stringify(input?.value)));
    await apply(toUninstall(withProfile), approveAll);
    expect(read(file)).not.toContain("promptString");
  });

  test("a comment in a list stays, or its loss is shown in words", async () => {
    for (const [id, text, lost] of [
      [
        "cursor",
        '{"mcpServers": {"lightfast": {"command": "npx", "args": [ // mine\n"@lightfastai/mcp"]}}}',
        1,
      ],
      ["codex", '[mcp_servers.lightfast]\ncommand = "npx"\nargs = [ # a\n  "@lightfastai/mcp", # b\n]\n', 2],
      ["goose", "extensions:\n  lightfast:\n    cmd: npx\n    args: # mine\n      - '@lightfastai/mcp'\n", 1],
    ] as const) {
      const job = createJob(id, { home: makeHome() });
      const file = prepare(job, text);
      const { changes = [] } = await apply(job, approveAll);
      const words = `Removes ${lost === 1 ? "a comment" : `${lost} comments`} inside a value that changes.`;
      expect(changes.includes(words)).toBe(!/# mine|# b|\/\/ mine/.test(read(file)));
      expect(FORMATS[job.client.format].comments(text)).toHaveLength(lost);
    }
  });

  test.each([
    ["a: !zqsecret!x y", "tag resolve failed"],
    ['a: "b\\qzqsecret"', "bad dq escape"],
    ["a: 'x' zqsecret", "unexpected token"],
    ["a: *zqsecret", "Unresolved alias (the anchor must be set before the alias)"],
    ["a: 1\n]zqsecret", "unexpected token"],
    ["%zqsecret\n---\na: b: c", "Nested mappings are not allowed in compact mappings"],
  ])("a syntax error quotes nothing of the file: %j", async (text, reason) => {
    const job = createJob("goose", { home: makeHome() });
    prepare(job, text);
    const { message = "" } = await apply(job, approveAll, skipWait);
    expect(message).toContain(`: ${reason}; the file was not changed`);
    expect(message).not.toContain("zqsecret");
  });

  test("empty and cut files are waited for together, and not again", async () => {
    const home = makeHome();
    const texts = { cursor: "", gemini: '{"a": 1', zed: "{}", codex: "", "claude-code": "" };
    const jobs = Object.entries(texts).map(([id, text]) => {
      const job = createJob(id, { home });
      return { job, file: prepare(job, text) };
    });
    let waits = 0;
    const settled = await settle(
      jobs.map(({ job }) => job),
      async () => {
        waits += 1;
        if (waits === 3) writeFileSync(jobs[3]?.file ?? "", "a = 1\n");
      },
    );
    expect([...settled].map(({ client }) => client.id)).toEqual(["cursor", "gemini", "claude-code"]);
    expect(waits).toBe(10);
    const wait = vi.fn(skipWait);
    const outcomes: string[] = [];
    for (const { job } of jobs) outcomes.push((await apply(job, approveAll, wait, settled.has(job))).outcome);
    expect(outcomes).toEqual(["written", "failed", "written", "written", "failed"]);
    expect(wait).not.toHaveBeenCalled();
    expect(await settle([], wait)).toEqual(new Set());
  });

  test("a backup is not used after the user changed the file, and not kept for another install", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const { backup = "" } = await apply(job, approveAll);
    const installed = read(file);
    // The user removes our entry by hand, changes the file, and brings the entry back.
    writeFileSync(file, installed.replace('"github": {}', '"github": { "own": 1 }'));
    await apply(toUninstall(job), approveAll);
    const own = TEXT.replace('"github": {}', '"github": { "own": 1 }');
    expect([read(file), existsSync(backup)]).toEqual([own, false]);
    await apply(job, approveAll);
    writeFileSync(file, TEXT);
    await apply(job, approveAll);
    expect(read(backup)).toBe(TEXT);
  });

  test("an empty or cut file is read again before it is believed", async () => {
    for (const partial of ["", '{"a": 1', '{"a": "\u00e9"}'.slice(0, 6)]) {
      const job = createJob("claude-code", { home: makeHome() });
      const file = prepare(job, partial);
      let waits = 0;
      const result = await apply(job, approveAll, async () => {
        waits += 1;
        if (waits === 3) writeFileSync(file, TEXT);
      });
      expect([result.outcome, waits]).toEqual(["written", 3]);
      expect(JSON.parse(read(file))).toMatchObject({ mcpServers: { github: {}, lightfast: {} } });
      expect(read(result.backup ?? "")).toBe(TEXT);
    }
  });

  test("a file that its client never leaves empty is refused when it stays empty", async () => {
    const home = makeHome();
    const job = createJob("claude-code", { home });
    for (const empty of ["", " \n"]) {
      const file = prepare(job, empty);
      const waits: number[] = [];
      expect(await apply(job, approveAll, async (time) => void waits.push(time))).toEqual({
        client: "claude-code",
        file,
        outcome: "failed",
        message: expect.stringMatching(
          / is empty, but Claude Code never leaves it empty; the file was not changed\. Start /,
        ),
      });
      expect(waits).toEqual(Array.from({ length: 10 }, () => 100));
      expect([read(file), existsSync(backupsOf(home))]).toEqual([empty, false]);
    }
    const shared = createJob("claude-code", { home, project: home });
    writeFileSync(join(home, ".mcp.json"), "");
    const waits: number[] = [];
    const wait = async (time: number) => void waits.push(time);
    expect(await apply(shared, approveAll, wait)).toMatchObject({ outcome: "written" });
    expect(waits).toHaveLength(10);
  });

  test("the byte order mark that a client rejects is reported, and removed with the approval", async () => {
    const job = createJob("claude-desktop", { home: makeHome() });
    const file = prepare(job, `\uFEFF${TEXT}`);
    const changes = [
      "Removes the byte order mark from the start of the file: Claude Desktop ignores a file that has one.",
    ];
    expect(await apply(job, async () => false)).toMatchObject({
      outcome: "planned",
      changes,
      diff: expect.stringMatching(/^-<BOM>\{\n\+\{$/m),
    });
    expect(read(file)).toBe(`\uFEFF${TEXT}`);
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written", changes });
    expect(read(file)).toMatch(/^\{/);
    writeFileSync(file, `\uFEFF${read(file)}`);
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written", changes });
    const cursor = createJob("cursor", { home: makeHome() });
    prepare(cursor, `\uFEFF${TEXT}`);
    expect(await apply(cursor, approveAll)).toMatchObject({ outcome: "written", changes: [] });
    expect(read(fileOf(cursor))).toMatch(/^\uFEFF/);
  });

  test("the preview names what an update replaces, and comments, the pin and the base URL stay", async () => {
    const job = createJob("vscode", { home: makeHome() });
    const text = readFileSync(
      new URL("../../support/clients/entry-with-comments.jsonc", import.meta.url),
      "utf8",
    );
    const file = prepare(job, text);
    const result = await apply(job, approveAll);
    expect(result).toMatchObject({
      outcome: "written",
      changes: [],
      warnings: [
        expect.stringMatching(
          /^Keeps the pinned version 0\.3\.0\. To use the latest one, run: .+ install vscode --npx$/,
        ),
      ],
    });
    // Only the prompt for the key is added, which the entry refers to.
    expect(read(file).replace(/,\s+"inputs": \[[\s\S]+?\n {2}\]/, "")).toBe(text);
    const chosen = { ...job, server: { ...job.server, isChosen: true } };
    const { diff, changes } = await apply(chosen, approveAll);
    expect(changes).toEqual([
      'Replaces the pinned version 0.3.0 ("npx -y @lightfastai/mcp@0.3.0") with "npx -y @lightfastai/mcp@latest".',
    ]);
    expect(diff).toContain(
      '+      "args": ["-y", "@lightfastai/mcp@latest", "--base-url", "https://eu.example.com"],',
    );
    expect(read(file)).toContain('"command": "npx", // from the registry');
    expect(read(file)).toContain('"LIGHTFAST_TIMEOUT": "40000"');
  });

  test("a key in the arguments moves to the variables in each format, and is never shown", async () => {
    const texts = {
      cursor:
        '{"mcpServers": {"lightfast": {"command": "lightfast-mcp", "args": ["--api-key", "lf_0123456789"]}}}\n',
      codex:
        '[mcp_servers.lightfast]\ncommand = "lightfast-mcp" # mine\nargs = ["--api-key=lf_0123456789"]\n',
      goose:
        "extensions:\n  lightfast:\n    cmd: lightfast-mcp # mine\n    args: [--api-key, lf_0123456789]\n",
    };
    for (const [id, text] of Object.entries(texts)) {
      const job = createJob(id, { home: makeHome() });
      const file = prepare(job, text);
      const result = await apply(job, approveAll);
      expect(result).toMatchObject({
        outcome: "written",
        changes: [`Moves the API key from the arguments to "${job.client.envField}".`],
      });
      expect(JSON.stringify(result)).not.toContain("0123456789");
      const entry = toPlain(
        getIn(FORMATS[job.client.format].parse(read(file)), [...job.client.keyPath, "lightfast"]),
      );
      expect(entry).toMatchObject({
        args: [],
        [job.client.envField]: { LIGHTFAST_API_KEY: "lf_0123456789" },
      });
      if (id !== "cursor") expect(read(file)).toContain("# mine");
      const removed = await apply(toUninstall(job), approveAll);
      expect(removed.changes).toEqual([
        "Removes the API key in this entry. Keep a copy if you have no other.",
      ]);
      expect(JSON.stringify(removed)).not.toContain("0123456789");
    }
  });

  test("the diff shows every variable that Codex forwards", async () => {
    const job = createJob("codex", { home: makeHome() });
    prepare(job);
    const { diff = "" } = await apply(job, async () => false);
    for (const name of [...(job.server.rules.forwarded ?? []), "LIGHTFAST_API_KEY"])
      expect(diff).toContain(`"${name}"`);
  });

  test("a second entry under another name is pointed out by install and uninstall", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(
      job,
      '{"mcpServers": {"signals": {"command": "lightfast-mcp"}, "two words": {"command": "lightfast-mcp"}}}',
    );
    const warnings = [
      expect.stringMatching(
        /mcp\.json also has "signals", which starts the same server\. To remove it, run: .+ uninstall cursor --name signals$/,
      ),
      expect.stringMatching(/also has "two words".+ Remove one of the two from its file\.$/),
    ];
    expect(await apply(toUninstall(job), approveAll)).toMatchObject({ outcome: "absent", warnings });
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written", warnings });
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "unchanged", warnings });
    expect(read(file)).toContain('"signals"');
    const opencode = createJob("opencode", { home: makeHome() });
    const json = prepare(opencode, '{"mcp": {"lightfast": {"command": ["lightfast-mcp"]}}}');
    writeFileSync(`${json}c`, read(json));
    expect((await apply(opencode, approveAll)).warnings).toEqual([
      `${json}c also has "lightfast", which starts the same server. Remove one of the two from its file.`,
    ]);
  });

  test.each([
    ["kiro", ".kiro", undefined],
    ["junie", ".junie", undefined],
    ["antigravity", ".gemini", undefined],
    ["junie", ".junie", "project"],
  ])("%s: a missing subfolder of %s is created", async (id, own, scope) => {
    const home = makeHome();
    const job = createJob(id, { home, ...(scope && { project: home }) });
    mkdirSync(join(home, own));
    const file = configFiles(job)[0] ?? "";
    expect(await apply(job, async () => false)).toMatchObject({ outcome: "planned", file });
    expect(existsSync(dirname(file))).toBe(false);
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written", file });
    expect(Object.keys(JSON.parse(read(file)).mcpServers)).toEqual(["lightfast"]);
    expect(await apply(toUninstall(job), approveAll)).toMatchObject({ outcome: "removed" });
  });

  test("a folder of a client that is not installed, or not used in a project, is not created", async () => {
    const home = makeHome();
    for (const id of ["kiro", "junie", "antigravity", "cursor", "goose"]) {
      const job = createJob(id, { home });
      mkdirSync(join(home, ".config"), { recursive: true });
      expect(await apply(job, approveAll)).toMatchObject({
        outcome: "failed",
        message: expect.stringMatching(/ does not seem to be installed: \S+ does not exist\.$/),
      });
      expect(existsSync(dirname(fileOf(job)))).toBe(false);
    }
    const shared = createJob("cursor", { home, project: home });
    expect(await apply(shared, approveAll)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(/\.cursor does not exist\. Create it to use Cursor in this project\.$/),
    });
  });

  test("Claude Code's file in the home directory is created only if Claude Code is installed", async () => {
    const home = makeHome();
    const job = createJob("claude-code", { home });
    expect(await apply(job, approveAll)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining(".claude "),
    });
    mkdirSync(join(home, ".claude"));
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written" });
  });

  test.each([
    [
      "not text",
      (file: string) => writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d])),
      /is not UTF-8 text\.$/,
    ],
    [
      "a folder",
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
      /is not a file\.$/,
    ],
  ])("a file that is %s is not changed", async (_, change, message) => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    change(file);
    expect(await apply(job, approveAll, skipWait)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(message),
    });
    expect(listFolder(file)).toEqual(["mcp.json"]);
  });

  test("a file in place of the home directory is named with the next step", async () => {
    const home = join(makeHome(), "file");
    writeFileSync(home, "");
    expect(await apply(createJob("cursor", { home }), approveAll, skipWait)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(
        /ENOTDIR.+\. A file is in the place of one of its folders\. Move it away, then run/,
      ),
    });
  });

  test("a different server of the same name is not changed by install or uninstall", async () => {
    const text = '{"mcpServers": {"lightfast": {"url": "https://example.com"}}}';
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, text);
    for (const one of [job, toUninstall(job)]) {
      expect(await apply(one, approveAll)).toMatchObject({
        outcome: "failed",
        message: expect.stringContaining(
          `already has a different server named "lightfast"; it was not changed.`,
        ),
      });
    }
    expect(read(file)).toBe(text);
    expect(
      await apply(createJob("cursor", { home: dirname(dirname(file)), name: "ours" }), approveAll),
    ).toMatchObject({
      outcome: "written",
    });
  });

  test("of several files, the one with the entry is used, else the first that exists", async () => {
    const home = makeHome();
    const job = createJob("opencode", { home });
    const json = prepare(job);
    const jsonc = `${json}c`;
    writeFileSync(jsonc, "{} // mine\n");
    expect(await apply(job, approveAll)).toMatchObject({ file: jsonc, outcome: "written" });
    writeFileSync(json, "{}");
    expect(await apply(job, approveAll)).toMatchObject({ file: jsonc, outcome: "unchanged" });
    expect(await apply(toUninstall(job), approveAll)).toMatchObject({ file: jsonc, outcome: "removed" });
    expect([read(json), read(jsonc)]).toEqual(["{}", "{} // mine\n"]);
  });

  test("the store build of Claude Desktop has its own file, and the other is not touched", async () => {
    const home = makeHome();
    const plain = prepare(createJob("claude-desktop", { home, platform: "win32" }), "{}");
    const listFolder = () => ["Claude_pzs8sxrjxfjjc"];
    const job = createJob("claude-desktop", { home, platform: "win32", listFolder });
    const stored = prepare(job);
    expect(stored).toContain("/Packages/Claude_pzs8sxrjxfjjc/");
    expect(await apply(job, approveAll)).toMatchObject({ file: stored, outcome: "written" });
    expect(read(plain)).toBe("{}");
  });

  test("an entry of Zed with or without a source is already set up", async () => {
    for (const source of [{}, { source: "custom" }]) {
      const job = createJob("zed", { home: makeHome(), hasStoredLogin: true });
      const entry = { ...createEntry(job.client, job.server, true), ...source };
      const file = prepare(job, JSON.stringify({ context_servers: { lightfast: entry } }));
      const text = read(file);
      expect(await apply(job, approveAll)).toMatchObject({ file, outcome: "unchanged" });
      expect(read(file)).toBe(text);
    }
  });

  test("a remote server says how to sign in, and asks for no key", async () => {
    const job = createJob("codex", { home: makeHome(), url: REMOTE_URL });
    prepare(job);
    expect((await apply(job, approveAll)).message).toBe(
      'Start a new Codex session. Run "codex mcp login lightfast" to sign in.',
    );
  });

  test("a remote entry replaces a local one and back, which the preview shows", async () => {
    const home = makeHome();
    const [local, remote] = [createJob("cursor", { home }), createJob("cursor", { home, url: REMOTE_URL })];
    const file = prepare(local);
    await apply(local, approveAll);
    const before = read(file);
    const diffs: string[] = [];
    const collect = async ({ diff }: Preview): Promise<boolean> => diffs.push(diff) > 0;
    expect(await apply(remote, collect)).toMatchObject({ outcome: "written" });
    expect(JSON.parse(read(file))).toEqual({ mcpServers: { lightfast: { url: REMOTE_URL } } });
    expect(await apply(local, collect)).toMatchObject({ outcome: "written" });
    expect(read(file)).toBe(before);
    expect(diffs).toEqual([
      expect.stringMatching(/^-.+"command": "npx"[\s\S]+^\+.+"url": "https:/m),
      expect.stringMatching(/^-.+"url": "https:[\s\S]+^\+.+"command": "npx"/m),
    ]);
  });

  test("VS Code's input for the key comes and goes with the entry, unless another entry uses it", async () => {
    const home = makeHome();
    const job = createJob("vscode", { home });
    const file = prepare(job, '{\n  "servers": {},\n  "inputs": [] // none\n}\n');
    await apply(job, approveAll);
    const text = read(file);
    expect(text).toContain('"id": "lightfast-api-key"');
    expect(text).toContain('"password": true');
    const other = `"b": { "env": { "K": "\${input:lightfast-api-key}" } }`;
    const asking = text.replace('"servers": {', `"servers": {\n    ${other},`);
    await apply(toUninstall(job), approveAll);
    expect(read(file)).toBe('{\n  "servers": {},\n  "inputs": [] // none\n}\n');
    writeFileSync(file, asking);
    await apply(toUninstall(job), approveAll);
    expect(read(file)).toContain('"id": "lightfast-api-key"');
    expect(read(file)).not.toContain("npx");
  });

  test.each([
    [
      "cursor",
      /^Restart Cursor\. Set LIGHTFAST_API_KEY in the environment of Cursor, or run: lightfast-mcp login$/,
    ],
    ["vscode", /^In VS Code, .+ VS Code asks for the API key when it starts the server\.$/],
    [
      "zed",
      /^Zed .+ Add LIGHTFAST_API_KEY to "env" of the entry in .+settings\.json, or run: lightfast-mcp login$/,
    ],
    [
      "codex",
      /^Start .+ Set LIGHTFAST_API_KEY in the environment that starts Codex, or run: lightfast-mcp login$/,
    ],
    [
      "goose",
      /^Start .+ Run "goose configure", which .+ stores it in its keyring, or run: lightfast-mcp login$/,
    ],
  ])("%s: says how to provide the key and what to restart", async (id, message) => {
    const job = createJob(id, { home: makeHome() });
    prepare(job);
    expect((await apply(job, async () => true)).message).toMatch(message);
  });

  test.each([
    ["with a stored login", { hasStoredLogin: true }],
    ["with the sandbox", { sandbox: true }],
    ["with a profile that has a stored login", { profile: "work", hasStoredLogin: true }],
  ])("%s there is no advice about the key", async (_, options) => {
    const job = createJob("zed", { home: makeHome(), ...options });
    prepare(job);
    expect((await apply(job, approveAll)).message).toBe("Zed reloads its settings automatically.");
  });

  test("a profile without a stored login asks for it", async () => {
    const job = createJob("zed", { home: makeHome(), profile: "work" });
    prepare(job);
    expect((await apply(job, approveAll)).message).toMatch(
      /^Zed .+ Run: lightfast-mcp login --profile work$/,
    );
  });

  test("a client that supports plain JSON only gets a warning about comments", async () => {
    const job = createJob("claude-desktop", { home: makeHome() });
    prepare(job, "{} // mine\n");
    expect((await apply(job, approveAll)).message).toMatch(
      /^Claude Desktop may fail to read this file: it has comments/,
    );
    const lenient = createJob("zed", { home: makeHome() });
    prepare(lenient, "{} // mine\n");
    expect((await apply(lenient, approveAll)).message).not.toMatch(/may fail to read/);
  });

  test.each(CLIENTS.map(({ id }) => id))(
    "%s: with a stored login the entry has no reference to a key",
    async (id) => {
      const job = createJob(id, { home: makeHome(), hasStoredLogin: true });
      prepare(job);
      const { file = "" } = await apply(job, approveAll);
      expect(read(file)).toContain("@lightfastai/mcp");
      expect(read(file)).not.toMatch(/LIGHTFAST_API_KEY|promptString/);
    },
  );
});

test("25 edits lose nothing of what other programs write at the same time", {
  timeout: 60_000,
}, async () => {
  expect(await editConcurrently(25, 1)).toMatchObject({ edits: 25, lost: 0, givenUp: 0 });
});

describe("formatDiff", () => {
  test("shows the changes with two lines of context", () => {
    expect(formatDiff("/f", "1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nx\n5\n6\n7\n")).toBe(
      ["--- /f", "+++ /f", "@@ -2,5 +2,5 @@", " 2", " 3", "-4", "+x", " 5", " 6"].join("\n"),
    );
  });

  test("a new or deleted file is on one side only", () => {
    expect(formatDiff("/f", undefined, "a\n")).toBe("--- (no file)\n+++ /f\n@@ -0,0 +1,1 @@\n+a");
    expect(formatDiff("/f", "a\n", undefined)).toBe("--- /f\n+++ (no file)\n@@ -1,1 +0,0 @@\n-a");
  });

  test.each([
    ['  "GITHUB_TOKEN": "ghp_abc", "a": 1', '  "GITHUB_TOKEN": ***, "a": 1'],
    ["  api_key = 'abc' # mine", "  api_key = *** # mine"],
    ["  password: hunter2 and more", "  password: ***"],
    ['  "Authorization": "Bearer \\"x\\" y"', '  "Authorization": ***'],
    ['  "args": ["--api-key", "abc", "x"]', '  "args": ["--api-key", ***, "x"]'],
    ['  "note": "lf_0123456789abc"', '  "note": "lf_***"'],
    [
      `  "LIGHTFAST_API_KEY": "\${env:LIGHTFAST_API_KEY}"`,
      `  "LIGHTFAST_API_KEY": "\${env:LIGHTFAST_API_KEY}"`,
    ],
    ['  "password": true', '  "password": true'],
    ['env_vars = [ "LIGHTFAST_API_KEY" ]', 'env_vars = [ "LIGHTFAST_API_KEY" ]'],
    ["env_keys: [ LIGHTFAST_API_KEY ]", "env_keys: [ LIGHTFAST_API_KEY ]"],
  ])("shows %s as %s", (line, shown) => {
    expect(formatDiff("/f", "", `${line}\n`).split("\n").at(-1)).toBe(`+${shown}`);
  });

  test("truncates very long lines", () => {
    expect(
      formatDiff("/f", "", `${"x".repeat(1000)}\n`)
        .split("\n")
        .at(-1),
    ).toMatch(/^\+x{158}…$/);
  });
});

describe("install and uninstall", () => {
  /** The first client with a key path uses every text on Linux. What differs in paths and commands uses every third. */
  const isUsed = (client: Client, platform: string, index: number): boolean => {
    const first = CLIENTS.find(({ keyPath }) => keyPath[0] === client.keyPath[0]);
    if (platform === "linux" && first === client) return true;
    return (index + CLIENTS.indexOf(client)) % 3 === ["darwin", "win32", "linux"].indexOf(platform);
  };

  const CASES = CLIENTS.flatMap((client) =>
    ["darwin", "win32", "linux"].map((platform) => ({ id: client.id, platform, client })),
  );

  describe.each(CASES)("$id on $platform", ({ id, platform, client }) => {
    const texts = sampleTexts(client.format, client.keyPath[0] ?? "").filter(
      ([, text], index) => isUsed(client, platform, index) && !(client.neverEmpty && text.trim() === ""),
    );

    test("restore the file after an entry for a remote server", async () => {
      if ("advice" in client.remote) return;
      const remote = { home: makeHome(), platform, url: REMOTE_URL };
      const [[, text] = ["", ""]] = texts;
      const file = prepare(createJob(id, remote), text);
      expect(await apply(createJob(id, remote), approveAll, skipWait)).toMatchObject({
        file,
        outcome: "written",
      });
      const entry = getIn(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
      expect(toPlain(entry)).toEqual(DOCUMENTED[id]?.remote);
      expect(await apply(createJob(id, remote), approveAll, skipWait)).toMatchObject({
        file,
        outcome: "unchanged",
      });
      const job = toUninstall(createJob(id, { home: remote.home, platform }));
      expect(await apply(job, approveAll, skipWait)).toMatchObject({ file, outcome: "removed" });
      expect(read(file)).toBe(text);
    });

    test.each(texts)("%s: restore the file byte for byte", async (_, text) => {
      const job = createJob(id, { home: makeHome(), platform });
      const file = prepare(job, text);
      expect(await apply(job, approveAll, skipWait)).toMatchObject({ client: id, file, outcome: "written" });
      const entry = getIn(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
      expect(toPlain(entry)).toEqual(createEntry(client, job.server));
      expect(await apply(toUninstall(job), approveAll, skipWait)).toMatchObject({
        client: id,
        file,
        outcome: "removed",
      });
      expect(read(file)).toBe(client.rejectsBom ? text.replace(/^\uFEFF/, "") : text);
    });

    test("delete a file that install created", async () => {
      const job = createJob(id, { home: makeHome(), platform });
      const file = prepare(job);
      expect(await apply(job, approveAll, skipWait)).toMatchObject({ file, outcome: "written" });
      expect(read(file)).toMatch(/lightfast/);
      expect(await apply(toUninstall(job), approveAll, skipWait)).toMatchObject({ file, outcome: "removed" });
      expect(listFolder(file)).toEqual(id === "claude-code" ? [".claude"] : []);
    });

    const damaged = DAMAGED[client.format].filter((_, index) => isUsed(client, platform, index));
    test.each(damaged)("do not change the malformed file %j and report %s", async (text, place) => {
      const job = createJob(id, { home: makeHome(), platform });
      const file = prepare(job, text);
      const before = listFolder(file);
      for (const one of [job, toUninstall(job)]) {
        const { outcome, message } = await apply(one, () => Promise.reject(new Error("asked")), skipWait);
        expect(outcome).toBe("failed");
        expect(message).toContain(`${file}:${place}: `);
      }
      expect(readFileSync(file)).toEqual(Buffer.from(text));
      expect(listFolder(file)).toEqual(before);
    });
  });
});
