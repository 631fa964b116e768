import type { Environment } from "../../config/values.ts";

/** The variables that MCP clients hand to a server they start, by system; the SDK's stdio client has the same lists. */
const WINDOWS = [
  "APPDATA",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "PATH",
  "PROCESSOR_ARCHITECTURE",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "TEMP",
  "USERNAME",
  "USERPROFILE",
  "PROGRAMFILES",
];
const POSIX = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

/** What is left of an environment for a server that a client starts. */
export const clientEnvironment = (env: Environment, platform: string): Record<string, string> =>
  Object.fromEntries(
    (platform === "win32" ? WINDOWS : POSIX).flatMap((name) => {
      const value = env[name];
      // A value that begins so is a function of the shell.
      return value === undefined || value.startsWith("()") ? [] : [[name, value]];
    }),
  );
