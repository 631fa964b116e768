import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openAuditJournal } from "../../../../../src/platforms/lightfast/hosted/audit-journal.ts";
import { fakeApp } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { auditEvent, auditTo, captureLog } from "../../../../support/lightfast/hosted.ts";
import { manualClock } from "../../../../support/manual-clock.ts";
import { json } from "../../../../support/scripted-server.ts";

const isPosix = process.platform !== "win32";

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "audit.jsonl");
}

/** Opens a journal after the end of the process that used it. */
async function open(path: string) {
  rmSync(`${path}.lock`, { force: true });
  const { logged, log } = captureLog();
  const journal = await openAuditJournal(path, log);
  onTestFinished(() => journal.close());
  return { journal, logged };
}

/** The keys that a process would replay now. */
async function keysIn(path: string): Promise<string[]> {
  return (await open(path)).journal.undelivered.map(({ key }) => key);
}

function lineOf(key: string): string {
  return `${JSON.stringify({ key, event: auditEvent(key) })}\n`;
}

describe("an entry", () => {
  test("is in the file when append returns", async () => {
    const path = journalPath();
    const { journal } = await open(path);
    expect(journal.append({ key: "one", event: auditEvent("one") })).toBe(true);
    expect(readFileSync(path, "utf8")).toBe(lineOf("one"));
  });

  test("is replayed unchanged and in order, without those that were delivered", async () => {
    const path = journalPath();
    const { journal } = await open(path);
    for (const key of ["one", "two", "three"]) journal.append({ key, event: auditEvent(key) });
    journal.remove("two");
    await setImmediate();
    expect((await open(path)).journal.undelivered).toEqual([
      { key: "one", event: auditEvent("one") },
      { key: "three", event: auditEvent("three") },
    ]);
  });

  test("leaves an empty file once all are delivered", async () => {
    const path = journalPath();
    const { journal } = await open(path);
    for (const key of ["one", "two"]) journal.append({ key, event: auditEvent(key) });
    journal.remove("one");
    await setImmediate();
    journal.remove("two");
    journal.remove("unknown");
    await setImmediate();
    expect(statSync(path).size).toBe(0);
    journal.append({ key: "three", event: auditEvent("three") });
    expect(await keysIn(path)).toEqual(["three"]);
  });
});

