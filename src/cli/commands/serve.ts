import process from "node:process";
import type { ServerDefinition } from "../../mcp/server.ts";
import { openSession } from "../../mcp/session.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import type { Logger } from "../../shared/logger.ts";
import { waitForShutdown } from "../../transports/shutdown.ts";
import { StdioTransport } from "../../transports/stdio.ts";
import { createContext, createServer } from "../context.ts";
import { printError } from "../output.ts";

/** How long a server without a key waits for a client before it takes its start for a mistake. */
const KEYLESS_WAIT_MS = 5000;

function isTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Without a usable key a client is still served, because clients list tools before credentials are set; but a person
 * at a terminal, or nobody at all, gets the message and the program back.
 */
function leaveIfNobodyCalls(): void {
  if (isTerminal()) process.exit(1);
  const timer = setTimeout(() => process.exit(1), KEYLESS_WAIT_MS);
  process.stdin.once("data", () => clearTimeout(timer));
}

/** Serves a platform on stdin and stdout until the client is done, and ends the process. */
export async function serveStdio<Api>(
  server: ServerDefinition<Api, undefined>,
  log: Logger,
  exitCode: number,
): Promise<void> {
  const transport = new StdioTransport();
  const session = openSession(server, transport, LOCAL_CALLER);
  await transport.start();
  const reason = await waitForShutdown(transport, session, exitCode);
  log.debug("end", { reason });
  process.exit(exitCode);
}

/** What a person sees who starts a server by hand. */
export function printTtyHint(): void {
  if (isTerminal())
    printError("lightfast-mcp: waiting for an MCP client on stdin. Press Ctrl-C to stop, or see --help.");
}

/** Serves Lightfast on stdin and stdout until the client is done. */
export async function serve(flags: LightfastFlags): Promise<void> {
  const context = await createContext(flags);
  const { upstream, log } = context;
  const keyless = "problem" in upstream;
  if (keyless) {
    printError(`lightfast-mcp: ${upstream.problem}. ${upstream.hint}`);
    leaveIfNobodyCalls();
  } else printTtyHint();

  await serveStdio(createServer(context), log, keyless ? 1 : 0);
}
