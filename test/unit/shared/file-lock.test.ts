import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { lockFile } from "../../../src/shared/file-lock.ts";

const HOUR_S = 3600;
const SINCE = "2026-11-28T19:00:00.000Z";

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "file.lock");
}

/** Locks until the end of the test. */
function lock(path: string, onLost = () => {}) {
  const result = lockFile(path, onLost);
  if (typeof result === "function") onTestFinished(result);
  return result;
}

async function startProcess(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

function ticksOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "";
}

/** Writes the lock of some process, and lets it age. */
function leave(path: string, owner: object | string, ageS = 0): void {
  const complete = { pid: 1, host: hostname(), since: SINCE };
  writeFileSync(path, typeof owner === "string" ? owner : JSON.stringify({ ...complete, ...owner }));
  const time = Date.now() / 1000 - ageS;
  utimesSync(path, time, time);
}

test("a lock names its process, and is gone after its release", () => {
  const path = lockPath();
  const release = lockFile(path, () => {});
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    pid: process.pid,
    host: hostname(),
    since: expect.stringMatching(/^\d{4}-.+Z$/),
  });
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  if (typeof release === "function") release();
  expect(readdirSync(dirname(path))).toEqual([]);
});

test("the lock of a running process is kept, and taken over after its end", async () => {
  const path = lockPath();
  const child = await startProcess();
  leave(path, { pid: child.pid, ...(process.platform === "linux" && { ticks: ticksOf(child.pid) }) });
  expect(lock(path)).toMatchObject({ owner: { pid: child.pid, host: hostname(), since: SINCE } });

  child.kill("SIGKILL");
  await once(child, "exit");
  expect(lock(path)).toBeTypeOf("function");
  expect(readdirSync(dirname(path))).toEqual(["file.lock"]);
});

test.runIf(process.platform === "linux")("a process that is stopped for long keeps its lock", async () => {
  const path = lockPath();
  const { pid } = await startProcess();
  leave(path, { pid, ticks: ticksOf(pid) }, HOUR_S);
  expect(lock(path)).toMatchObject({ owner: { pid } });
});

test.each([
  [
    "a process whose id another one has now",
    { pid: process.ppid, ticks: "1" },
    0,
    process.platform === "linux",
  ],
  ["a process with this one's id, in a container that started again", { pid: process.pid }, 0, true],
  ["a process that did not renew it, where start times are unknown", { pid: process.ppid }, HOUR_S, true],
  ["another machine that did not renew it", { host: "other" }, HOUR_S, true],
  ["no one: a text that is cut", '{"pid":', HOUR_S, true],
] as const)("the lock of %s is taken over", (_, owner, ageS, applies) => {
  if (!applies) return;
  const path = lockPath();
  leave(path, owner, ageS);
  expect(lock(path)).toBeTypeOf("function");
});

test.each([
  ["a process that renewed it, where start times are unknown", { pid: process.ppid }, { pid: process.ppid }],
  ["another machine that renewed it", { host: "other" }, { host: "other" }],
  ["a process that is just writing it", "", undefined],
] as const)("the lock of %s is kept", (_, owner, expected) => {
  const path = lockPath();
  leave(path, owner);
  const { owner: found } = lock(path) as { owner: object | undefined };
  if (expected) expect(found).toMatchObject(expected);
  else expect(found).toBeUndefined();
});

test("a lock is renewed, and one that another process took over is reported and stays", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const path = lockPath();
  const onLost = vi.fn();
  const release = lock(path, onLost);
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(15_000);
  await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000));
  expect(onLost).not.toHaveBeenCalled();

  leave(path, { host: "other" });
  vi.advanceTimersByTime(60_000);
  expect(onLost).toHaveBeenCalledTimes(1);
  if (typeof release === "function") release();
  expect(existsSync(path)).toBe(true);
});

test("a lock that cannot be read for a while is neither lost nor an error", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const path = lockPath();
  const onLost = vi.fn();
  const release = lock(path, onLost);
  const text = readFileSync(path, "utf8");
  rmSync(path);
  mkdirSync(path);
  expect(() => vi.advanceTimersByTime(60_000)).not.toThrow();
  expect(onLost).not.toHaveBeenCalled();

  rmSync(path, { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(15_000);
  await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000));
  rmSync(path);
  mkdirSync(path);
  if (typeof release === "function") expect(release).not.toThrow();
});

test("a folder that does not exist is an error", () => {
  expect(() => lockFile(join(lockPath(), "none", "file.lock"), () => {})).toThrow(/ENOENT/);
});
