import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { apply } from "../../../src/clients/apply.ts";
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

const TEXT = '{\n  "mcpServers": {\n    "github": {}\n  }\n}\n';
function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

// Windows has other rights, and links only for administrators.
describe.skipIf(process.platform === "win32")("a file with an owner, a mode and links", () => {
  test("a new file of a user is readable by nobody else, a new file of a project by all", async () => {
    const home = makeHome();
    const own = taskIn("cursor", { home });
    const shared = taskIn("claude-code", { home, project: home });
    for (const task of [own, shared]) {
      prepare(task);
      expect(await apply(task, yes)).not.toHaveProperty("backup");
    }
    expect([modeOf(fileOf(own)), modeOf(fileOf(shared))]).toEqual([0o600, 0o644]);
  });

  test("a link is followed, not replaced, whether its file is there or not", async () => {
    for (const text of [TEXT, undefined]) {
      const home = makeHome();
      const task = taskIn("cursor", { home });
      const file = prepare(task);
      const dotfiles = join(home, "dotfiles");
      mkdirSync(dotfiles);
      symlinkSync("../dotfiles/link.json", file);
      symlinkSync("cursor.json", join(dotfiles, "link.json"));
      const target = join(dotfiles, "cursor.json");
      if (text !== undefined) writeFileSync(target, text);
      expect(await apply(task, yes)).toMatchObject({ file, outcome: "written" });
      expect(read(target)).toContain("lightfast");
      expect(lstatSync(target).isFile()).toBe(true);
      await apply(undoing(task), yes);
      expect(lstatSync(file).isSymbolicLink()).toBe(true);
      expect(existsSync(target) ? read(target) : undefined).toBe(text);
      expect(besides(file)).toEqual(["mcp.json"]);
    }
  });

  test("links in a circle are named", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task);
    symlinkSync("mcp.json", file);
    expect(await apply(task, yes)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("ELOOP"),
    });
  });

  test("a file that is write-protected is left alone", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, TEXT);
    chmodSync(file, 0o444);
    expect(await apply(task, yes)).toMatchObject({
      outcome: "failed",
      message: `${file} is write-protected.`,
    });
    expect([read(file), besides(file)]).toEqual([TEXT, ["mcp.json"]]);
  });

  test("the owner and the mode of a file stay", async () => {
    const task = taskIn("cursor", { home: makeHome() });
    const file = prepare(task, "{}");
    const { uid, gid } = statSync(file);
    // Only the superuser can give a file away.
    const owner = process.getuid?.() === 0 ? { uid: uid + 12_345, gid: gid + 12_345 } : { uid, gid };
    chownSync(file, owner.uid, owner.gid);
    chmodSync(file, 0o604);
    const { backup = "" } = await apply(task, yes);
    for (const path of [file, backup]) {
      const stat = statSync(path);
      expect({ uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o777 }).toEqual({ ...owner, mode: 0o604 });
    }
  });
});
