import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { replaceFile, retryOnWindows } from "../../../src/shared/replace-file.ts";
import { pretendPlatform } from "../../support/home.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-replace-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

test("a file is created and replaced, private, without another file beside it", () => {
  const folder = makeFolder();
  const file = join(folder, "login.json");
  for (const content of ["one", "two"]) {
    replaceFile(file, content);
    expect(readFileSync(file, "utf8")).toBe(content);
  }
  if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["login.json"]);
});

test("a replacement that fails leaves nothing behind", () => {
  const folder = makeFolder();
  const file = join(folder, "folder");
  writeFileSync(join(folder, "other"), "");
  expect(() => replaceFile(join(folder, "other", "file"), "text")).toThrow(/ENOTDIR|ENOENT/);
  expect(() => replaceFile(file, undefined as unknown as string)).toThrow(TypeError);
  expect(readdirSync(folder)).toEqual(["other"]);
});

test.each(["EPERM", "EACCES", "EBUSY"])("only Windows tries again after %s", (code) => {
  const fail = (times: number) => {
    let attempts = 0;
    const result = () => {
      attempts += 1;
      return attempts > times ? attempts : failWith(code);
    };
    return result;
  };
  pretendPlatform("win32");
  expect(retryOnWindows(fail(3))).toBe(4);
  expect(() => retryOnWindows(() => failWith("ENOSPC"))).toThrow("ENOSPC");
  pretendPlatform("linux");
  expect(() => retryOnWindows(fail(1))).toThrow(code);
});

test("a retry ends when the operation no longer matters", () => {
  pretendPlatform("win32");
  let attempts = 0;
  const operation = () => {
    attempts += 1;
    return failWith("EPERM");
  };
  expect(() => retryOnWindows(operation, () => attempts === 2)).toThrow("EPERM");
  expect(attempts).toBe(2);
});
