import { join } from "node:path";
import { isOurs } from "../../clients/entries.ts";
import { find, plainOf } from "../../clients/formats/data.ts";
import { FormatError } from "../../clients/formats/format.ts";
import { exists, FileError, readSnapshot } from "../../clients/part-files.ts";
import { FORMATS } from "../../clients/plan.ts";
import { isInstalled } from "../../clients/tasks.ts";
import type { Client, Entry, System } from "../../clients/types.ts";
import { isObject } from "../../shared/json.ts";
import type { Subject } from "../context.ts";

/** An entry of a client's file that starts this program. */
export type Found = { readonly file: string; readonly name: string; readonly entry: Entry };

const systemOf = ({ runtime: { platform, home }, env }: Subject): System => ({ platform, home, env });

/** Whether a client is on this machine, or is meant to be used in this folder. */
export const isHere = (client: Client, subject: Subject): boolean => {
  const system = systemOf(subject);
  try {
    return isInstalled(client, { system }) || projectFiles(client, subject).some(exists);
  } catch {
    // Something is there that cannot be looked at; why is told when its entries are read.
    return true;
  }
};

const projectFiles = ({ projectFiles = [] }: Client, { runtime: { folder } }: Subject): readonly string[] =>
  projectFiles.map((file) => join(folder, ...file.split("/")));

/** The entries in one file, by their names. @throws FileError where it is damaged, with the place in it */
const entriesIn = (file: string, { format, keyPath }: Client): Readonly<Record<string, unknown>> => {
  const text = readSnapshot(file).found?.text ?? "";
  try {
    const entries = plainOf(find(FORMATS[format].parse(text), keyPath));
    return isObject(entries) ? entries : {};
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { position } = error;
    const place = position ? `${file}:${position.line}:${position.column}` : file;
    // Not in the words of the parser, which may quote what stands there: a key.
    throw new FileError(`${place}: the file is damaged`, { cause: error });
  }
};

/**
 * The entries that start this program, under whatever name, in the user's and in this folder's file of a client.
 * @throws FileError where a file cannot be read
 */
export const entriesOf = (client: Client, subject: Subject): readonly Found[] =>
  [...client.userFiles(systemOf(subject)), ...projectFiles(client, subject)]
    .filter(exists)
    .flatMap((file) =>
      Object.entries(entriesIn(file, client)).flatMap(([name, entry]) =>
        isOurs(entry) ? [{ file, name, entry }] : [],
      ),
    );
