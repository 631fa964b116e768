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
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lockFile, WATCH_MS } from "../../../src/shared/file-lock.ts";

const SINCE = "2026-11-28T19:00:00.000Z";
const NO_HOOKS = { onLost: () => {}, onWatch: () => {} };

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return lockPathIn(folder);
}

function lockPathIn(folder: string): string {
  return join(folder, "file.lock");
}

/** Locks until the end of the test. */
async function lock(path: string, onLost = () => {}) {
  const result = await lockFile(path, { ...NO_HOOKS, onLost });
  if (typeof result === "function") onTestFinished(result);
  return result;
}

/** Locks what another process has, while `renew` runs after each second, and says for how long it was watched. */
async function watch(path: string, renew: (second: number) => unknown = () => {}) {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let isDone = false;
  const onWatch = vi.fn();
  const locked = lockFile(path, { ...NO_HOOKS, onWatch }).finally(() => {
    isDone = true;
  });
  let seconds = 0;
  for (await vi.advanceTimersByTimeAsync(0); !isDone; seconds += 1) {
    renew(seconds);
    await vi.advanceTimersByTimeAsync(1000);
  }
  const result = await locked;
  if (typeof result === "function") onTestFinished(result);
  expect(onWatch).toHaveBeenCalledTimes(seconds > 0 ? 1 : 0);
  return { result, seconds };
}

async function startProcess(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function endedPid(): Promise<number> {
  const child = await startProcess();
  child.kill("SIGKILL");
  await once(child, "exit");
  return child.pid;
}

function ticksOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "";
}

/** What a lock of this machine has in common. */
const HERE = await (async () => {
  const path = lockPathIn(mkdtempSync(join(tmpdir(), "lightfast-lock-")));
  const release = await lockFile(path, NO_HOOKS);
  const { host, space } = JSON.parse(readFileSync(path, "utf8"));
  if (typeof release === "function") release();
  rmSync(dirname(path), { recursive: true });
  return { host, space };
})();

/** Writes the lock of some process at a time by its own clock, in seconds. */
function leave(path: string, owner: object | string, time = Date.now() / 1000): void {
  const complete = { pid: 1, ...HERE, since: SINCE };
  writeFileSync(path, typeof owner === "string" ? owner : JSON.stringify({ ...complete, ...owner }));
  utimesSync(path, time, time);
}

const isLinux = process.platform === "linux";

test("a lock names its process, and is gone after its release", async () => {
  const path = lockPath();
  const release = await lockFile(path, NO_HOOKS);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    pid: process.pid,
    host: hostname(),
    since: expect.stringMatching(/^\d{4}-.+Z$/),
    ...(isLinux && { space: expect.stringMatching(/^[\da-f-]{36} pid:\[\d+\]$/) }),
  });
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  if (typeof release === "function") release();
  expect(readdirSync(dirname(path))).toEqual([]);
});

test.runIf(isLinux)("the lock of a running process is kept, and taken over after its end", async () => {
  const path = lockPath();
  const child = await startProcess();
  // Also if it is stopped for long.
  leave(path, { pid: child.pid, ticks: ticksOf(child.pid) }, 1);
  expect(await lock(path)).toMatchObject({ owner: { pid: child.pid, host: hostname(), since: SINCE } });

  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await lock(path)).toBeTypeOf("function");
  expect(readdirSync(dirname(path))).toEqual(["file.lock"]);
});

test.each([
  ["a process that has ended", async () => ({ pid: await endedPid() }), true],
  ["a process whose id another one has now", () => ({ pid: process.ppid, ticks: "1" }), isLinux],
  ["a process with this one's id, in a container that started again", () => ({ pid: process.pid }), true],
] as const)("the lock of %s is taken over at once", async (_, owner, applies) => {
  if (!applies) return;
  const path = lockPath();
  leave(path, await owner());
  expect(await watch(path)).toEqual({ result: expect.any(Function), seconds: 0 });
});

/** Locks of processes that this one can't see. */
const UNSEEN: readonly (readonly [what: string, owner: object | string, expected: object | undefined])[] = [
  ["another machine", { host: "other" }, { host: "other" }],
  ["a container with the same name", { space: "1 pid:[1]" }, { space: "1 pid:[1]" }],
  ["a process whose start time is unknown", { pid: process.ppid }, { pid: process.ppid }],
  ["no one: a text that is cut", '{"pid":', undefined],
];

describe.each(UNSEEN)("the lock of %s", (_, owner, expected) => {
  const HOUR_S = 3600;

  test.each([
    ["an hour ahead", HOUR_S],
    ["equal", 0],
    ["an hour behind", -HOUR_S],
  ])("is kept if it is renewed within five seconds, with a clock that is %s", async (__, skewS) => {
    const path = lockPath();
    const time = Date.now() / 1000 + skewS;
    leave(path, owner, time);
    const renew = (second: number) => second === 4 && utimesSync(path, time + 5, time + 5);
    const { result, seconds } = await watch(path, renew);
    const { owner: found } = result as { owner: object | undefined };
    if (expected) expect(found).toMatchObject(expected);
    else expect(found).toBeUndefined();
    expect(seconds).toBe(5);
  });

  test.each([
    ["ahead", HOUR_S],
    ["behind", -HOUR_S],
  ])(
    "is taken over after 20 seconds without a renewal, with a clock that is an hour %s",
    async (__, skewS) => {
      const path = lockPath();
      leave(path, owner, Date.now() / 1000 + skewS);
      expect(await watch(path)).toEqual({ result: expect.any(Function), seconds: WATCH_MS / 1000 });
      expect(readdirSync(dirname(path))).toEqual(["file.lock"]);
    },
  );
});

test("a lock that is released while it is watched is taken over at once", async () => {
  const path = lockPath();
  leave(path, { host: "other" });
  const result = await watch(path, (second) => second === 2 && rmSync(path));
  expect(result).toEqual({ result: expect.any(Function), seconds: 3 });
});

test("a lock is renewed, and one that another process took over is reported and stays", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const path = lockPath();
  const onLost = vi.fn();
  const release = await lock(path, onLost);
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(5_000);
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
  const release = await lock(path, onLost);
  const text = readFileSync(path, "utf8");
  rmSync(path);
  mkdirSync(path);
  expect(() => vi.advanceTimersByTime(60_000)).not.toThrow();
  expect(onLost).not.toHaveBeenCalled();

  rmSync(path, { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(5_000);
  await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000));
  rmSync(path);
  mkdirSync(path);
  if (typeof release === "function") expect(release).not.toThrow();
});

test("a folder that does not exist is an error", async () => {
  await expect(lockFile(join(lockPath(), "none", "file.lock"), NO_HOOKS)).rejects.toThrow(/ENOENT/);
});
