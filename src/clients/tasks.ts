import { dirname, join } from "node:path";
import { entryOf, piecesOf, serverOf } from "./entries.ts";
import { exists, isFolder } from "./part-files.ts";
import { FORMATS, planOf, type Task } from "./plan.ts";
import type { Client, System } from "./types.ts";

/** What the tasks of one run have in common. */
export type Run = {
  readonly action: Task["action"];
  readonly system: System;
  /** The folder of the project whose files are meant; undefined for the user's own. */
  readonly project?: string | undefined;
  readonly name: string;
  readonly sandbox: boolean;
  readonly profile?: string | undefined;
  readonly hasStoredLogin: boolean;
};

type Where = Pick<Run, "system" | "project">;

const filesOf = (client: Client, { system, project }: Where): readonly string[] =>
  project === undefined
    ? client.userFiles(system)
    : (client.projectFiles ?? []).map((file) => join(project, ...file.split("/")));

/** What is to be done with one client. */
export const taskOf = (client: Client, run: Run): Task => {
  const { action, system, project, name, sandbox, profile, hasStoredLogin } = run;
  const files = filesOf(client, run);
  const folder = dirname(files.find((file) => isFolder(dirname(file))) ?? files[0] ?? "");
  return {
    action,
    client,
    server: serverOf({ name, sandbox, profile, platform: system.platform }),
    files,
    folder: project === undefined && client.home ? client.home(system) : folder,
    project: project !== undefined,
    hasStoredLogin,
  };
};

/** Whether a client is here: its file, or the folder that it would be in and that only this client uses. */
export const isInstalled = (client: Client, where: Where): boolean => {
  const files = filesOf(client, where);
  if (files.some(exists)) return true;
  if (where.project === undefined && client.home) return isFolder(client.home(where.system));
  return files.some((file) => dirname(file) !== where.project && isFolder(dirname(file)));
};

/** Whether there is something to uninstall, or a file that cannot be read to find out. */
export const mayHoldEntry = (task: Task): boolean => {
  try {
    return planOf(task).entry !== undefined;
  } catch {
    return true;
  }
};

/** What a new file of the client would hold. */
export const snippetOf = ({ client, server, hasStoredLogin }: Task): string => {
  const pieces = piecesOf(client, server.name, entryOf(client, server, hasStoredLogin));
  const text = pieces.reduce<string | undefined>(
    (before, { path, value }) => FORMATS[client.format].set(before, path, value),
    undefined,
  );
  return (text ?? "").trimEnd();
};
