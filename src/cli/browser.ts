import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import process from "node:process";
import type { Environment } from "../config/reader.ts";
import { systemProgram } from "../shared/programs.ts";

/** Each system's program that opens a URL. No shell is involved, so a URL cannot become a command. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, (env: Environment) => readonly string[]>>> = {
  darwin: () => ["open"],
  win32: (env) => [systemProgram("rundll32.exe", env), "url.dll,FileProtocolHandler"],
};
const OTHER_OPENER = ["xdg-open"];

/** Variables of a session on another machine, whose user sees no browser that opens here. */
const SSH_VARIABLES = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"];

/** Opens a page in the user's browser. @returns whether one was started */
export async function openInBrowser(url: URL): Promise<boolean> {
  const [program, ...args] = browserCommand(url, process.platform, process.env) ?? [];
  if (program === undefined) return false;
  try {
    const child = spawn(program, args, { detached: true, stdio: "ignore" });
    await once(child, "spawn");
    child.unref();
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the program that opens a page, and its arguments. BROWSER counts first, as other programs read it: a list of
 * commands in which `%s` becomes the URL, or `none`.
 * @returns undefined in CI, over SSH, and on a Unix system without a display
 */
export function browserCommand(
  url: URL,
  platform: NodeJS.Platform,
  env: Environment,
): readonly string[] | undefined {
  const { CI, BROWSER, DISPLAY, WAYLAND_DISPLAY } = env;
  if ((CI && CI !== "false" && CI !== "0") || SSH_VARIABLES.some((name) => env[name])) return undefined;
  const [chosen = ""] = (BROWSER ?? "").split(delimiter).map((command) => command.trim());
  if (chosen === "none") return undefined;
  if (chosen !== "") {
    const words = existsSync(chosen) ? [chosen] : chosen.split(/\s+/);
    const hasPlace = words.some((word) => word.includes("%s"));
    return hasPlace ? words.map((word) => word.replaceAll("%s", () => url.href)) : [...words, url.href];
  }
  const own = OPENERS[platform]?.(env);
  return own || DISPLAY || WAYLAND_DISPLAY ? [...(own ?? OTHER_OPENER), url.href] : undefined;
}
