import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import { SettingsError } from "../../config/resolve.ts";
import { resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { defineLfxServer } from "../../platforms/lfx/server.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { type CommonSettings, resolveCommonSettings } from "../../platforms/lightfast/config/resolve.ts";
import { createLogger, type LogLevel } from "../../shared/logger.ts";
import { installOutputRedactor } from "../context.ts";
import { printError } from "../output.ts";
import { printTtyHint, serveStdio } from "./serve.ts";

/** What the command line gave for LFX and for every server. */
export type LfxCommandFlags = GivenFlags & LightfastFlags;

/**
 * Resolves what LFX takes besides what every server takes.
 * @throws SettingsError with all that is wrong in either
 */
export function resolveBoth<T>(
  flags: LightfastFlags,
  resolve: () => T,
  defaultLogLevel?: LogLevel,
): readonly [CommonSettings, T] {
  const problems: string[] = [];
  const attempt = <R>(work: () => R): R | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const [settings, own] = [
    attempt(() => resolveCommonSettings(flags, process.env, defaultLogLevel)),
    attempt(resolve),
  ];
  if (settings === undefined || own === undefined) throw new SettingsError(problems);
  return [settings, own];
}

const MODES = ["stdio", "http"];

/** How an existing deployment says what to start. */
function modeOf(): string {
  const mode = process.env.LFXMCP_MODE?.trim() || "stdio";
  if (!MODES.includes(mode)) throw new SettingsError([`LFXMCP_MODE must be one of ${MODES.join(", ")}.`]);
  return mode;
}

/** Serves LFX on stdin and stdout, in the name of whoever started it. */
async function stdio(flags: LfxCommandFlags): Promise<void> {
  const [{ timeoutMs, proxies, logLevel }, settings] = resolveBoth(flags, () =>
    resolveLfxSettings(flags, process.env),
  );
  const log = createLogger(settings.debug ? "debug" : logLevel, printError);
  for (const notice of settings.notices) log.warn(notice);
  printTtyHint();
  const server = defineLfxServer({
    settings,
    resource: "",
    hasUsers: false,
    timeoutMs,
    proxies,
    redact: installOutputRedactor(),
    log,
  });
  await serveStdio(server, log, 0);
}

/** Serves LFX in the way that `LFXMCP_MODE` names. */
export async function lfx(own: LfxCommandFlags, flags: LfxCommandFlags): Promise<void> {
  const all = { ...flags, ...own };
  if (modeOf() === "stdio") return stdio(all);
  return (await import("./lfx-http.ts")).lfxHttp(all);
}
