import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { openSandbox, resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { defineLfxServer } from "../../platforms/lfx/server.ts";
import { createLogger } from "../../shared/logger.ts";
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
  const { server, log } = await openLfxServer(flags);
  printTtyHint();
  await serveStdio(server, log, 0);
}

/** Resolves the settings, logs their warnings, and returns the server for the local user. */
export async function openLfxServer(flags: GivenFlags) {
  const settings = await openSandbox(resolveLfxSettings(flags, process.env));
  const { timeoutMs, proxies, logLevel, warnings } = settings;
  const log = createLogger(logLevel, printError, `${PROGRAM.name} `);
  for (const { message } of warnings) log.warn(message);
  const server = defineLfxServer({
    settings,
    resource: "",
    hasUsers: false,
    timeoutMs,
    proxies,
    redact: installOutputRedactor(),
    log,
  });
  return { server, log };
}
