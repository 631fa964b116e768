import type { Caller } from "./caller.ts";
import { type Catalog, parseInput, parseOutput } from "./catalog.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import type { Caching } from "./eras.ts";
import type { Logger } from "./logger.ts";
import type { ClientInfo, Implementation, JsonObject, ToolResult } from "./protocol.ts";
import { errorResult, type Redact, successResult, toToolError } from "./results.ts";
import type { ToolKind } from "./tool.ts";

/** One request's circumstances, handed in by the transport. */
export type Exchange = {
  readonly caller: Caller;
  /** Who the client says it is; for display only. */
  readonly client?: ClientInfo | undefined;
  /** Fires when the client cancels or goes away. */
  readonly signal: AbortSignal;
};

/** All that makes one platform's server; `createDispatch` and `openSession` bring it to life. */
export type ServerDefinition<Api> = {
  readonly info: Implementation;
  readonly instructions: string;
  readonly catalog: Catalog<Api>;
  readonly caching: Caching;
  /** How long one tool call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly redact: Redact;
  readonly log: Logger;
  /** Lets go of what calls have opened: connections, above all. */
  close(): Promise<void>;
  /** The platform's client for one call. @throws ToolError `missing_token`, `invalid_token` */
  connect(exchange: Exchange, deadline: Deadline): Api | Promise<Api>;
};

/** Clients make names up; the log keeps so much of one, in characters. */
const MAX_LOGGED_NAME = 100;

/**
 * Runs one tool. This is the boundary: whatever goes wrong inside comes out as a result.
 * @throws only when the client cancelled, in which case nobody waits for an answer
 */
export const callTool = async <Api>(
  server: ServerDefinition<Api>,
  name: string,
  args: unknown,
  exchange: Exchange,
): Promise<ToolResult> => {
  const { catalog, redact, log, timeoutMs } = server;
  const started = performance.now();
  const fields = (outcome: string) => ({
    tool: name.slice(0, MAX_LOGGED_NAME),
    outcome,
    ms: Math.round(performance.now() - started),
  });
  // Until the tool is known nothing can have been done.
  let kind: ToolKind = "read";
  try {
    const output = await withDeadline(timeoutMs, exchange.signal, async (deadline): Promise<JsonObject> => {
      const tool = await catalog.open(name, exchange.caller);
      const api = await server.connect(exchange, deadline);
      const input = parseInput(tool, args);
      kind = tool.kind;
      return parseOutput(tool, await tool.run(input, { api, caller: exchange.caller, deadline }));
    });
    const result = successResult(output, redact);
    log.info("call", fields("ok"));
    return result;
  } catch (cause) {
    exchange.signal.throwIfAborted();
    const error = toToolError(cause, kind);
    log.info("call", { ...fields(error.code), status: error.status, reason: error.reason });
    if (error !== cause)
      log.error(redact(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)));
    return errorResult(error, redact);
  }
};
