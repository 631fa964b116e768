import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { type SharedState, shareState } from "../../../src/shared/state-file.ts";

const HOUR = 60 * 60 * 1000;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Process = SharedState & {
  readonly words: string[];
  readonly warnings: string[];
  add(word: string): void;
};

/** A process with a list of words as its state. */
function open(file: string, now: () => number = Date.now, version = 1): Process {
  const words: string[] = [];
  const warnings: string[] = [];
  const state = shareState({
    file,
    version,
    now,
    warn: (message) => warnings.push(message),
    load: (stored) => {
      if (Array.isArray(stored)) words.splice(0, words.length, ...stored.map(String));
    },
    save: () => words,
  });
  return { ...state, words, warnings, add: (word) => void state.update(() => words.push(word)) };
}

function read({ read: access, words }: Process): readonly string[] {
  return access(() => [...words]);
}

test("processes see what the others stored, before and after their own changes", () => {
  const file = join(temporaryFolder(), "a", "state.json");
  const [first, second] = [open(file), open(file)];
  first.add("one");
  expect(read(second)).toEqual(["one"]);
  second.add("two");
  first.add("three");
  expect(read(second)).toEqual(["one", "two", "three"]);
  expect(read(open(file))).toEqual(["one", "two", "three"]);
  expect([...first.warnings, ...second.warnings]).toEqual([]);
});

test("the file is this user's alone, and replaced without leftovers", () => {
  const folder = join(temporaryFolder(), "sandbox");
  open(join(folder, "state.json")).add("one");
  expect(readdirSync(folder)).toEqual(["state.json"]);
  if (process.platform === "win32") return;
  expect(statSync(join(folder, "state.json")).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a state lasts for an hour after its last change", () => {
  const file = join(temporaryFolder(), "state.json");
  let now = Date.now();
  const clock = () => now;
  open(file, clock).add("one");
  now += HOUR;
  expect(read(open(file, clock))).toEqual(["one"]);
  open(file, clock).add("two");
  now += HOUR;
  expect(read(open(file, clock))).toEqual(["one", "two"]);
  now += 1;
  expect(read(open(file, clock))).toEqual([]);
  open(file, clock).add("three");
  expect(read(open(file, clock))).toEqual(["three"]);
  now -= HOUR + 1;
  expect(read(open(file, clock))).toEqual([]);
});

test.each([
  ["nothing", ""],
  ["half a file", '{"version":1,"savedAt":'],
  ["another format", JSON.stringify({ version: 2, savedAt: Date.now(), state: ["old"] })],
  ["a damaged state", JSON.stringify({ version: 1, savedAt: Date.now(), state: { a: 1 } })],
  ["no time", JSON.stringify({ version: 1, state: ["old"] })],
  ["too much", JSON.stringify({ version: 1, savedAt: Date.now(), state: ["x".repeat(5 * 1024 * 1024)] })],
])("a file with %s counts as absent, and is replaced", (_, text) => {
  const file = join(temporaryFolder(), "state.json");
  writeFileSync(file, text);
  const state = open(file);
  expect(read(state)).toEqual([]);
  state.add("one");
  expect(read(open(file))).toEqual(["one"]);
  expect(state.warnings).toEqual([]);
});

test("without a usable folder, the state stays in memory, with one warning", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const file = join(folder, "file", "state.json");
  const state = open(file);
  state.add("one");
  state.add("two");
  expect(read(state)).toEqual(["one", "two"]);
  expect(state.warnings).toEqual([
    expect.stringMatching(/stays in this process: .+ cannot be used \(E\w+\)/),
  ]);
});

test("a state that is too long stays in memory, and the lock is released", () => {
  const file = join(temporaryFolder(), "state.json");
  open(file).add("one");
  const state = open(file);
  state.add("x".repeat(5 * 1024 * 1024));
  expect(state.warnings).toEqual([expect.stringContaining("more than 4194304 bytes")]);
  expect(read(open(file))).toEqual(["one"]);
  open(file).add("two");
  expect(read(open(file))).toEqual(["one", "two"]);
});

test("a change that fails stores nothing, and releases the lock", () => {
  const file = join(temporaryFolder(), "state.json");
  const state = open(file);
  state.add("one");
  const before = readFileSync(file, "utf8");
  const fail = (): void => {
    throw new Error("refused");
  };
  expect(() => state.update(fail)).toThrow("refused");
  expect(readFileSync(file, "utf8")).toBe(before);
  state.add("two");
  expect(read(open(file))).toEqual(["one", "two"]);
});

/** Lets the clock of waits pass faster. */
function hurry(): void {
  let passed = 0;
  const rightNow = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    passed += 500;
    return rightNow() + passed;
  });
  onTestFinished(() => clock.mockRestore());
}

test("the lock of a process that died is removed", () => {
  const file = join(temporaryFolder(), "state.json");
  writeFileSync(`${file}.new`, '{"version":1,');
  hurry();
  const state = open(file);
  state.add("one");
  expect(state.warnings).toEqual([]);
  expect(read(open(file))).toEqual(["one"]);
});

test("a lock that cannot be had ends in memory", () => {
  const file = join(temporaryFolder(), "state.json");
  // A folder, which cannot be removed like a file.
  mkdirSync(join(`${file}.new`, "x"), { recursive: true });
  hurry();
  const state = open(file);
  state.add("one");
  expect(read(state)).toEqual(["one"]);
  expect(state.warnings).toHaveLength(1);
});
