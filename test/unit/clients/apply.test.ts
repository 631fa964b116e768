import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { apply, diffOf } from "../../../src/clients/apply.ts";
import { entryOf } from "../../../src/clients/entries.ts";
import { find, plainOf } from "../../../src/clients/formats/format.ts";
import { FORMATS } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import {
  besides,
  fileOf,
  makeHome,
  prepare,
  read,
  taskIn,
  undoing,
  yes,
} from "../../support/clients/homes.ts";
import { DAMAGED, textsOf } from "../../support/clients/texts.ts";

describe("apply", () => {
  const TEXT = '{\n  "mcpServers": {\n    "github": {}\n  }\n}\n';
  const backupsOf = (file: string): readonly string[] =>
    besides(file).filter((name) => name.includes("backup"));

  test("a second time changes nothing, asks nothing and writes no backup", async () => {
    for (const id of ["cursor", "vscode", "codex", "goose"]) {
      const task = taskIn(id, { home: makeHome() });
      const file = prepare(task);
      await apply(task, yes);
      const [text, names] = [read(file), besides(file)];
      const approve = vi.fn(yes);
      expect(await apply(task, approve)).toEqual({ client: id, file, outcome: "unchanged" });
      expect(approve).not.toHaveBeenCalled();
      expect([read(file), besides(file)]).toEqual([text, names]);
    }
  });

  test("nothing is taken out where nothing is", async () => {
    const task = taskIn("cursor", { home: makeHome(), action: "uninstall" });
    const file = prepare(task, TEXT);
    const absent = {
      client: "cursor",
      file,
      outcome: "absent",
      message: `Nothing named lightfast stands in ${file}.`,
    };
    expect(await apply(task, yes)).toEqual(absent);
    expect(besides(file)).toEqual(["mcp.json"]);
    rmSync(dirname(file), { recursive: true });
    expect(await apply(task, yes)).toEqual(absent);
  });

  test("what is shown is what is about to be written; a no leaves everything as it is", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    const approve = vi.fn(async () => false);
    expect(await apply(task, approve)).toEqual({ client: "cursor", file, outcome: "planned" });
    expect(approve).toHaveBeenCalledWith({
      task,
      file,
      diff: expect.stringContaining('+    "lightfast": {'),
    });
    expect([read(file), besides(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("an error of whoever is asked is passed on, and nothing was written", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    await expect(apply(task, () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect([read(file), besides(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("the file as it was is kept beside it", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    const { backup = "" } = await apply(task, yes);
    expect(backup).toMatch(/mcp\.json\.lightfast-backup-\d{8}T\d{9}Z$/);
    expect(read(backup)).toBe(TEXT);
    expect(besides(file)).toHaveLength(2);
  });

  test("backups of the same moment do not overwrite each other", async () => {
    vi.useFakeTimers({ now: 0, toFake: ["Date"] });
    try {
      const task = taskIn("cursor", { home: makeHome() });
      const file = prepare(task, TEXT);
      await apply(task, yes);
      await apply(undoing(task), yes);
      await apply(task, yes);
      expect(backupsOf(file)).toEqual(
        ["", "-2", "-3"].map((end) => `mcp.json.lightfast-backup-19700101T000000000Z${end}`),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["changed", (file: string) => writeFileSync(file, '{"theirs": 1}'), '{"theirs": 1}'],
    ["taken away", (file: string) => rmSync(file), undefined],
  ])("a file that is %s by somebody else meanwhile is left as it is", async (_, meddle, text) => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    const { outcome, message } = await apply(task, async () => {
      meddle(file);
      return true;
    });
    expect(outcome).toBe("failed");
    expect(message).toBe(`${file} was changed by another program meanwhile; try again.`);
    expect(existsSync(file) ? read(file) : undefined).toBe(text);
    expect(besides(file)).toEqual(text === undefined ? [] : ["mcp.json"]);
  });

  test("a file that somebody else makes meanwhile is left as it is", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task);
    const result = await apply(task, async () => {
      writeFileSync(file, TEXT);
      return true;
    });
    expect(result).toMatchObject({ outcome: "failed", message: expect.stringContaining("meanwhile") });
    expect([read(file), besides(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("a folder that is not there is not made", async () => {
    const home = makeHome();
    const task = taskIn("kiro", { home });
    mkdirSync(join(home, ".kiro"));
    expect(await apply(task, yes)).toMatchObject({
      outcome: "failed",
      message: `Kiro does not seem to be installed: ${dirname(fileOf(task))} does not exist.`,
    });
    expect(existsSync(dirname(fileOf(task)))).toBe(false);

    const shared = taskIn("cursor", { home, project: home });
    expect(await apply(shared, yes)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(/\.cursor does not exist in this project; make it first/),
    });
  });

  test("Claude Code's file, which is in the home directory, is made only where Claude Code is", async () => {
    const home = makeHome();
    const task = taskIn("claude-code", { home });
    expect(await apply(task, yes)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining(".claude "),
    });
    mkdirSync(join(home, ".claude"));
    expect(await apply(task, yes)).toMatchObject({ outcome: "written" });
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
  ])("a file that is %s is left alone", async (_, change, message) => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    change(file);
    expect(await apply(task, yes)).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(message),
    });
    expect(besides(file)).toEqual(["mcp.json"]);
  });

  test("an entry of the same name that starts something else is left alone both ways", async () => {
    const text = '{"mcpServers": {"lightfast": {"url": "https://example.com"}}}';
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, text);
    for (const one of [task, undoing(task)]) {
      expect(await apply(one, yes)).toMatchObject({
        outcome: "failed",
        message: expect.stringMatching(
          /an entry lightfast that starts something else, and was left as it is/,
        ),
      });
    }
    expect(read(file)).toBe(text);
    expect(await apply(taskIn("cursor", { home: dirname(dirname(file)), name: "ours" }), yes)).toMatchObject({
      outcome: "written",
    });
  });

  test("where there may be several files, the one with the entry counts, or else the first that is there", async () => {
    const home = makeHome();
    const task = taskIn("opencode", { home });
    const json = prepare(task);
    const jsonc = `${json}c`;
    writeFileSync(jsonc, "{} // mine\n");
    expect(await apply(task, yes)).toMatchObject({ file: jsonc, outcome: "written" });
    writeFileSync(json, "{}");
    expect(await apply(task, yes)).toMatchObject({ file: jsonc, outcome: "unchanged" });
    expect(await apply(undoing(task), yes)).toMatchObject({ file: jsonc, outcome: "removed" });
    expect([read(json), read(jsonc)]).toEqual(["{}", "{} // mine\n"]);
  });

  test("Claude Desktop from the store has its file where the store build looks", async () => {
    const home = makeHome();
    const task = taskIn("claude-desktop", { home, platform: "win32" });
    const [store = "", plain = ""] = task.files;
    mkdirSync(dirname(plain), { recursive: true });
    expect(
      await apply(taskIn("claude-desktop", { home, platform: "win32" }), async () => false),
    ).toMatchObject({
      file: plain,
    });
    mkdirSync(dirname(store), { recursive: true });
    expect(
      await apply(taskIn("claude-desktop", { home, platform: "win32" }), async () => false),
    ).toMatchObject({
      file: store,
    });
  });

  test("VS Code's question for the key comes and goes with the entry, and stays for others that ask it", async () => {
    const home = makeHome();
    const task = taskIn("vscode", { home });
    const file = prepare(task, '{\n  "servers": {},\n  "inputs": [] // none\n}\n');
    await apply(task, yes);
    const text = read(file);
    expect(text).toContain('"id": "lightfast-api-key"');
    expect(text).toContain('"password": true');
    const other = `"b": { "env": { "K": "\${input:lightfast-api-key}" } }`;
    const asking = text.replace('"servers": {', `"servers": {\n    ${other},`);
    writeFileSync(file, asking);
    await apply(undoing(task), yes);
    expect(read(file)).toContain('"id": "lightfast-api-key"');
    expect(read(file)).not.toContain("npx");
    writeFileSync(file, text);
    await apply(undoing(task), yes);
    expect(read(file)).toBe('{\n  "servers": {},\n  "inputs": [] // none\n}\n');
  });

  test.each([
    [
      "cursor",
      /^Set LIGHTFAST_API_KEY where Cursor is started, or run lightfast-mcp login\. Restart Cursor\.$/,
    ],
    ["vscode", /^VS Code asks for the key when it starts the server\. In VS Code, /],
    [
      "zed",
      /^Run lightfast-mcp login, or add LIGHTFAST_API_KEY to "env" of the entry in .+settings\.json\. Zed /,
    ],
    ["codex", /^Codex passes LIGHTFAST_API_KEY on .+ Start a new session of Codex\.$/],
    ["goose", /goose configure\. Start a new session of Goose\.$/],
  ])("%s: says where the key comes from and what to restart", async (id, message) => {
    const task = taskIn(id, { home: makeHome() });
    prepare(task);
    expect((await apply(task, async () => true)).message).toMatch(message);
  });

  test.each([
    ["a login is stored", { hasStoredLogin: true }],
    ["it starts the sandbox", { sandbox: true }],
    ["it starts with a login that is stored", { profile: "work", hasStoredLogin: true }],
  ])("says nothing of a key where %s", async (_, options) => {
    const task = taskIn("zed", { home: makeHome(), ...options });
    prepare(task);
    expect((await apply(task, yes)).message).toBe("Zed reads its settings again by itself.");
  });

  test("a login to start with that is not stored yet is asked for", async () => {
    const task = taskIn("zed", { home: makeHome(), profile: "work" });
    prepare(task);
    expect((await apply(task, yes)).message).toMatch(/^Run lightfast-mcp login --profile work\. Zed /);
  });

  test("a client that reads plain JSON alone is spoken of where its file has comments", async () => {
    const task = taskIn("claude-desktop", { home: makeHome() });
    prepare(task, "{} // mine\n");
    expect((await apply(task, yes)).message).toMatch(
      /^Claude Desktop may not read this file: it has comments/,
    );
    const lenient = taskIn("zed", { home: makeHome() });
    prepare(lenient, "{} // mine\n");
    expect((await apply(lenient, yes)).message).not.toMatch(/may not read/);
  });

  test.each(CLIENTS.map(({ id }) => id))(
    "%s: no entry speaks of a key where a login is stored",
    async (id) => {
      const task = taskIn(id, { home: makeHome(), hasStoredLogin: true });
      prepare(task);
      const { file = "" } = await apply(task, yes);
      expect(read(file)).toContain("@lightfastai/mcp");
      expect(read(file)).not.toMatch(/LIGHTFAST_API_KEY|promptString/);
    },
  );
});

describe("diff", () => {
  test("shows what changes and two lines around it", () => {
    expect(diffOf("/f", "1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nx\n5\n6\n7\n")).toBe(
      ["--- /f", "+++ /f", "@@ -2,5 +2,5 @@", " 2", " 3", "-4", "+x", " 5", " 6"].join("\n"),
    );
  });

  test("a file that is made or taken away stands on one side alone", () => {
    expect(diffOf("/f", undefined, "a\n")).toBe("--- (no file)\n+++ /f\n@@ -0,0 +1,1 @@\n+a");
    expect(diffOf("/f", "a\n", undefined)).toBe("--- /f\n+++ (no file)\n@@ -1,1 +0,0 @@\n-a");
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
  ])("of %s shows %s", (line, shown) => {
    expect(diffOf("/f", "", `${line}\n`).split("\n").at(-1)).toBe(`+${shown}`);
  });

  test("very long lines are cut", () => {
    expect(
      diffOf("/f", "", `${"x".repeat(1000)}\n`)
        .split("\n")
        .at(-1),
    ).toMatch(/^\+x{158}…$/);
  });
});

describe("restore", () => {
  /** Linux takes every text; the others, whose paths and commands alone differ, take every third. */
  const isTaken = (platform: string, index: number): boolean =>
    platform === "linux" || index % 3 === (platform === "darwin" ? 0 : 1);

  const CASES = CLIENTS.flatMap((client) =>
    ["darwin", "win32", "linux"].map((platform) => ({ id: client.id, platform, client })),
  );

  describe.each(CASES)("$id on $platform", ({ id, platform, client }) => {
    const texts = textsOf(client.format, client.keyPath[0] ?? "").filter((_, index) =>
      isTaken(platform, index),
    );

    test.each(texts)("%s: install and uninstall restore the file byte for byte", async (_, text) => {
      const task = taskIn(id, { home: makeHome(), platform });
      const file = prepare(task, text);
      expect(await apply(task, yes)).toMatchObject({ client: id, file, outcome: "written" });
      const entry = find(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
      expect(plainOf(entry)).toEqual(entryOf(client, task.server));
      expect(await apply(undoing(task), yes)).toMatchObject({ client: id, file, outcome: "removed" });
      expect(read(file)).toBe(text);
    });

    test("a file that was not there is gone again", async () => {
      const task = taskIn(id, { home: makeHome(), platform });
      const file = prepare(task);
      expect(await apply(task, yes)).toMatchObject({ file, outcome: "written" });
      expect(read(file)).toMatch(/lightfast/);
      expect(await apply(undoing(task), yes)).toMatchObject({ file, outcome: "removed" });
      expect(besides(file).filter((name) => !name.includes(".lightfast-backup-"))).toEqual(
        client.home ? [".claude"] : [],
      );
    });

    test.each(DAMAGED[client.format])(
      "the damaged file %j is left alone and named with %s",
      async (text, place) => {
        const task = taskIn(id, { home: makeHome(), platform });
        const file = prepare(task, text);
        const before = besides(file);
        for (const one of [task, undoing(task)]) {
          const { outcome, message } = await apply(one, () => Promise.reject(new Error("asked")));
          expect(outcome).toBe("failed");
          expect(message).toContain(`${file}:${place}: `);
        }
        expect(readFileSync(file)).toEqual(Buffer.from(text));
        expect(besides(file)).toEqual(before);
      },
    );
  });
});
