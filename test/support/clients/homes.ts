import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Preview } from "../../../src/clients/apply.ts";
import { type InstallJob, type Run, taskOf } from "../../../src/clients/plan.ts";

import { clientOf } from "../../../src/clients/registry.ts";

export function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

type TaskOptions = Partial<Omit<Run, "system">> & { readonly platform?: string; readonly home: string };

/** A task for one client in that home, whatever system it is for: Windows' paths are written with slashes. */
export function taskIn(id: string, { home, platform = "linux", ...run }: TaskOptions): InstallJob {
  const client = clientOf(id);
  if (!client) throw new Error(`no client ${id}`);
  const task = taskOf(client, {
    action: "install",
    name: "lightfast",
    sandbox: false,
    hasStoredLogin: false,
    ...run,
    system: { platform, home, env: {} },
  });
  const slashes = (path: string): string => path.replaceAll("\\", "/");
  return { ...task, files: task.files.map(slashes), folder: slashes(task.folder) };
}

/** The same task the other way round. */
export function undoing(task: InstallJob): InstallJob {
  return { ...task, action: "uninstall" };
}

export function fileOf(task: InstallJob): string {
  const [file] = task.files;
  if (file === undefined) throw new Error("no file");
  return file;
}

/** Makes a client's folder, and its file where there is a text for it. */
export function prepare(task: InstallJob, text?: string | Buffer): string {
  const file = fileOf(task);
  mkdirSync(dirname(file), { recursive: true });
  mkdirSync(task.folder, { recursive: true });
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

export function read(file: string): string {
  return readFileSync(file, "utf8");
}

export async function yes(_: Preview): Promise<boolean> {
  return true;
}

/** What lies in a file's folder. */
export function besides(file: string): readonly string[] {
  return readdirSync(dirname(file)).sort();
}
