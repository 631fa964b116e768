import { readdirSync } from "node:fs";
import { posix, win32 } from "node:path";
import type { System } from "./types.ts";

/** A path in the home directory. */
export function inHome(system: System, ...parts: readonly string[]): string {
  return pathModule(system).join(system.home, ...parts);
}

/**
 * A path in the folder that an environment variable names.
 * @param fallback the folder in the home directory to use unless the variable is an absolute path
 */
export function inFolder(
  system: System,
  variable: string,
  fallback: readonly string[],
  ...parts: readonly string[]
): string {
  return inFirstAbsolute(system, [variable], fallback, parts);
}

export function inRoaming(system: System, ...parts: readonly string[]): string {
  return inFolder(system, "APPDATA", ["AppData", "Roaming"], ...parts);
}

function inApplicationSupport(system: System, ...parts: readonly string[]): string {
  return inHome(system, "Library", "Application Support", ...parts);
}

/** A path in `$XDG_CONFIG_HOME`, which defaults to `~/.config`. */
export function inXdgConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["XDG_CONFIG_HOME"], [".config"], parts);
}

/** The same for a program that is also a Flatpak, whose `XDG_CONFIG_HOME` differs from the shell's. */
export function inFlatpakConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["FLATPAK_XDG_CONFIG_HOME", "XDG_CONFIG_HOME"], [".config"], parts);
}

/** A path in the folder where each system keeps the data of desktop applications. */
export function inAppData(system: System, ...parts: readonly string[]): string {
  return bySystem(system, {
    darwin: inApplicationSupport(system, ...parts),
    win32: inRoaming(system, ...parts),
    linux: inXdgConfig(system, ...parts),
  });
}

export function bySystem<T>(
  { platform }: System,
  values: Readonly<Record<"darwin" | "win32" | "linux", T>>,
): T {
  return values[platform === "darwin" || platform === "win32" ? platform : "linux"];
}

/** Returns a file in each package from the Windows store whose family name begins with `prefix`. */
export function inStorePackages(
  system: System,
  prefix: string,
  ...parts: readonly string[]
): readonly string[] {
  const packages = inFolder(system, "LOCALAPPDATA", ["AppData", "Local"], "Packages");
  return (system.listFolder ?? listFolder)(packages)
    .filter((name) => name.startsWith(prefix))
    .map((name) => pathModule(system).join(packages, name, "LocalCache", "Roaming", ...parts));
}

export function isAbsolutePath(system: System, path: string): boolean {
  return pathModule(system).isAbsolute(path);
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Relative paths are ignored: they depend on the folder, and the XDG Base Directory Specification requires it. */
function inFirstAbsolute(
  system: System,
  variables: readonly string[],
  fallback: readonly string[],
  parts: readonly string[],
): string {
  const path = pathModule(system);
  const folders = variables.map((name) => system.env[name] ?? "");
  const folder = folders.find((one) => path.isAbsolute(one)) ?? inHome(system, ...fallback);
  return path.join(folder, ...parts);
}

function pathModule({ platform }: System) {
  return platform === "win32" ? win32 : posix;
}
