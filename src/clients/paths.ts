import { posix, win32 } from "node:path";
import type { System } from "./types.ts";

type Place = (system: System, ...parts: readonly string[]) => string;

function pathOf({ platform }: System) {
  return platform === "win32" ? win32 : posix;
}

/** A variable's value; an empty one counts as unset, as in the clients. */
function variable({ env }: System, name: string): string | undefined {
  return env[name] || undefined;
}

/** Below the home directory. */
export const inHome: Place = (system, ...parts) => pathOf(system).join(system.home, ...parts);

/** Below the folder that the variable names, or else below that one in the home directory. */
export function inFolderOf(name: string, ...otherwise: readonly string[]): Place {
  return (system, ...parts) =>
    pathOf(system).join(variable(system, name) ?? inHome(system, ...otherwise), ...parts);
}

export const inRoaming: Place = inFolderOf("APPDATA", "AppData", "Roaming");
export const inLocal: Place = inFolderOf("LOCALAPPDATA", "AppData", "Local");
/** What macOS and Electron's applications on it call their application data. */
export const inApplicationSupport: Place = (system, ...parts) =>
  inHome(system, "Library", "Application Support", ...parts);

/**
 * Below the first of these variables that holds an absolute path, or else below `~/.config`. The XDG Base Directory
 * Specification tells programs to ignore a relative path.
 */
function inConfigOf(...names: readonly string[]): Place {
  return (system, ...parts) => {
    const folders = names.map((name) => variable(system, name));
    const folder = folders.find((path) => path && pathOf(system).isAbsolute(path));
    return pathOf(system).join(folder ?? inHome(system, ".config"), ...parts);
  };
}

/** `~/.config`, whatever the variables say. */
export const inDotConfig: Place = inConfigOf();
export const inXdgConfig: Place = inConfigOf("XDG_CONFIG_HOME");
/** The same for a program that also comes as a Flatpak, which sees another `XDG_CONFIG_HOME` than ours. */
export const inFlatpakConfig: Place = inConfigOf("FLATPAK_XDG_CONFIG_HOME", "XDG_CONFIG_HOME");

type FileOf = (system: System) => string;

/** The file, or the files to look for, on each system. */
export function bySystem(places: Readonly<Record<"darwin" | "win32" | "linux", FileOf | readonly FileOf[]>>) {
  return (system: System): readonly string[] => {
    const { platform } = system;
    const files = places[platform === "darwin" || platform === "win32" ? platform : "linux"];
    return [files].flat().map((file) => file(system));
  };
}

/** The same file below the home directory on every system. */
export function everywhere(...parts: readonly string[]) {
  return (system: System): readonly string[] => [inHome(system, ...parts)];
}

/** The file that the first of these variables names, or else that one. */
export function fileOf(name: string, otherwise: FileOf) {
  return (system: System): readonly string[] => [variable(system, name) ?? otherwise(system)];
}

/** The folder that a variable names, or else that one in the home directory. */
export function folderOf(name: string, ...otherwise: readonly string[]) {
  return (system: System): string => inFolderOf(name, ...otherwise)(system);
}
