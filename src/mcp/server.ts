import { type Deadline, DeadlineExceeded, withDeadline } from "../shared/deadline.ts";
import { isObject, type JsonObject, toWellFormedJson, truncateText } from "../shared/json.ts";
import type { LogFields, Logger } from "../shared/logger.ts";
import { type Trace, traceFields } from "../shared/trace.ts";
import { type Catalog, parseInput, parseOutput } from "./catalog.ts";
import { InputRequired, NOT_CONFIRMED, ToolError } from "./errors.ts";
import type { Answer, CallDetails, Interaction, Respondent, RunOutcome } from "./interaction.ts";
import type { ReportProgress } from "./progress.ts";
import type { ServerResources } from "./resources.ts";
import { type AnyTool, type Caller, MAX_RESULT_CHARS, type ToolKind } from "./tool.ts";
import type { ClientInfo, Implementation, ToolResult } from "./types.ts";
import type { Caching } from "./versions.ts";

/** Removes secrets from a text. */
export type Redact = (text: string) => string;

/** How results refer to the program that serves them. */
export type ProgramInfo = {
  readonly name: string;
  /** The `_meta` key of a failed result's details. */
  readonly errorMetaKey: string;
  /** The option that turns on the debug log, for bug reports. */
  readonly debugOption: string;
};

/** One platform's MCP server, for `createDispatch` and `openSession`. */
export type ServerDefinition<Api, Identity = unknown> = {
  readonly info: Implementation;
  readonly program: ProgramInfo;
  readonly instructions: string;
  readonly catalog: Catalog<Api>;
  readonly caching: Caching;
  /** Loads the resources and skills; called on the first request for one. Absent if there are none. */
  readonly loadResources?: () => Promise<ServerResources>;
  /** Time limit of a tool call, in milliseconds, unless the tool's own is longer. */
  readonly timeoutMs: number;
  /** Limit of a result's text, in characters, instead of the tools' own. */
  readonly maxResultChars?: number;
  /** Applied to every result and error that leaves the server. */
  readonly redact: Redact;
  readonly log: Logger;
  /** Called once after each call of a known tool, also a denied or canceled one. Must not throw. Returns fields to log. */
  observe?(call: ObservedCall<Identity>): LogFields | undefined;
  /** Involves the user in calls; absent if no call ever does. */
  readonly interaction?: Interaction<Api, Identity> | undefined;
  /** The platform's client for one call. @throws ToolError `missing_token`, `invalid_token` */
  connect(context: RequestContext<Identity>, deadline: Deadline): Api | Promise<Api>;
};

/** A server definition that owns the connections its calls open. */
export type ClosableServer<Api, Identity = unknown> = ServerDefinition<Api, Identity> & {
  close(): Promise<void>;
};

/** What the transport knows about one request. */
export type RequestContext<Identity = unknown> = {
  readonly caller: Caller<Identity>;
  /** The client's own name and version; for display only. */
  readonly client?: ClientInfo | undefined;
  /** The User-Agent header; for the log only. */
  readonly userAgent?: string | undefined;
  /** Aborts when the client cancels or disconnects. */
  readonly signal: AbortSignal;
  /** Absent if no progress can reach the client. */
  readonly progress?: ReportProgress | undefined;
  /** Absent if the user can't be asked. */
  readonly user?: Respondent | undefined;
  /** Absent for a local client. */
  readonly requestId?: string;
  /** The revision that the request's transport names. */
  readonly protocolVersion?: string | undefined;
  /** Passed on with every upstream request; absent if the request belongs to no trace. */
  readonly trace?: Trace | undefined;
};

/** A finished call of a known tool. */
export type ObservedCall<Identity = unknown> = {
  readonly tool: string;
  readonly context: RequestContext<Identity>;
  /** Undefined if the call succeeded. */
  readonly error: ToolError | undefined;
  /**
   * `ok`, `canceled`, `too_many_calls`, `input_required` for a call that waits for its user, `declined` for one that the
   * user did not confirm, or the error's code.
   */
  readonly outcome: string;
  readonly ms: number;
};

/** Given to observers of a canceled call; the client gets no response. */
const CANCELED = new ToolError("upstream_error", "The client canceled the call", {
  hint: "No response was sent.",
  reason: "CANCELLED",
});

/** Given to observers of a call that its client has to repeat with an answer. */
const ASKED = new ToolError("upstream_error", "The user is asked first", {
  hint: "The client repeats the call with the answer.",
  reason: InputRequired.code,
});

