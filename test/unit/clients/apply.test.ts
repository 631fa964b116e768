import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { apply, formatDiff, type Preview } from "../../../src/clients/apply.ts";
import { createEntry } from "../../../src/clients/entries.ts";
import { replaceFile } from "../../../src/clients/files.ts";
import { getIn, toPlain } from "../../../src/clients/formats/format.ts";
import { FORMATS } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Client } from "../../../src/clients/types.ts";
import { DOCUMENTED, REMOTE_URL } from "../../support/clients/documented.ts";
import {
  approveAll,
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

describe("apply", () => {
  const TEXT = '{\n  "mcpServers": {\n    "github": {}\n  }\n}\n';
  const backupsOf = (file: string): readonly string[] =>
    listFolder(file).filter((name) => name.includes("backup"));

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
    expect(await apply(job, approve)).toEqual({ client: "cursor", file, outcome: "planned" });
    expect(approve).toHaveBeenCalledWith({
      job,
      file,
      diff: expect.stringContaining('+    "lightfast": {'),
    });
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("an error of the approval is passed on, and nothing is written", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    await expect(apply(job, () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("the old content is kept in a backup beside the file", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const { backup = "" } = await apply(job, approveAll);
    expect(backup).toMatch(/mcp\.json\.lightfast-backup-\d{8}T\d{9}Z$/);
    expect(read(backup)).toBe(TEXT);
    expect(listFolder(file)).toHaveLength(2);
  });

  test("backups from the same millisecond do not overwrite each other", async () => {
    vi.useFakeTimers({ now: 0, toFake: ["Date"] });
    try {
      const job = createJob("cursor", { home: makeHome() });
      const file = prepare(job, TEXT);
      await apply(job, approveAll);
      await apply(toUninstall(job), approveAll);
      await apply(job, approveAll);
      expect(backupsOf(file)).toEqual(
        ["", "-2", "-3"].map((end) => `mcp.json.lightfast-backup-19700101T000000000Z${end}`),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["changed", (file: string) => writeFileSync(file, '{"theirs": 1}'), '{"theirs": 1}'],
    ["deleted", (file: string) => rmSync(file), undefined],
  ])("a file that another program %s in the meantime is not touched", async (_, meddle, text) => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const { outcome, message } = await apply(job, async () => {
      meddle(file);
      return true;
    });
    expect(outcome).toBe("failed");
    expect(message).toBe(`${file} was changed by another program; try again.`);
    expect(existsSync(file) ? read(file) : undefined).toBe(text);
    expect(listFolder(file)).toEqual(text === undefined ? [] : ["mcp.json"]);
  });

  test("a file that another program creates in the meantime is not touched", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job);
    const result = await apply(job, async () => {
      writeFileSync(file, TEXT);
      return true;
    });
    expect(result).toMatchObject({ outcome: "failed", message: expect.stringContaining("another program") });
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("a file that another program changes right after the write is reported with the backup", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    const replace = vi.mocked(replaceFile).getMockImplementation();
    vi.mocked(replaceFile).mockImplementationOnce((...args) => {
      const backup = replace?.(...args);
      writeFileSync(file, "{}");
      return backup;
    });
    const { outcome, message } = await apply(job, approveAll);
    expect(outcome).toBe("failed");
    expect(message).toMatch(/^Another program changed .+mcp\.json right after it was written\. The previous/);
    expect(message).toContain(backupsOf(file)[0]);
    expect(read(file)).toBe("{}");
  });

  test("a missing folder is not created", async () => {
    const home = makeHome();
    const job = createJob("kiro", { home });
    mkdirSync(join(home, ".kiro"));
    expect(await apply(job, approveAll)).toMatchObject({
      outcome: "failed",
      message: `Kiro does not seem to be installed: ${dirname(fileOf(job))} does not exist.`,
    });
    expect(existsSync(dirname(fileOf(job)))).toBe(false);

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
    expect(await apply(job, approveAll)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(message),
    });
    expect(listFolder(file)).toEqual(["mcp.json"]);
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
    writeFileSync(file, asking);
    await apply(toUninstall(job), approveAll);
    expect(read(file)).toContain('"id": "lightfast-api-key"');
    expect(read(file)).not.toContain("npx");
    writeFileSync(file, text);
    await apply(toUninstall(job), approveAll);
    expect(read(file)).toBe('{\n  "servers": {},\n  "inputs": [] // none\n}\n');
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
    ["codex", /^Start a new Codex session\. Set LIGHTFAST_API_KEY in the environment that starts Codex: /],
    ["goose", /^Start a new Goose session\. Run "goose configure": /],
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
    const texts = sampleTexts(client.format, client.keyPath[0] ?? "").filter((_, index) =>
      isUsed(client, platform, index),
    );

    test("restore the file after an entry for a remote server", async () => {
      if ("advice" in client.remote) return;
      const remote = { home: makeHome(), platform, url: REMOTE_URL };
      const [[, text] = ["", ""]] = texts;
      const file = prepare(createJob(id, remote), text);
      expect(await apply(createJob(id, remote), approveAll)).toMatchObject({ file, outcome: "written" });
      const entry = getIn(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
      expect(toPlain(entry)).toEqual(DOCUMENTED[id]?.remote);
      expect(await apply(createJob(id, remote), approveAll)).toMatchObject({ file, outcome: "unchanged" });
      const job = toUninstall(createJob(id, { home: remote.home, platform }));
      expect(await apply(job, approveAll)).toMatchObject({ file, outcome: "removed" });
      expect(read(file)).toBe(text);
    });

    test.each(texts)("%s: restore the file byte for byte", async (_, text) => {
      const job = createJob(id, { home: makeHome(), platform });
      const file = prepare(job, text);
      expect(await apply(job, approveAll)).toMatchObject({ client: id, file, outcome: "written" });
      const entry = getIn(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
      expect(toPlain(entry)).toEqual(createEntry(client, job.server));
      expect(await apply(toUninstall(job), approveAll)).toMatchObject({
        client: id,
        file,
        outcome: "removed",
      });
      expect(read(file)).toBe(text);
    });

    test("delete a file that install created", async () => {
      const job = createJob(id, { home: makeHome(), platform });
      const file = prepare(job);
      expect(await apply(job, approveAll)).toMatchObject({ file, outcome: "written" });
      expect(read(file)).toMatch(/lightfast/);
      expect(await apply(toUninstall(job), approveAll)).toMatchObject({ file, outcome: "removed" });
      expect(listFolder(file).filter((name) => !name.includes(".lightfast-backup-"))).toEqual(
        id === "claude-code" ? [".claude"] : [],
      );
    });

    test.each(DAMAGED[client.format])(
      "do not change the malformed file %j and report %s",
      async (text, place) => {
        const job = createJob(id, { home: makeHome(), platform });
        const file = prepare(job, text);
        const before = listFolder(file);
        for (const one of [job, toUninstall(job)]) {
          const { outcome, message } = await apply(one, () => Promise.reject(new Error("asked")));
          expect(outcome).toBe("failed");
          expect(message).toContain(`${file}:${place}: `);
        }
        expect(readFileSync(file)).toEqual(Buffer.from(text));
        expect(listFolder(file)).toEqual(before);
      },
    );
  });
});
