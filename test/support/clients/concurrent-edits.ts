import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { apply, type Result } from "../../../src/clients/apply.ts";
import type { InstallJob } from "../../../src/clients/plan.ts";
import { approveAll, createJob, listFolder, makeHome, prepare, read, toUninstall } from "./jobs.ts";

/** What a rewriting program counts. */
type Tally = { writes: number; lost: number; missing: number; cut: number; last: number };

/** `kept`: edits that found two versions of another program at once, and kept the one without the name beside the file. */
export type Totals = Omit<Tally, "last"> & { edits: number; givenUp: number; kept: number };

/** Between two edits of a file, so that its other program writes more often than they do. */
const MAX_PAUSE_MS = 60;

const REWRITER = fileURLToPath(new URL("rewriter.mjs", import.meta.url));

/** Files of each format, with a counter of another program. */
const TEXTS: Readonly<Record<string, string>> = {
  "claude-code": '{\n  "theirs": 0,\n  "mcpServers": {\n    "github": { "command": "docker" }\n  }\n}\n',
  cursor: '{\n\t// mine\n\t"mcpServers": {\n\t\t"a": {}\n\t},\n\t"theirs": 0\n}',
  vscode:
    '{\n\t// mine\n\t"servers": {\n\t\t"a": {}\n\t},\n\t"inputs": [\n\t\t{ "id": "b" }\n\t],\n\t"theirs": 0\n}\n',
  codex: 'theirs = 0 # count\r\n\r\n[mcp_servers.a]\r\ncommand = "b"\r\n',
  goose: "# mine\nextensions:\n  a: {enabled: true}\ntheirs: 0\n",
};

/**
 * Edits files with entries at random while other processes rewrite them, and expects that each process finds what it
 * wrote last, and that the files end as they began, except for the counters.
 * @param edits in all
 */
export async function editConcurrently(edits: number, seed: number): Promise<Totals> {
  const clients = Object.entries(TEXTS);
  const totals = await Promise.all(
    clients.map(([id, text], index) => editOne(id, text, Math.ceil(edits / clients.length), seed + index)),
  );
  return totals.reduce((one, other) => ({
    edits: one.edits + other.edits,
    givenUp: one.givenUp + other.givenUp,
    kept: one.kept + other.kept,
    writes: one.writes + other.writes,
    lost: one.lost + other.lost,
    missing: one.missing + other.missing,
    cut: one.cut + other.cut,
  }));
}

async function editOne(id: string, text: string, edits: number, seed: number): Promise<Totals> {
  const home = makeHome();
  const jobs = [
    createJob(id, { home }),
    createJob(id, { home, profile: "work" }),
    createJob(id, { home, name: "b" }),
  ];
  const [first = createJob(id, { home })] = jobs;
  const file = prepare(first, text);
  const names = listFolder(file);
  const rewriter = fork(REWRITER, [file, String(seed)]);
  onTestFinished(() => void rewriter.kill("SIGKILL"));
  await once(rewriter, "message");
  const failures: string[] = [];
  for (let edit = 0; edit < edits; edit += 1) {
    const job = jobs[(seed + edit * 7 + Math.floor(edit / 3)) % jobs.length] ?? first;
    const { outcome, message = "" } = await apply(edit % 5 < 3 ? job : toUninstall(job), approveAll);
    if (outcome === "failed") failures.push(message);
    await sleep(Math.random() * MAX_PAUSE_MS);
  }
  rewriter.send("stop");
  const [tally] = (await once(rewriter, "message")) as [Tally];
  for (const job of jobs) expect(["removed", "absent"]).toContain((await remove(job)).outcome);
  expect(read(file)).toBe(text.replace("0", String(tally.last)));
  const left = listFolder(file).filter((name) => name !== ".backups" && !names.includes(name));
  expect(failures.filter((message) => left.some((name) => message.includes(name)))).toHaveLength(left.length);
  return { ...tally, edits, kept: left.length, givenUp: failures.length - left.length };
}

async function remove(job: InstallJob): Promise<Result> {
  return await apply(toUninstall(job), approveAll);
}
