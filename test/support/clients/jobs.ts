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
import { createRemoteServer, createServerCommand } from "../../../src/clients/entries.ts";
import { configFiles, type InstallJob } from "../../../src/clients/plan.ts";
import { findClient } from "../../../src/clients/registry.ts";
import type { Client, EntryRules, System } from "../../../src/clients/types.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";

export function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export function requireClient(id: string): Client {
  const client = findClient(id);
  if (!client) throw new Error(`no client ${id}`);
  return client;
}

type JobOptions = {
  readonly home: string;
  readonly action?: InstallJob["action"];
  readonly platform?: string;
  readonly project?: string;
  readonly name?: string;
  readonly sandbox?: boolean;
  readonly profile?: string;
  readonly hasStoredLogin?: boolean;
  readonly rules?: EntryRules;
  /** Of a remote server. */
  readonly url?: string;
  readonly listFolder?: System["listFolder"];
};

/** The variables that `install` writes for those flags. */
export function lightfastVariables({
  sandbox,
  profile,
}: {
  sandbox?: boolean | undefined;
  profile?: string | undefined;
}) {
  return {
    ...(sandbox && { LIGHTFAST_SANDBOX: "1" }),
    ...(profile !== undefined && { LIGHTFAST_PROFILE: profile }),
  };
}

/** A job for one client in that home. */
export function createJob(id: string, options: JobOptions): InstallJob {
  const { home, action = "install", platform = "linux", project, hasStoredLogin = false } = options;
  const { name = "lightfast", sandbox, profile, rules = LIGHTFAST_ENTRIES, url, listFolder } = options;
  const env = lightfastVariables({ sandbox, profile });
  return {
    action,
    client: withSlashes(requireClient(id)),
    server:
      url === undefined ? createServerCommand({ name, env, rules }) : createRemoteServer(name, url, rules),
    system: { platform, home, env: {}, ...(listFolder && { listFolder }) },
    project,
    backups: project === undefined ? backupsOf(home) : undefined,
    hasStoredLogin,
  };
}

/** The folder of the backups in that home. */
export function backupsOf(home: string): string {
  return join(home, ".backups");
}

/** Windows paths that also work on the system the tests run on. */
function withSlashes(client: Client): Client {
  const { userFiles, home } = client;
  const convert = (path: string): string => path.replaceAll("\\", "/");
  return {
    ...client,
    userFiles: (system: System) => userFiles(system).map(convert),
    ...(home ? { home: (system: System) => convert(home(system)) } : {}),
  };
}

export function toUninstall(job: InstallJob): InstallJob {
  return { ...job, action: "uninstall" };
}

/** The job's most likely file. */
export function fileOf(job: InstallJob): string {
  const [file] = configFiles(job);
  if (file === undefined) throw new Error("no file");
  return file;
}

/** Creates the client's folders, and its file if there is a text. */
export function prepare(job: InstallJob, text?: string | Buffer): string {
  const file = fileOf(job);
  const { client, system, project } = job;
  mkdirSync(dirname(file), { recursive: true });
  if (project === undefined && client.home) mkdirSync(client.home(system), { recursive: true });
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

export function read(file: string): string {
  return readFileSync(file, "utf8");
}

export async function approveAll(_: Preview): Promise<boolean> {
  return true;
}

/** The names in a file's folder. */
export function listFolder(file: string): readonly string[] {
  return readdirSync(dirname(file)).sort();
}
