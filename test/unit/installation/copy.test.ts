import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { userPath } from "../../../src/config/folders.ts";
import {
  CopyError,
  createWorkFolder,
  installCopy,
  isIntact,
  launcherFile,
  placeCopy,
  readSelection,
  removeCopies,
  select,
  startFile,
  switchTo,
} from "../../../src/installation/copy.ts";
import { placeFile, temporaryHome } from "../../support/home.ts";

/** A package with that version, whose program prints `text`. */
function makePackage(version: string, text = version): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-package-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  placeFile(join(folder, "package.json"), JSON.stringify({ name: "@lightfastai/mcp", version }));
  placeFile(join(folder, "bin", "lightfast-mcp.js"), `require("../dist/deep/cli.cjs");`);
  placeFile(join(folder, "bin", "package.json"), '{"type":"commonjs"}');
  placeFile(join(folder, "dist", "deep", "cli.cjs"), `module.exports = ${JSON.stringify(text)};`);
  placeFile(join(folder, "src", "secret.ts"), "not published");
  return folder;
}

function copies(): readonly string[] {
  return readdirSync(userPath("data", "versions")).sort();
}

/** Changes a file of a copy, as a disk or a program might. */
function damage(name: string): string {
  const file = join(dirname(startFile(name)), "..", "dist", "deep", "cli.cjs");
  writeFileSync(file, "half a fi");
  return file;
}

test("the published files are copied, and the launcher loads them", () => {
  temporaryHome();
  expect(installCopy(makePackage("1.0.0"))).toBe("1.0.0");
  expect(copies()).toEqual(["1.0.0"]);
  expect(readdirSync(userPath("data", "versions", "1.0.0")).sort()).toEqual([
    "bin",
    "dist",
    "files.json",
    "package.json",
    "start.cache",
  ]);
  expect(readFileSync(launcherFile(), "utf8").split("\n")).toEqual([
    '"use strict";',
    expect.stringMatching(/^\/\/ /),
    'require("./versions/1.0.0/bin/lightfast-mcp.js");',
    "",
  ]);
  expect(readSelection()).toEqual({ current: "1.0.0", previous: undefined });
  expect(isIntact("1.0.0")).toBe(true);
});

test("an identical copy is left as it is", () => {
  temporaryHome();
  const source = makePackage("1.0.0");
  installCopy(source);
  const files = [startFile("1.0.0"), launcherFile()];
  for (const file of files) utimesSync(file, 1000, 1000);
  expect(installCopy(source)).toBe("1.0.0");
  for (const file of files) expect(statSync(file).mtimeMs).toBe(1_000_000);
  expect(copies()).toEqual(["1.0.0"]);
});

test.each([
  ["a changed file", () => damage("1.0.0")],
  ["a missing file", () => rmSync(startFile("1.0.0"))],
  ["a missing folder", () => rmSync(dirname(startFile("1.0.0")), { recursive: true })],
  ["no record", () => rmSync(userPath("data", "versions", "1.0.0", "files.json"))],
  ["a broken record", () => writeFileSync(userPath("data", "versions", "1.0.0", "files.json"), '{"bin/l')],
  [
    "a record of something else",
    () => writeFileSync(userPath("data", "versions", "1.0.0", "files.json"), "7"),
  ],
])("a copy with %s is repaired", (_, harm) => {
  temporaryHome();
  const source = makePackage("1.0.0");
  installCopy(source);
  harm();
  expect(isIntact("1.0.0")).toBe(false);
  expect(installCopy(source)).toBe("1.0.0");
  expect(isIntact("1.0.0")).toBe(true);
  expect(copies()).toEqual(["1.0.0"]);
});

test("each installation empties the compiled code, which nothing verifies", () => {
  temporaryHome();
  const source = makePackage("1.0.0");
  installCopy(source);
  const cache = userPath("data", "versions", "1.0.0", "start.cache");
  expect(readFileSync(cache)).toHaveLength(0);
  writeFileSync(cache, "of another Node.js");
  expect(isIntact("1.0.0")).toBe(true);
  installCopy(source);
  expect(readFileSync(cache)).toHaveLength(0);
});

