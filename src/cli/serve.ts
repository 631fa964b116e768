import process from "node:process";
import { LOCAL_CALLER } from "../core/caller.ts";
import { openSession } from "../core/session.ts";
import type { Flags } from "../settings/options.ts";
import { untilEnd } from "../transports/life.ts";
import { StdioTransport } from "../transports/stdio.ts";
import { createContext, createServer } from "./context.ts";
import { printError } from "./output.ts";

/** How long a server without a key waits for a client before it takes its start for a mistake. */
const KEYLESS_WAIT_MS = 5000;

const isTerminal = (): boolean => process.stdin.isTTY === true;

/**
 * Without a usable key a client is still served, because clients list tools before credentials are set; but a person
 * at a terminal, or nobody at all, gets the message and the program back.
 */
const leaveIfNobodyCalls = (): void => {
  if (isTerminal()) process.exit(1);
  const timer = setTimeout(() => process.exit(1), KEYLESS_WAIT_MS);
  process.stdin.once("data", () => clearTimeout(timer));
};

/** Serves MCP on stdin and stdout until the client is done. */
export const serve = async (flags: Flags): Promise<void> => {
  const context = await createContext(flags);
  const { upstream, log } = context;
  const keyless = "problem" in upstream;
  if (keyless) {
    printError(`lightfast-mcp: ${upstream.problem}. ${upstream.hint}`);
    leaveIfNobodyCalls();
  } else if (isTerminal()) {
    printError("lightfast-mcp: waiting for an MCP client on stdin. Press Ctrl-C to stop, or see --help.");
  }

  const transport = new StdioTransport();
  const session = openSession(createServer(context), transport, LOCAL_CALLER);
  await transport.start();
  const exitCode = keyless ? 1 : 0;
  const reason = await untilEnd(transport, session, exitCode);
  log.debug("end", { reason });
  process.exit(exitCode);
};