/** Limit for one caller, whose calls could hold all connections to the platform. Clients rarely have more than ten. */
const MAX_CALLS_IN_FLIGHT = 32;

/** Runs a call of a caller. @throws ToolError `upstream_error` if the caller has too many calls in flight */
export type CallLimiter = <T>(caller: Caller, work: () => Promise<T>) => Promise<T>;

/** Limits the calls in flight of each caller with a key. */
export function createCallLimiter(): CallLimiter {
  const inFlight = new Map<string, number>();
  return async ({ key }, work) => {
    if (key === undefined) return work();
    const count = inFlight.get(key) ?? 0;
    if (count >= MAX_CALLS_IN_FLIGHT) throw tooManyCalls();
    inFlight.set(key, count + 1);
    try {
      return await work();
    } finally {
      const left = (inFlight.get(key) ?? 1) - 1;
      if (left > 0) inFlight.set(key, left);
      else inFlight.delete(key);
    }
  };
}

function tooManyCalls(): ToolError {
  return new ToolError("upstream_error", `This caller has ${MAX_CALLS_IN_FLIGHT} calls in flight already`, {
    hint: "Too many calls in flight: nothing was sent. Wait until some of them end, then call again.",
    status: 429,
    retryable: true,
    // Most calls end within a second.
    retryAfterMs: 1000,
    reason: "TOO_MANY_CALLS",
  });
}

/**
 * Runs one tool, and turns every failure into a result without secrets.
 * @throws only the client's abort reason, and InputRequired if the client has to repeat the call with an answer
 */
