import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a file's name may lack on Windows, unless `PATHEXT` is set. */
const EXTENSIONS = ".COM;.EXE;.BAT;.CMD";

/**
 * Returns the file that a command names: by its path, or as the first match in `PATH`. Unlike the shells of Windows, it
 * ignores the current folder, which can belong to a project.
 * @param env names of variables are case-insensitive on Windows; the last of several counts
 */
export function locateProgram(command: string, env: Environment, platform: string): string | undefined {
  const isWindows = platform === "win32";
  const path = isWindows ? win32 : posix;
  const read = (wanted: string) =>
    Object.entries(env).findLast(([name]) => (isWindows ? name.toUpperCase() : name) === wanted)?.[1] ?? "";
  const folders = (isWindows ? /[\\/]/ : /\//).test(command)
    ? [""]
    : read("PATH")
        .split(path.delimiter)
        .map((folder) => (isWindows ? folder.replaceAll('"', "") : folder))
        .filter(Boolean);
  const extensions = isWindows ? (read("PATHEXT") || EXTENSIONS).split(";").filter(Boolean) : [""];
  // A file without an extension, such as npm's script for POSIX shells, is no program there.
  if (isWindows && path.extname(command) !== "") extensions.unshift("");
  return folders
    .flatMap((folder) => extensions.map((extension) => path.join(folder, `${command}${extension}`)))
    .find(isExecutable);
}

/** Returns the path of a program of Windows. A bare name can also start a file in the current folder. */
export function systemProgram(name: string, env: Environment): string {
  return win32.join(env.SystemRoot || "C:\\Windows", "System32", name);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
