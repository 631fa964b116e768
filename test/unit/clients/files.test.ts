import fs, {
  chmodSync,
  chownSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { apply } from "../../../src/clients/apply.ts";
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
import { pretendPlatform } from "../../support/home.ts";

const TEXT = '{\n  "mcpServers": {\n    "github": {}\n  }\n}\n';
function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

// Windows has other permissions, and only administrators can create links.
describe.skipIf(process.platform === "win32")("owner, mode and links", () => {
  test("a new user file is private, a new project file is readable by all", async () => {
    const home = makeHome();
    const own = createJob("cursor", { home });
    const shared = createJob("claude-code", { home, project: home });
    for (const job of [own, shared]) {
      prepare(job);
      expect(await apply(job, approveAll)).not.toHaveProperty("backup");
    }
    expect([modeOf(fileOf(own)), modeOf(fileOf(shared))]).toEqual([0o600, 0o644]);
  });

  test("a link is followed and kept, whether its target exists or not", async () => {
    for (const text of [TEXT, undefined]) {
      const home = makeHome();
      const job = createJob("cursor", { home });
      const file = prepare(job);
      const dotfiles = join(home, "dotfiles");
      mkdirSync(dotfiles);
      symlinkSync("../dotfiles/link.json", file);
      symlinkSync("cursor.json", join(dotfiles, "link.json"));
      const target = join(dotfiles, "cursor.json");
      if (text !== undefined) writeFileSync(target, text);
      expect(await apply(job, approveAll)).toMatchObject({ file, outcome: "written" });
      expect(read(target)).toContain("lightfast");
      expect(lstatSync(target).isFile()).toBe(true);
      await apply(toUninstall(job), approveAll);
      expect(lstatSync(file).isSymbolicLink()).toBe(true);
      expect(existsSync(target) ? read(target) : undefined).toBe(text);
      expect(listFolder(file)).toEqual(["mcp.json"]);
    }
  });

  test("a link loop is reported", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job);
    symlinkSync("mcp.json", file);
    expect(await apply(job, approveAll)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("ELOOP"),
    });
  });

  test("a write-protected file is not changed", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    chmodSync(file, 0o444);
    expect(await apply(job, approveAll)).toMatchObject({
      outcome: "failed",
      message: `${file} is write-protected.`,
    });
    expect([read(file), listFolder(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("the owner and the mode of a file are kept", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, "{}");
    const { uid, gid } = statSync(file);
    // Only root can change the owner.
    const owner = process.getuid?.() === 0 ? { uid: uid + 12_345, gid: gid + 12_345 } : { uid, gid };
    chownSync(file, owner.uid, owner.gid);
    chmodSync(file, 0o604);
    const { backup = "" } = await apply(job, approveAll);
    const stat = statSync(file);
    expect({ uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o777 }).toEqual({ ...owner, mode: 0o604 });
    expect(modeOf(backup)).toBe(0o600);
  });
});

describe("another program at the same moment", () => {
  test("may keep a file of Windows from being moved or deleted for a moment, as virus scanners do", async () => {
    const job = createJob("cursor", { home: makeHome() });
    const file = prepare(job, TEXT);
    pretendPlatform("win32");
    const refused: string[] = [];
    for (const name of ["rmSync", "renameSync"] as const) {
      const real = fs[name] as (...args: unknown[]) => void;
      const spy = vi.spyOn(fs, name).mockImplementation((...args: unknown[]) => {
        refused.push(name);
        if (refused.filter((one) => one === name).length > 1) return real(...args);
        throw Object.assign(new Error("EPERM"), { code: "EPERM" });
      });
      onTestFinished(() => spy.mockRestore());
    }
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written" });
    expect(read(file)).toContain("lightfast");
    expect(listFolder(file)).toEqual(["mcp.json"]);
    expect(new Set(refused)).toEqual(new Set(["rmSync", "renameSync"]));
  });

  const THEIRS = TEXT.replace("github", "theirs");

  /** Runs something once, before or after a call. */
  function interfere(call: "renameSync" | "linkSync", time: "before" | "after", work: () => void): void {
    const original = fs[call];
    const spy = vi.spyOn(fs, call).mockImplementationOnce((...args) => {
      if (time === "before") work();
      original(...args);
      if (time === "after") work();
    });
    onTestFinished(() => spy.mockRestore());
  }

  function prepareFile() {
    const job = { ...createJob("cursor", { home: makeHome() }), backups: undefined };
    return { job, file: prepare(job, TEXT) };
  }

  test("a version that replaces the file before it is moved is kept, and edited", async () => {
    const { job, file } = prepareFile();
    interfere("renameSync", "before", () => {
      writeFileSync(`${file}.theirs`, THEIRS);
      renameSync(`${file}.theirs`, file);
    });
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written" });
    expect(JSON.parse(read(file))).toEqual({
      mcpServers: { theirs: {}, lightfast: expect.anything() },
    });
    expect(listFolder(file)).toEqual(["mcp.json"]);
  });

  test("a program that was writing when the file was moved gets its file back", async () => {
    const { job, file } = prepareFile();
    const descriptor = openSync(file, "r+");
    interfere("linkSync", "after", () => {
      ftruncateSync(descriptor);
      writeSync(descriptor, THEIRS, 0);
    });
    expect(await apply(job, approveAll)).toMatchObject({ outcome: "written" });
    expect(JSON.parse(read(file))).toEqual({
      mcpServers: { theirs: {}, lightfast: expect.anything() },
    });
    expect(listFolder(file)).toEqual(["mcp.json"]);
  });

  test("a version that is created while the file has no name wins, and the moved one is kept and named", async () => {
    const { job, file } = prepareFile();
    interfere("linkSync", "before", () => writeFileSync(file, "{}"));
    const { outcome, message = "" } = await apply(job, approveAll);
    const kept = / is in (.+): compare them\.$/.exec(message)?.[1] ?? "";
    expect([outcome, read(file), read(kept)]).toEqual(["failed", "{}", TEXT]);
    expect(listFolder(file)).toHaveLength(2);
  });

  test("a deleted file is not created again", async () => {
    const { job, file } = prepareFile();
    await apply(job, approveAll);
    interfere("renameSync", "before", () => rmSync(file));
    expect(await apply(toUninstall(job), approveAll)).toMatchObject({ outcome: "absent" });
    expect(listFolder(file)).toEqual([]);
  });
});