export async function callTool<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
  name: string,
  args: unknown,
  context: RequestContext<Identity>,
  limit: CallLimiter = (_, work) => work(),
): Promise<ToolResult> {
  const { catalog, program, redact, log, interaction } = server;
  const { caller, signal, progress = ignoreProgress } = context;
  const started = performance.now();
  /** What the user answered before the call ran, or did not. */
  let answered: Answer["action"] | undefined;
  /** The arguments of a write, and its result if it succeeded. */
  let written: readonly (JsonObject | string)[] | undefined;
  const finish = (error: ToolError | undefined, fault?: unknown): void => {
    const ms = Math.round(performance.now() - started);
    const outcome = outcomeOf(error);
    const call = { tool: name, context, error, outcome, ms };
    const more = catalog.has(name) ? server.observe?.(call) : undefined;
    const isLocal = context.requestId === undefined;
    log[isLocal && fault === undefined ? "info" : levelOf(outcome)]("call", () => ({
      tool: catalog.has(name) ? name : loggable(name, caller),
      outcome,
      ms,
      status: error?.status,
      reason: error?.reason,
      answer: answered,
      requestId: context.requestId,
      ...traceFields(context.trace),
      ...describeCaller(context),
      ids: written && findIds(written),
      ...more,
      fault:
        fault === undefined
          ? undefined
          : redact(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
    }));
  };
  // Until the tool runs, nothing can have been done, so a failure is as safe to repeat as a read's.
  let kind: ToolKind = "read";
  let isCommitted = (): boolean => false;
  let result: ToolResult;
  try {
    const run = async (deadline: Deadline, answer?: Answer): Promise<RunOutcome> => {
      kind = "read";
      answered = answer?.action;
      isCommitted = () => deadline.isCommitted?.() === true;
      const tool = await catalog.open(name, caller);
      const input = parseInput(tool, args);
      const api = await server.connect(context, deadline);
      const toolContext = { api, deadline, progress, advise: catalog.advise };
      if (interaction?.asksBefore?.has(tool.kind)) {
        const { before } = await interaction.load();
        const details = { ...describeCall(name, context, answer), ...toolContext, definition: tool, input };
        const question = await before?.(details);
        if (question) return { question };
      }
      kind = tool.kind;
      if (kind !== "read") written = [input];
      const raw = await tool.run(input, toolContext);
      const output = parseOutput(tool, raw, program.name);
      if (written) written = [input, output];
      return { result: await limitResult(successResult(output, redact), tool, server, caller) };
    };
    const timeoutMs = Math.max(catalog.timeoutMs(name) ?? 0, server.timeoutMs);
    const attempt = (answer?: Answer): Promise<RunOutcome> =>
      limit(caller, () => withDeadline(timeoutMs, signal, (deadline) => run(deadline, answer)));
    result = await runWithUser({ server, tool: name, args, context }, attempt);
    finish(undefined);
  } catch (cause) {
    if (cause instanceof InputRequired) {
      finish(ASKED);
      throw cause;
    }
    const error = signal.aborted && !isCommitted() ? CANCELED : toToolError(cause, kind, program);
    const isFault = error !== cause && error !== CANCELED && !(cause instanceof DeadlineExceeded);
    finish(error, isFault ? cause : undefined);
    signal.throwIfAborted();
    return errorResult(error, redact, program.errorMetaKey, catalog.advise);
  }
  // What was done in spite of a cancellation is observed as done, although the client gets no response.
  signal.throwIfAborted();
  return result;
}

function ignoreProgress(): void {}

const NO_KINDS: CallDetails["kinds"] = new Set();

/** A call as the hooks of an interaction see it. */
export function describeCall<Identity>(
  tool: string,
  { caller, client, signal, user }: RequestContext<Identity>,
  answer: Answer | undefined,
): CallDetails<Identity> {
  const { kinds = NO_KINDS, gone, ask } = user ?? {};
  return { tool, caller, client, kinds, answer, isRepeating: ask === undefined, signal, gone };
}

type UserCall<Api, Identity> = {
  readonly server: ServerDefinition<Api, Identity>;
  readonly tool: string;
  readonly args: unknown;
  readonly context: RequestContext<Identity>;
};

/** Runs a call, again with each answer of its user. The code that asks is loaded with the first question or answer. */
async function runWithUser<Api, Identity>(
  { server: { interaction }, tool, args, context }: UserCall<Api, Identity>,
  attempt: (answer?: Answer) => Promise<RunOutcome>,
): Promise<ToolResult> {
  const run = async (answer?: Answer): Promise<RunOutcome> => {
    try {
      return await attempt(answer);
    } catch (error) {
      if (error instanceof ToolError && interaction?.recoverable?.includes(error.code)) return { error };
      throw error;
    }
  };
  const hasAnswer = interaction && context.user?.repeated?.requestState !== undefined;
  const first = hasAnswer ? undefined : await run();
  if (first && "result" in first) return first.result;
  if (!interaction) throw new Error("a question without an interaction");
  const { completeWithUser } = await import("./interaction.ts");
  return completeWithUser({ interaction, tool, args, context, run }, first);
}

/** Outcomes of failures that say more than the code, by reason. */
const OUTCOMES: ReadonlyMap<string | undefined, string> = new Map([
  ...Object.values(NOT_CONFIRMED).map((reason): [string, string] => [reason, "declined"]),
  ["CANCELLED", "canceled"],
  ["TOO_MANY_CALLS", "too_many_calls"],
  [InputRequired.code, "input_required"],
]);

function outcomeOf(error: ToolError | undefined): string {
  return error ? (OUTCOMES.get(error.reason) ?? error.code) : "ok";
}

/** What is neither a mistake nor a fault. */
const EXPECTED_OUTCOMES: ReadonlySet<string> = new Set(["ok", "input_required", "declined"]);

/**
 * How a call over HTTP is logged: a caller's mistake is a warning, a fault of this server or the platform an error. A
 * local client, whose requests have no id, shows its user what failed.
 */
function levelOf(outcome: string): "info" | "warn" | "error" {
  if (EXPECTED_OUTCOMES.has(outcome)) return "info";
  return outcome === "upstream_error" ? "error" : "warn";
}

/** Limit of a client's own text in the log, in characters. */
const MAX_LOGGED = 100;

/** Who called, and with which program, as log fields. A client that does not introduce itself has its user agent. */
function describeCaller({ caller, client, userAgent }: RequestContext): LogFields {
  return {
    ...caller.logFields,
    clientName: loggable(client?.name ?? userAgent, caller),
    clientVersion: loggable(client?.version, caller) || undefined,
  };
}

/** The beginning of a JWT. */
const JWT = /eyJ[\w-]{8,}[\w.-]*/g;

/** A client's own text for the log, without its key or token, which some put where they do not belong. */
function loggable(text: string | undefined, { credential }: Caller): string | undefined {
  const clean = credential ? text?.replaceAll(credential, "[redacted]") : text;
  return clean?.slice(0, MAX_LOGGED).replace(JWT, "[redacted]");
}

/** Names of fields with an id: `uid`, `project_uid`, `project_slug`. */
const ID_NAME = /(?:^|_)(?:id|uid|slug)$/;
/** What platforms use as ids. No sentence, name of a person, or email address matches. */
const ID = /^[\w.:-]{1,100}$/;
/** More than any record has. */
const MAX_IDS = 12;

/** The ids in the arguments and the result of a call by name, for the log. The result's replace those of the arguments. */
function findIds(records: readonly (JsonObject | string)[]): Readonly<Record<string, string>> {
  const entries = records.flatMap((record) => (typeof record === "string" ? [] : Object.entries(record)));
  const isId = (entry: [string, unknown]): entry is [string, string] =>
    ID_NAME.test(entry[0]) && typeof entry[1] === "string" && ID.test(entry[1]);
  return Object.fromEntries(entries.filter(isId).slice(0, MAX_IDS));
}

/** A deadline or an unexpected exception as a `ToolError`, without internals. */
export function toToolError(error: unknown, kind: ToolKind, { debugOption }: ProgramInfo): ToolError {
  if (error instanceof ToolError) return error;
  const timeout = error instanceof DeadlineExceeded ? error : undefined;
  const message = timeout
    ? `The call took longer than ${timeout.totalMs} ms`
    : "The tool failed in an unexpected way";
  const retryable = kind === "read";
  const repeat = retryable
    ? "It is safe to try again."
    : "It is unknown whether it was done. Check before you repeat it, or it may be done twice.";
  const hint = `${repeat} If the problem persists, report it with the server log (${debugOption}).`;
  return new ToolError("upstream_error", message, {
    hint,
    retryable,
    reason: timeout?.code,
    unreachable: timeout !== undefined,
    cause: error,
  });
}

/** A tool's output. Structured content is repeated as JSON text, because some clients show a model only one of the two. */
export function successResult(output: JsonObject | string, redact: Redact): ToolResult {
  const { text, value } = toWellFormedJson(output);
  if (typeof value === "string") return { content: [{ type: "text", text: redact(value) }] };
  // Skips the deep copy for output without secrets, which is nearly all of it.
  if (redact(text) === text) return { content: [{ type: "text", text }], structuredContent: value };
  const structuredContent = redactDeep(value, redact) as JsonObject;
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}

/** Shortens a result that is too long. The code that does is loaded with the first one. */
function limitResult<Api>(
  result: ToolResult,
  { resultLimit = {} }: AnyTool<Api>,
  { catalog, maxResultChars }: ServerDefinition<Api>,
  caller: Caller,
): ToolResult | Promise<ToolResult> {
  const maxChars = maxResultChars ?? resultLimit.maxChars ?? MAX_RESULT_CHARS;
  if ((result.content[0]?.text.length ?? 0) <= maxChars) return result;
  return import("./result-limit.ts").then(({ shortenResult }) =>
    shortenResult(result, maxChars, resultLimit, catalog.list(caller)),
  );
}

/** Limits in bytes: the text of an error has at most 8 kB, so that no input or upstream fills a model's context. */
const MAX_MESSAGE_BYTES = 5000;
const MAX_HINT_BYTES = 2900;
const MAX_REQUEST_ID_BYTES = 200;

/** `<code>: <what failed>. <next step>`. No structured content: clients would show that instead of the text. */
export function errorResult(
  error: ToolError,
  redact: Redact,
  metaKey: string,
  advise = (hint: string): string => hint,
): ToolResult {
  const { code, status, retryable, retryAfterMs, requestId, reason } = error;
  // Redacted first, because a truncated secret would not be recognized.
  const clean = (text: string, maxBytes: number): string =>
    truncateText(redact(toWellFormedJson(text).value), maxBytes);
  const details: Record<string, unknown> = { code, retryable };
  if (status !== undefined) details.status = status;
  if (retryAfterMs !== undefined) details.retryAfterMs = retryAfterMs;
  if (requestId !== undefined) details.requestId = clean(requestId, MAX_REQUEST_ID_BYTES);
  if (reason !== undefined) details.reason = reason;
  const message = clean(error.message, MAX_MESSAGE_BYTES);
  const period = /[.!?]["”]?$/.test(message) ? "" : ".";
  const hint = clean(advise(error.hint), MAX_HINT_BYTES);
  return {
    content: [{ type: "text", text: `${code}: ${message}${period} ${hint}`.trimEnd() }],
    isError: true,
    _meta: { [metaKey]: details },
  };
}

/** A copy with secrets removed from every string. Field names are the platform's and stay. */
export function redactDeep(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}
