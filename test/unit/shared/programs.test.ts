import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { locateProgram, systemProgram } from "../../../src/shared/programs.ts";

const isWindows = process.platform === "win32";

function folderWith(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-programs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files) {
    writeFileSync(join(folder, file), "");
    chmodSync(join(folder, file), file.endsWith(".txt") ? 0o644 : 0o755);
  }
  return folder;
}

describe.skipIf(isWindows)("on POSIX systems, where files have a mode", () => {
  test("a program is found in PATH and by its path", () => {
    const folder = folderWith("npx", "data.txt");
    mkdirSync(join(folder, "folder"));
    const env = { PATH: ["/no/such", folder].join(delimiter) };
    expect(locateProgram("npx", env, "linux")).toBe(join(folder, "npx"));
    expect(locateProgram(join(folder, "npx"), {}, "linux")).toBe(join(folder, "npx"));
    for (const name of ["data.txt", "folder", "none"])
      expect(locateProgram(name, env, "linux")).toBeUndefined();
    expect(locateProgram("npx", {}, "linux")).toBeUndefined();
  });
});

describe.runIf(isWindows)("on Windows, where files have an extension", () => {
  test("PATHEXT completes a name, in the order of the folders and of the extensions", () => {
    const first = folderWith("npx", "tool.cmd", "python3.11.exe");
    const second = folderWith("npx.cmd", "tool.exe", "other.cmd", "other.exe");
    const env = { path: `"${first}";;${second}` };
    const nameOf = (command: string, more = {}) =>
      locateProgram(command, { ...env, ...more }, "win32")?.toLowerCase();
    // npm's script for POSIX shells has no extension.
    expect(nameOf("npx")).toBe(join(second, "npx.cmd").toLowerCase());
    expect(nameOf("tool")).toBe(join(first, "tool.cmd").toLowerCase());
    expect(nameOf("TOOL.CMD")).toBe(join(first, "tool.cmd").toLowerCase());
    expect(nameOf("python3.11")).toBe(join(first, "python3.11.exe").toLowerCase());
    expect(nameOf("other")).toBe(join(second, "other.exe").toLowerCase());
    expect(nameOf("other", { PATHEXT: ".cmd" })).toBe(join(second, "other.cmd").toLowerCase());
    expect(nameOf(`${first}\\tool`)).toBe(join(first, "tool.cmd").toLowerCase());
    expect(nameOf("data")).toBeUndefined();
  });

  test("the current folder does not count, because it can belong to a project", () => {
    const folder = folderWith("evil.exe");
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    expect(locateProgram("evil", { PATH: "" }, "win32")).toBeUndefined();
    expect(locateProgram(".\\evil", {}, "win32")).toBe("evil.EXE");
  });
});

test("a program of Windows has a full path", () => {
  expect(systemProgram("cmd.exe", { SystemRoot: "D:\\WINNT" })).toBe("D:\\WINNT\\System32\\cmd.exe");
  expect(systemProgram("cmd.exe", {})).toBe("C:\\Windows\\System32\\cmd.exe");
});
