import process from "node:process";
import { programCommand } from "../../config/invocation.ts";
import type { Redact, ServerDefinition } from "../../mcp/server.ts";
import { openSession } from "../../mcp/session.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import type { SignIn } from "../../platforms/lightfast/server.ts";
import { lazy } from "../../shared/cache.ts";
import type { Logger } from "../../shared/logger.ts";
import { waitForShutdown } from "../../transports/shutdown.ts";
import { isPipe, StdioTransport } from "../../transports/stdio.ts";
import { PROGRAM } from "../../version.ts";
import { type Context, createContext, createServer, installOutputRedactor, keysIn } from "../context.ts";
import { printError } from "../output.ts";

/** How long a server without an API key waits for a client before it exits. */
const NO_KEY_WAIT_MS = 5000;

/** Serves Lightfast on stdin and stdout, then exits. */
export async function serve(flags: LightfastFlags): Promise<void> {
  const context = await createContext(flags);
  const { upstream, log, settings } = context;
  const server = settings.sandbox
    ? createServer(context, settings.tools)
    : createSignInServer(flags, context);
  if (!("problem" in upstream)) {
    printTtyHint();
    // Without the sandbox, nothing runs yet that waiting for the client's first messages would hold up.
    return serveStdio(server, log, 0, { isIdle: !settings.sandbox });
  }
  printError(`${PROGRAM.name}: ${upstream.problem}. ${upstream.hint}`);
  exitIfIdle();
  await serveStdio(server, log, 1);
}

/** Limit of the keys of one process that are redacted. */
const MAX_KEYS = 16;

/** The server whose user can sign in while it runs. The code for that is loaded with the first call that needs it. */
function createSignInServer(flags: LightfastFlags, context: Context) {
  const { settings } = context;
  let newest: { readonly baseUrl: URL; readonly apiKey: string } | undefined;
  let keys = keysIn(settings);
  let redact = context.redact;
  const redactNewest: Redact = (text) => redact(text);
  const hooks = lazy(async () =>
    (await import("../sign-in/hooks.ts")).createSignInHooks({
      ...context,
      redact: redactNewest,
      flags,
      current: () => newest ?? context.upstream,
      replace: (upstream) => {
        newest = upstream;
        keys = [...keys, upstream.apiKey].slice(-MAX_KEYS);
        redact = installOutputRedactor(...keys);
        // A server that started without a key ends well.
        process.exitCode = 0;
      },
    }),
  );
  const signIn: SignIn = {
    recoverable: ["missing_token", "invalid_token"],
    load: hooks.get,
    upstream: () => newest,
  };
  return createServer({ ...context, redact: redactNewest }, settings.tools, signIn);
}

/** How to serve on stdin and stdout. */
type StdioOptions = {
  /** Whether the process does nothing until the client's first messages. */
  readonly isIdle?: boolean;
  /** Resolves with a reason to stop earlier, with exit code 1. */
  readonly failed?: Promise<string> | undefined;
};

/** Serves any platform on stdin and stdout, then exits with `exitCode`. */
export async function serveStdio<Api>(
  server: ServerDefinition<Api, undefined>,
  log: Logger,
  exitCode: number,
  { isIdle = false, failed }: StdioOptions = {},
): Promise<void> {
  const transport = new StdioTransport();
  const session = openSession(server, transport, LOCAL_CALLER);
  if (isIdle) await transport.readHandshake(session.drained);
  const stop = failed?.then((reason) => {
    process.exitCode = 1;
    return reason;
  });
  const shutdown = waitForShutdown(transport, session, exitCode, stop);
  await transport.start();
  const reason = await shutdown;
  log.debug("end", { reason });
  process.exit(process.exitCode ?? exitCode);
}

/** Explains to a person who started the server in a terminal why it prints nothing. */
export function printTtyHint(): void {
  if (isTerminal())
    printError(
      `${PROGRAM.name}: waiting for an MCP client on stdin. Press Ctrl-C to stop. For help, run: ${programCommand("--help")}`,
    );
}

/**
 * A client without an API key is still served, because clients list tools before credentials are set. In a terminal, or
 * without any input, the server exits instead, so that its message is seen.
 */
function exitIfIdle(): void {
  if (isTerminal()) process.exit(1);
  const timer = setTimeout(() => process.exit(1), NO_KEY_WAIT_MS);
  process.stdin.once("data", () => clearTimeout(timer));
}

function isTerminal(): boolean {
  return !isPipe(0) && process.stdin.isTTY === true;
}
