import type * as z from "zod";
import type { Deadline } from "../shared/deadline.ts";
import type { LogFields } from "../shared/logger.ts";
import type { ReportProgress } from "./progress.ts";

/** Who is calling. `Identity` is the platform's own type; the engine passes it on unread. */
export type Caller<Identity = unknown> = {
  /** Verified scopes and claims; `"all"` if the transport itself is trusted (stdio). */
  readonly grants: ReadonlySet<string> | "all";
  /** Verified identity; may appear in logs and audit events. */
  readonly identity: Identity;
  /** Who it is, for the log: user, organization, client, machine, or name of a key. Never a secret. */
  readonly logFields?: LogFields;
  /** Tells callers apart, for limits. Never log it: it may be a secret. Absent if there is only one caller. */
  readonly key?: string;
  /** The caller's API key or token. Only the platform client reads it; never log or audit it. */
  readonly credential?: string;
};

/** The grants that a tool requires: one of `anyOf`, and all of `allOf`. */
export type Access = {
  readonly anyOf: readonly string[];
  readonly allOf?: readonly string[];
  /** With one of these the tool is listed, too: a client asks for the missing grants when it calls (step-up). */
  readonly listedFor?: readonly string[];
  /** What to do if they are missing. Default: reconnect and grant them. */
  readonly advice?: string;
};

/** The local user, who started the program and holds its credentials. */
export const LOCAL_CALLER: Caller<undefined> = { grants: "all", identity: undefined };

/** The grants that `access` requires and `caller` lacks; empty if access is allowed. */
export function missingGrants(access: Access, caller: Caller): readonly string[] {
  const { grants } = caller;
  if (grants === "all") return [];
  const missing = (access.allOf ?? []).filter((grant) => !grants.has(grant));
  const hasAny = access.anyOf.length === 0 || access.anyOf.some((grant) => grants.has(grant));
  return hasAny ? missing : [...access.anyOf.slice(0, 1), ...missing];
}

/** Whether a tool reads, adds, sets a given state (idempotent), or acts irreversibly. Annotations and hints follow. */
export type ToolKind = "read" | "write" | "update" | "destructive";

/** What a tool gets besides its input. `Api` is the platform's client; tools see no header, socket or argv. */
export type ToolContext<Api> = {
  readonly api: Api;
  readonly deadline: Deadline;
  /** Tells a waiting client what the tool is doing. */
  readonly progress: ReportProgress;
  /** Returns a text of this program without what names a tool that is not offered; for output, errors do not need it. */
  advise(text: string): string;
};

/** Limit of a result's text, in characters. Claude Code moves texts of about 50,000 characters to a file. */
export const MAX_RESULT_CHARS = 45_000;

/** The limit of tools whose results are meant to be large: the most that Claude Code accepts in a definition. */
export const LARGE_RESULT_CHARS = 500_000;

/** The field of a definition's `_meta` in which clients read a tool's own limit. */
export const RESULT_SIZE_KEY = "anthropic/maxResultSizeChars";

/** The field of a definition's `_meta` that makes Claude Code give the tool to its model at once. It searches for others. */
export const ALWAYS_LOAD_KEY = "anthropic/alwaysLoad";

/** How a result that is too long is shortened. */
export type ResultLimit = {
  /** Limit of its text, in characters. Default and minimum: `MAX_RESULT_CHARS`. */
  readonly maxChars?: number;
  /** The tool that returns a row whole, if the result has rows. */
  readonly recordTool?: string;
  /** The fields with a page's rows and the token of the next page, and the parameter with the number of rows. */
  readonly page?: { readonly rows: string; readonly token: string; readonly size: string };
  /** How to get what is omitted, if no tool returns it whole: the end of a sentence, of at most 100 characters. */
  readonly advice?: string;
};

/** How to see what becomes of a result whose status changes later. */
export type FollowUp = {
  /** The tool that reads it; it may be the tool itself. */
  readonly tool: string;
  /** The result's field with its id, and that tool's argument for it. */
  readonly id: string;
  readonly status: string;
  /** The final statuses of success and of failure. */
  readonly done: readonly string[];
  readonly failed: readonly string[];
  /** What to do after a failure: one or two whole sentences. */
  readonly failedHint: string;
};

/** A tool: plain data plus one function. Its definition and docs are generated from it. */
export type Tool<Api, Input extends z.ZodObject, Output extends z.ZodObject> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: ToolKind;
  readonly access: Access;
  readonly input: Input;
  /** Absent if the output is plain text. */
  readonly output?: Output | undefined;
  /** Time limit of a call in milliseconds, unless the server's is longer. */
  readonly timeoutMs?: number | undefined;
  readonly resultLimit?: ResultLimit | undefined;
  /** Whether it answers from this program and calls nothing. Default: false. */
  readonly isLocal?: boolean | undefined;
  /** Whether conversations start with it, so that clients that defer tools load it at once. Default: false. */
  readonly alwaysLoad?: boolean | undefined;
  /** The URI of the page with which clients show its results (MCP Apps, `_meta.ui.resourceUri`), see `View`. */
  readonly view?: `ui://${string}` | undefined;
  readonly followUp?: FollowUp | undefined;
  /**
   * What a call would change: one or two sentences for its user, made from a fresh read, with names instead of ids. Text of
   * records in it is quoted with `quoteText`. Undefined if the call changes nothing. @throws ToolError as `run`
   */
  question?(input: z.output<Input>, context: ToolContext<Api>): Promise<ToolQuestion | undefined>;
  /** Returns the platform's response, which is validated against `output`, or text. @throws ToolError */
  run(input: z.output<Input>, context: ToolContext<Api>): Promise<unknown>;
};

/** A question. With a `basis`, it is another question only if that differs, instead of its text. */
export type ToolQuestion = string | { readonly text: string; readonly basis: string };

/** A tool of any schemas. */
export type AnyTool<Api> = Tool<Api, z.ZodObject, z.ZodObject>;

/** Returns the tool unchanged and frozen; infers the types of `run` from the schemas. */
export function defineTool<Api, Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Api, Input, Output>,
): AnyTool<Api> {
  return Object.freeze(tool) as AnyTool<Api>;
}