test.runIf(isPosix)("only the owner can read the file, also if it existed", async () => {
  const path = journalPath();
  writeFileSync(path, lineOf("one"), { mode: 0o644 });
  chmodSync(path, 0o644);
  const { journal } = await open(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(journal.undelivered).toHaveLength(1);
  expect(existsSync(`${path}.tmp`)).toBe(false);
});

describe("the file is read after", () => {
  test("the last line was cut, at any byte", async () => {
    const line = lineOf("two");
    for (let length = 0; length < line.length; length += 7) {
      const path = journalPath();
      writeFileSync(path, lineOf("one") + line);
      truncateSync(path, lineOf("one").length + length);
      expect(await keysIn(path)).toEqual(["one"]);
      expect(readFileSync(path, "utf8")).toBe(lineOf("one"));
    }
  });

  test("its only line was cut", async () => {
    for (const length of [0, 1, 5, 8, 100]) {
      const path = journalPath();
      writeFileSync(path, lineOf("one").slice(0, length));
      expect(await keysIn(path)).toEqual([]);
    }
  });

  test("a power failure left zeros at its end", async () => {
    const path = journalPath();
    writeFileSync(path, lineOf("one"));
    appendFileSync(path, "\0".repeat(100));
    expect(await keysIn(path)).toEqual(["one"]);
  });

  test("the process ended during a compaction", async () => {
    const path = journalPath();
    writeFileSync(path, lineOf("one"));
    writeFileSync(`${path}.tmp`, "half");
    expect(await keysIn(path)).toEqual(["one"]);
  });
});

describe("an unusable file stops the start and stays as it is:", () => {
  const rejected = (path: string, message: string) =>
    expect(open(path)).rejects.toThrow(
      expect.objectContaining({
        name: "SettingsError",
        message: `--audit-journal (LIGHTFAST_MCP_AUDIT_JOURNAL): ${path} ${message}`,
      }),
    );

  test.each([
    ["text", "export PATH\nalias ll\n", 1],
    ["one line without its end", "secrets", 1],
    ["other JSON", '{"a":1}\n', 1],
    ["an entry without an event", `${lineOf("one")}{"key":"two"}\n`, 2],
  ])("%s", async (_, content, line) => {
    const path = journalPath();
    writeFileSync(path, content);
    await rejected(path, `is not an audit journal (line ${line}). Choose another file, or move it away.`);
    expect(readFileSync(path, "utf8")).toBe(content);
  });

  test("a folder", async () => {
    const path = journalPath();
    mkdirSync(path);
    await rejected(path, "is not a regular file. Choose a file of its own for the journal.");
  });

  test.runIf(isPosix)("a link", async () => {
    const path = journalPath();
    symlinkSync("/dev/null", path);
    await rejected(path, "is not a regular file. Choose a file of its own for the journal.");
  });

  test("a file in a folder that does not exist", async () => {
    const path = join(journalPath(), "audit.jsonl");
    await rejected(path, "cannot be used (ENOENT). Choose a file in a folder that this server may write.");
  });

  test("a file that another server uses", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const path = journalPath();
    writeFileSync(path, lineOf("one"));
    const owner = { pid: 7, host: "other", since: "2026-11-28T19:00:00.000Z" };
    writeFileSync(`${path}.lock`, JSON.stringify(owner));
    const { log, logged } = captureLog();
    const opened = expect(openAuditJournal(path, log)).rejects.toThrow(
      `${path} is in use by process 7 on other, which started at 2026-11-28T19:00:00.000Z. ` +
        "Stop that server, or choose another file: each server needs its own.",
    );
    expect(logged.join()).toContain(
      "audit journal locked by process 7 on other, which started at 2026-11-28T19:00:00.000Z; waiting up to 20 s",
    );
    utimesSync(`${path}.lock`, 1, 1);
    await vi.advanceTimersByTimeAsync(1000);
    await opened;
    expect(readFileSync(path, "utf8")).toBe(lineOf("one"));
  });

  test("which leaves no lock behind", async () => {
    const path = journalPath();
    writeFileSync(path, "secrets");
    await expect(open(path)).rejects.toThrow();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test("more than 64 MiB", async () => {
    const path = journalPath();
    writeFileSync(path, "");
    truncateSync(path, 64 * 1024 * 1024 + 1);
    await rejected(path, "has more than 67108864 bytes. Move it away, or choose another file.");
  });
});

test("nothing is written to a journal that another server has taken over", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const path = journalPath();
  const { journal, logged } = await open(path);
  journal.append({ key: "one", event: auditEvent("one") });
  const other = JSON.stringify({ pid: 7, host: "other", since: "2026-11-28T19:00:00.000Z" });
  writeFileSync(`${path}.lock`, other);
  vi.advanceTimersByTime(15_000);

  expect(journal.append({ key: "two", event: auditEvent("two") })).toBe(false);
  expect(logged.join()).toMatch(/audit journal taken over by another server; .* in memory only/);
  journal.close();
  expect(readFileSync(path, "utf8")).toBe(lineOf("one"));
  expect(readFileSync(`${path}.lock`, "utf8")).toBe(other);
});

test("the file stays small while events come and go", async () => {
  const path = journalPath();
  const { journal } = await open(path);
  journal.append({ key: "stays", event: auditEvent("stays") });
  let largest = 0;
  for (let count = 0; count < 40_000; count += 1) {
    journal.append({ key: `key-${count}`, event: auditEvent(`${count}`) });
    journal.remove(`key-${count}`);
    if (count % 100 === 0) {
      await setImmediate();
      largest = Math.max(largest, statSync(path).size);
    }
  }
  await setImmediate();
  expect(largest).toBeLessThan(9 * 1024 * 1024);
  expect(statSync(path).mode & 0o777).toBe(isPosix ? 0o600 : statSync(path).mode & 0o777);
  expect(await keysIn(path)).toEqual(["stays"]);
});

describe("a queue with a journal", () => {
  test("delivers after a restart what the process before it left, with the same keys", async () => {
    const path = journalPath();
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 8 }, () => ({ after: gate.promise })));
    const first = auditTo(app, { journal: (await open(path)).journal });
    for (const id of ["one", "two", "three"]) first.queue.push(auditEvent(id));
    await app.arrived("/audit", 3);
    // The first process is killed here: nothing more of it counts.

    const { queue, logged, left } = auditTo(app, { journal: (await open(path)).journal });
    gate.open();
    await left(0);
    expect(logged).toEqual(["info: audit journal replayed events=3"]);
    expect(await queue.drain(1000)).toBe(0);
    const keys = app.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(6);
    expect(new Set(keys).size).toBe(3);
    await setImmediate();
    expect(statSync(path).size).toBe(0);
  });

  test("loses nothing when it stops", async () => {
    const path = journalPath();
    const app = await fakeApp();
    const gate = createGate();
    app.plays("/audit", ...Array.from({ length: 8 }, () => ({ after: gate.promise })));
    const { queue, logged, lost } = auditTo(app, { journal: (await open(path)).journal });
    queue.push(auditEvent("one"));
    expect(await queue.drain(50)).toBe(0);
    queue.push(auditEvent("two"));
    expect(lost()).toBe(0);
    expect(logged).toEqual(["warn: audit events stay in the journal for the next start events=1"]);
    expect((await open(path)).journal.undelivered.map(({ event }) => event.metadata.requestId)).toEqual([
      "one",
      "two",
    ]);
    gate.open();
  });

  test("retries for longer than ten minutes, and forgets what the app rejects", async () => {
    const path = journalPath();
    const app = await fakeApp();
    const clock = manualClock();
    app.plays("/audit", json(404, {}), json(404, {}), json(400, {}));
    const { queue, lost } = auditTo(app, { journal: (await open(path)).journal, clock });
    queue.push(auditEvent("one"));
    await clock.nextWait();
    clock.advance(11 * 60_000);
    await app.arrived("/audit", 2);
    clock.advance(await clock.nextWait());
    await app.arrived("/audit", 3);
    await expect.poll(lost).toBe(1);
    expect(await keysIn(path)).toEqual([]);
  });

  test("keeps events in memory while the file cannot be written", async () => {
    const path = journalPath();
    const app = await fakeApp();
    const { journal } = await open(path);
    journal.close();
    const { queue, left } = auditTo(app, { journal });
    queue.push(auditEvent("one"));
    await left(0);
    expect(app.audited).toHaveLength(1);
  });
});
