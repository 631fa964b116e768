import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { readTokenExpiry } from "../../platforms/lfx/client/static-token.ts";
import { openSandbox, resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { defineLfxServer } from "../../platforms/lfx/server.ts";
import { createLogger, type Logger } from "../../shared/logger.ts";
import { PROGRAM } from "../../version.ts";
import { installOutputRedactor } from "../context.ts";
import { printError } from "../output.ts";
import { printTtyHint, serveStdio } from "./serve.ts";

const MODES = ["stdio", "http"];

/** Serves LFX with the transport that `LFXMCP_MODE` names, as existing deployments set it; stdio by default. */
export async function lfx(flags: GivenFlags): Promise<void> {
  const mode = process.env.LFXMCP_MODE?.trim() || "stdio";
  if (!MODES.includes(mode))
    throw invalidSetting("LFXMCP_MODE", `LFXMCP_MODE must be one of ${MODES.join(", ")}.`);
  if (mode === "stdio") return serveLfxStdio(flags);
  return (await import("./lfx-http.ts")).lfxHttp(flags);
}

async function serveLfxStdio(flags: GivenFlags): Promise<void> {
  const { server, log, settings } = await openLfxServer(flags);
  printTtyHint();
  const expiry = readTokenExpiry(settings.upstream.staticToken ?? "");
  const failed = expiry === undefined ? undefined : untilExpired(expiry * 1000, log);
  await serveStdio(server, log, 0, { failed });
}

/**
 * Resolves the settings, logs their warnings, and returns the server for the local user.
 * @param confirmHint as in `LfxServerOptions`
 */
export async function openLfxServer(flags: GivenFlags, confirmHint?: string) {
  const resolved = resolveLfxSettings(flags, process.env);
  const { timeoutMs, proxies, logLevel, warnings } = resolved;
  const log = createLogger(logLevel, printError, `${PROGRAM.name} `);
  for (const { message } of warnings) log.warn(message);
  const settings = await openSandbox(resolved, log.warn);
  const server = defineLfxServer({
    settings,
    resource: "",
    hasUsers: false,
    offersAll: !settings.sandbox,
    ...(confirmHint !== undefined && { confirmHint }),
    timeoutMs,
    proxies,
    redact: installOutputRedactor(),
    log,
  });
  return { server, log, settings };
}

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Resolves when the token has expired: a supervisor then starts the server again with a new one. */
async function untilExpired(expiresAt: number, log: Logger): Promise<string> {
  const at = new Date(expiresAt).toISOString();
  log.info("the LFX token expires", { at });
  for (let left = expiresAt - Date.now(); left > 0; left = expiresAt - Date.now())
    await new Promise<void>((resolve) => setTimeout(resolve, Math.min(left, MAX_DELAY_MS)).unref());
  log.warn(`LFXMCP_LFX_TOKEN expired at ${at}. Stopping: start again with a new token.`);
  return "the LFX token expired";
}
