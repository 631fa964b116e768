import { type Deadline, DeadlineExceeded, withDeadline } from "../shared/deadline.ts";
import { isObject, type JsonObject } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";
import { type Catalog, parseInput, parseOutput } from "./catalog.ts";
import { ToolError } from "./errors.ts";
import type { Caller, ToolKind } from "./tool.ts";
import type { ClientInfo, Implementation, ToolResult } from "./types.ts";
import type { Caching } from "./versions.ts";

/** Where a failed result carries its facts for programs. */
export const ERROR_META_KEY = "ai.lightfast/error";

/** Removes secrets from a text on its way out. */
export type Redact = (text: string) => string;

/** The same value with every text in it freed of secrets. Names of fields are the platform's and stay. */
export function redactDeep(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}

/**
 * A tool's answer. Where it has fields, they come twice, as structured content and as its JSON in the text: some clients
 * show a model only one of the two.
 */
export function successResult(output: JsonObject | string, redact: Redact): ToolResult {
  if (typeof output === "string") return { content: [{ type: "text", text: redact(output) }] };
  const text = JSON.stringify(output);
  // Nearly every answer is free of secrets, and is passed on as it is.
  if (redact(text) === text) return { content: [{ type: "text", text }], structuredContent: output };
  const structuredContent = redactDeep(output, redact) as JsonObject;
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}

function endSentence(text: string): string {
  return /[.!?]["”]?$/.test(text) ? text : `${text}.`;
}

/** What to do after a failure of unknown extent: a read may be repeated, anything else may have been done. */
function afterUnknown(kind: ToolKind): string {
  return kind === "read"
    ? "It is safe to try again."
    : "It is unknown whether it was done; check before you repeat it, or it may be done twice.";
}

/** An exception that is no `ToolError` is a fault of ours, told without its internals, or the end of the call's time. */
export function toToolError(error: unknown, kind: ToolKind): ToolError {
  if (error instanceof ToolError) return error;
  const [what, reason] =
    error instanceof DeadlineExceeded
      ? [`The call took longer than ${error.totalMs} ms`, "DEADLINE"]
      : ["The tool failed in an unexpected way", undefined];
  return new ToolError("upstream_error", what, {
    hint: `${afterUnknown(kind)} If it stays, report it with the server's log (--log-level debug).`,
    retryable: kind === "read",
    reason,
    unreachable: reason !== undefined,
    cause: error,
  });
}

/**
 * A failure as a tool result, `<code>: <what failed>. <what to do next>`, with its facts in `_meta`.
 * It has no structured content: clients would show that instead of the text.
 */
export function errorResult(error: ToolError, redact: Redact): ToolResult {
  const { code, status, retryable, retryAfterMs, requestId, reason, unreachable } = error;
  const facts: Record<string, unknown> = { code, retryable };
  if (status !== undefined) facts.status = status;
  if (retryAfterMs !== undefined) facts.retryAfterMs = retryAfterMs;
  if (requestId !== undefined) facts.requestId = redact(requestId);
  if (reason !== undefined) facts.reason = reason;
  if (unreachable) facts.unreachable = unreachable;
  const text = `${code}: ${endSentence(error.message)} ${error.hint}`;
  return {
    content: [{ type: "text", text: redact(text) }],
    isError: true,
    _meta: { [ERROR_META_KEY]: facts },
  };
}

/** One request's circumstances, handed in by the transport. */
export type RequestContext<Identity = unknown> = {
  readonly caller: Caller<Identity>;
  /** Who the client says it is; for display only. */
  readonly client?: ClientInfo | undefined;
  /** Fires when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** The request's id, where the transport gives it one. */
  readonly requestId?: string;
  /** W3C trace context to pass on (`traceparent`, `tracestate`). */
  readonly trace?: Readonly<Record<string, string>>;
};

/** One call of a tool that exists, when it is over. */
export type ObservedCall<Identity = unknown> = {
  readonly tool: string;
  readonly exchange: RequestContext<Identity>;
  /** Why it failed; undefined where it succeeded. */
  readonly error: ToolError | undefined;
  readonly ms: number;
};

/** All that makes one platform's server; `createDispatch` and `openSession` bring it to life. */
export type ServerDefinition<Api, Identity = unknown> = {
  readonly info: Implementation;
  readonly instructions: string;
  readonly catalog: Catalog<Api>;
  readonly caching: Caching;
  /** How long one tool call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly redact: Redact;
  readonly log: Logger;
  /** Told of every call of a tool that exists, once, refused and cancelled ones included; must not throw. */
  observe?(call: ObservedCall<Identity>): void;
  /** The platform's client for one call. @throws ToolError `missing_token`, `invalid_token` */
  connect(exchange: RequestContext<Identity>, deadline: Deadline): Api | Promise<Api>;
};

/** A server definition that owns the connections its calls open. */
export type ClosableServer<Api, Identity = unknown> = ServerDefinition<Api, Identity> & {
  close(): Promise<void>;
};

/** What observers are told of a call that its client gave up; nobody else sees it. */
const CANCELLED = new ToolError("upstream_error", "The client cancelled the call", {
  hint: "Nobody waits for it.",
  reason: "CANCELLED",
});

/** Clients make names up; the log keeps so much of one, in characters. */
const MAX_LOGGED_NAME = 100;

/**
 * Runs one tool. This is the boundary: whatever goes wrong inside comes out as a result.
 * @throws only when the client cancelled, in which case nobody waits for an answer
 */
export async function callTool<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
  name: string,
  args: unknown,
  exchange: RequestContext<Identity>,
): Promise<ToolResult> {
  const { catalog, redact, log } = server;
  const timeoutMs = catalog.timeoutMs(name) ?? server.timeoutMs;
  const started = performance.now();
  const finish = (error: ToolError | undefined): void => {
    const ms = Math.round(performance.now() - started);
    const { code = "ok", status, reason } = error ?? {};
    log.info("call", { tool: name.slice(0, MAX_LOGGED_NAME), outcome: code, ms, status, reason });
    if (catalog.has(name)) server.observe?.({ tool: name, exchange, error, ms });
  };
  // Until the tool is known nothing can have been done.
  let kind: ToolKind = "read";
  try {
    const output = await withDeadline(
      timeoutMs,
      exchange.signal,
      async (deadline): Promise<JsonObject | string> => {
        const tool = await catalog.open(name, exchange.caller);
        const api = await server.connect(exchange, deadline);
        const input = parseInput(tool, args);
        kind = tool.kind;
        return parseOutput(tool, await tool.run(input, { api, deadline }));
      },
    );
    // Work that did not heed the cancellation has no reader any more either.
    exchange.signal.throwIfAborted();
    const result = successResult(output, redact);
    finish(undefined);
    return result;
  } catch (cause) {
    const error = exchange.signal.aborted ? CANCELLED : toToolError(cause, kind);
    finish(error);
    exchange.signal.throwIfAborted();
    if (error !== cause)
      log.error(redact(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)));
    return errorResult(error, redact);
  }
}
