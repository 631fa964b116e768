import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";
import type { Client, Entry } from "../../clients/types.ts";
import type { Environment } from "../../config/values.ts";
import { isObject } from "../../shared/json.ts";

/** How a client starts this program, whatever its own words for it. */
export type Launch = {
  readonly program: string;
  readonly args: readonly string[];
  /** The variables in its entry. */
  readonly variables: Readonly<Record<string, string>>;
  readonly isOff: boolean;
};

export const launchOf = ({ envField }: Client, entry: Entry): Launch => {
  const [program = "", ...args] = [entry.command ?? entry.cmd ?? [], entry.args ?? []].flat().map(String);
  const variables = entry[envField];
  return {
    program,
    args,
    variables: isObject(variables)
      ? Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
      : {},
    isOff: entry.disabled === true || entry.enabled === false,
  };
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** Windows adds these to a name without an ending. */
const ENDINGS = [".COM", ".EXE", ".BAT", ".CMD"];

/** The folders with programs; Windows writes the variable's name as it likes. The last of several counts. */
const foldersIn = (env: Environment, platform: string): readonly string[] => {
  const { delimiter } = platform === "win32" ? win32 : posix;
  const isPath = (name: string) => (platform === "win32" ? name.toUpperCase() : name) === "PATH";
  const [, folders = ""] = Object.entries(env).findLast(([name]) => isPath(name)) ?? [];
  return folders.split(delimiter).filter(Boolean);
};

/** Whether the system finds a program, by its path or in `PATH`. */
export const canFind = (program: string, env: Environment, platform: string): boolean => {
  const path = platform === "win32" ? win32 : posix;
  const folders = /[\\/]/.test(program) ? [""] : foldersIn(env, platform);
  const endings = platform === "win32" ? ["", ...ENDINGS] : [""];
  return folders.some((folder) =>
    endings.some((ending) => isProgram(path.join(folder, `${program}${ending}`))),
  );
};

/** The version that npx is asked for: a number, `latest`, or nothing; undefined where it is not npx that starts it. */
export const askedVersion = ({ args, program }: Launch): string | undefined => {
  const spec = [program, ...args].find((word) => /^@lightfastai\/mcp(?:@|$)/.test(word));
  return spec?.replace(/^@lightfastai\/mcp@?/, "");
};
