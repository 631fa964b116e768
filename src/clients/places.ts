import { posix, win32 } from "node:path";
import type { System } from "./types.ts";

type Place = (system: System, ...parts: readonly string[]) => string;

const pathOf = ({ platform }: System) => (platform === "win32" ? win32 : posix);

/** A variable's value, where it is set at all; clients take an empty one for unset. */
const variable = ({ env }: System, name: string): string | undefined => env[name] || undefined;

/** A variable that must hold an absolute path, as the XDG Base Directory Specification demands. */
const absolute = (system: System, name: string): string | undefined => {
  const value = variable(system, name);
  return value && pathOf(system).isAbsolute(value) ? value : undefined;
};

/** Below the home directory. */
export const inHome: Place = (system, ...parts) => pathOf(system).join(system.home, ...parts);

/** Below the folder that a variable names, or else below that one in the home directory. */
export const inFolder =
  (name: string, ...otherwise: readonly string[]): Place =>
  (system, ...parts) =>
    pathOf(system).join(variable(system, name) ?? inHome(system, ...otherwise), ...parts);

/** `%APPDATA%`, `%LOCALAPPDATA%` */
export const inRoaming: Place = inFolder("APPDATA", "AppData", "Roaming");
export const inLocal: Place = inFolder("LOCALAPPDATA", "AppData", "Local");

/** `$XDG_CONFIG_HOME`, which stands for `~/.config` on Linux; `variables` come before it. */
export const inConfig =
  (...variables: readonly string[]): Place =>
  (system, ...parts) => {
    const names = system.platform === "darwin" || system.platform === "win32" ? [] : variables;
    const found = [...names, ...(names.length > 0 ? [] : [])]
      .map((name) => absolute(system, name))
      .find((folder) => folder !== undefined);
    return pathOf(system).join(found ?? inHome(system, ".config"), ...parts);
  };

/** The file that a variable names, or else that one. */
export const fileOf =
  (name: string, otherwise: (system: System) => string) =>
  (system: System): readonly string[] => [variable(system, name) ?? otherwise(system)];