test("another build of the same version gets a folder of its own, and none is changed", () => {
  temporaryHome();
  installCopy(makePackage("1.0.0", "released"));
  const released = readFileSync(join(dirname(startFile("1.0.0")), "..", "dist", "deep", "cli.cjs"), "utf8");
  const build = makePackage("1.0.0", "my own");
  const name = installCopy(build);
  expect(name).toMatch(/^1\.0\.0-[0-9a-f]{12}$/);
  expect(readSelection()).toEqual({ current: name, previous: "1.0.0" });
  expect(readFileSync(join(dirname(startFile("1.0.0")), "..", "dist", "deep", "cli.cjs"), "utf8")).toBe(
    released,
  );
  const file = damage(name);
  expect(installCopy(build)).toBe(name);
  expect(readFileSync(file, "utf8")).toContain("my own");
});

test("a newer copy stays the current one, unless it is damaged", () => {
  temporaryHome();
  installCopy(makePackage("2.0.0"));
  expect(installCopy(makePackage("1.0.0"))).toBe("2.0.0");
  expect(copies()).toEqual(["2.0.0"]);
  damage("2.0.0");
  expect(installCopy(makePackage("1.0.0"))).toBe("1.0.0");
});

test("the previous copy stays for a rollback, with one more for servers that still run", () => {
  temporaryHome();
  for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]) {
    installCopy(makePackage(version));
    utimesSync(userPath("data", "versions", version), 1, Number(version.replaceAll(".", "")));
  }
  expect(copies()).toEqual(["1.2.0", "1.3.0", "1.4.0"]);
  expect(readSelection()).toEqual({ current: "1.4.0", previous: "1.3.0" });
  switchTo("1.3.0");
  expect(readSelection()).toEqual({ current: "1.3.0", previous: "1.4.0" });
});

test("leftovers of a killed process are deleted after an hour", () => {
  temporaryHome();
  const [old, recent] = [createWorkFolder(), createWorkFolder()];
  utimesSync(old, 1, 1);
  installCopy(makePackage("1.0.0"));
  expect(existsSync(old)).toBe(false);
  expect(existsSync(recent)).toBe(true);
});

test("the program can install the copy that it runs from, unless that is damaged", () => {
  temporaryHome();
  installCopy(makePackage("1.0.0"));
  const own = userPath("data", "versions", "1.0.0");
  expect(placeCopy(own)).toBe("1.0.0");
  damage("1.0.0");
  expect(() => placeCopy(own)).toThrow(/is damaged\. Run: npx -y @lightfastai\/mcp@latest install$/);
});

test("removing deletes the copies and the launcher, and nothing else", () => {
  temporaryHome();
  installCopy(makePackage("1.0.0"));
  placeFile(userPath("data", "backups", "a"), "mine");
  expect(removeCopies()).toEqual([]);
  expect(readdirSync(userPath("data"))).toEqual(["backups"]);
  rmSync(userPath("data", "backups"), { recursive: true });
  expect(removeCopies()).toEqual([]);
  expect(existsSync(userPath("data"))).toBe(false);
});

test.skipIf(process.platform === "win32")("only the user can read or change the copy", () => {
  temporaryHome();
  installCopy(makePackage("1.0.0"));
  const entries = readdirSync(userPath("data"), { recursive: true, encoding: "utf8" });
  expect(entries).toContain("lightfast-mcp.cjs");
  for (const entry of entries) expect(statSync(userPath("data", entry)).mode & 0o077).toBe(0);
});

test("a folder that cannot be written is named", () => {
  temporaryHome();
  placeFile(dirname(userPath("data")), "a file");
  expect(() => installCopy(makePackage("1.0.0"))).toThrow(CopyError);
  expect(() => installCopy(makePackage("1.0.0"))).toThrow(userPath("data"));
});

test.each([
  "{}",
  "",
  '{"name":"@lightfastai/mcp","version":"../../evil"}',
  '{"name":"other","version":"1.0.0"}',
])("a folder with the manifest %j is not copied", (manifest) => {
  temporaryHome();
  const source = makePackage("1.0.0");
  writeFileSync(join(source, "package.json"), manifest);
  expect(() => installCopy(source)).toThrow(/does not contain @lightfastai\/mcp/);
  expect(existsSync(userPath("data"))).toBe(false);
});

test("a launcher that something else wrote is replaced", () => {
  temporaryHome();
  mkdirSync(userPath("data"), { recursive: true });
  writeFileSync(launcherFile(), "\u0000");
  expect(readSelection()).toBeUndefined();
  select({ current: "1.0.0", previous: undefined });
  expect(readSelection()?.current).toBe("1.0.0");
});
