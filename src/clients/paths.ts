import { posix, win32 } from "node:path";
import type { System } from "./types.ts";

/** A path in the home directory. */
export function inHome(system: System, ...parts: readonly string[]): string {
  return pathModule(system).join(system.home, ...parts);
}

/**
 * A path in the folder that an environment variable names.
 * @param fallback the folder in the home directory to use if the variable is unset or empty
 */
export function inFolder(
  system: System,
  variable: string,
  fallback: readonly string[],
  ...parts: readonly string[]
): string {
  return pathModule(system).join(system.env[variable] || inHome(system, ...fallback), ...parts);
}

/** A path in the roaming application data of Windows. */
export function inRoaming(system: System, ...parts: readonly string[]): string {
  return inFolder(system, "APPDATA", ["AppData", "Roaming"], ...parts);
}

/** A path in the local application data of Windows. */
export function inLocal(system: System, ...parts: readonly string[]): string {
  return inFolder(system, "LOCALAPPDATA", ["AppData", "Local"], ...parts);
}

/** A path in the application data of macOS. */
export function inApplicationSupport(system: System, ...parts: readonly string[]): string {
  return inHome(system, "Library", "Application Support", ...parts);
}

/** A path in `$XDG_CONFIG_HOME`, which defaults to `~/.config`. */
export function inXdgConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["XDG_CONFIG_HOME"], parts);
}

/** The same for a program that is also a Flatpak, whose `XDG_CONFIG_HOME` differs from the shell's. */
export function inFlatpakConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["FLATPAK_XDG_CONFIG_HOME", "XDG_CONFIG_HOME"], parts);
}

/** The files of the running system. */
export function bySystem(
  { platform }: System,
  files: Readonly<Record<"darwin" | "win32" | "linux", string | readonly string[]>>,
): readonly string[] {
  return [files[platform === "darwin" || platform === "win32" ? platform : "linux"]].flat();
}

/** The XDG Base Directory Specification requires that programs ignore a relative path. */
function inFirstAbsolute(system: System, variables: readonly string[], parts: readonly string[]): string {
  const path = pathModule(system);
  const folders = variables.map((name) => system.env[name] ?? "");
  return path.join(folders.find((folder) => path.isAbsolute(folder)) ?? inHome(system, ".config"), ...parts);
}

function pathModule({ platform }: System) {
  return platform === "win32" ? win32 : posix;
}
