import { DeadlineExceeded } from "../shared/deadline.ts";
import type { JsonObject } from "../shared/json.ts";
import { isObject } from "../shared/json.ts";
import { ToolError } from "./errors.ts";
import type { ToolKind } from "./tool.ts";
import type { ToolResult } from "./types.ts";

/** Where a failed result carries its facts for programs. */
export const ERROR_META_KEY = "ai.lightfast/error";

/** Removes secrets from a text on its way out. */
export type Redact = (text: string) => string;

/** The same value with every text in it freed of secrets. Names of fields are the platform's and stay. */
export const redactDeep = (value: unknown, redact: Redact): unknown => {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
};

/**
 * A tool's answer. Where it has fields, they come twice, as structured content and as its JSON in the text: some clients
 * show a model only one of the two.
 */
export const successResult = (output: JsonObject | string, redact: Redact): ToolResult => {
  if (typeof output === "string") return { content: [{ type: "text", text: redact(output) }] };
  const text = JSON.stringify(output);
  // Nearly every answer is free of secrets, and is passed on as it is.
  if (redact(text) === text) return { content: [{ type: "text", text }], structuredContent: output };
  const structuredContent = redactDeep(output, redact) as JsonObject;
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
};

const endSentence = (text: string): string => (/[.!?]["”]?$/.test(text) ? text : `${text}.`);

/** What to do after a failure of unknown extent: a read may be repeated, anything else may have been done. */
const afterUnknown = (kind: ToolKind): string =>
  kind === "read"
    ? "It is safe to try again."
    : "It is unknown whether it was done; check before you repeat it, or it may be done twice.";

/** An exception that is no `ToolError` is a fault of ours, told without its internals, or the end of the call's time. */
export const toToolError = (error: unknown, kind: ToolKind): ToolError => {
  if (error instanceof ToolError) return error;
  const [what, reason] =
    error instanceof DeadlineExceeded
      ? [`The call took longer than ${error.totalMs} ms`, "DEADLINE"]
      : ["The tool failed in an unexpected way", undefined];
  return new ToolError("upstream_error", what, {
    hint: `${afterUnknown(kind)} If it stays, report it with the server's log (--log-level debug).`,
    retryable: kind === "read",
    reason,
    cause: error,
  });
};

/**
 * A failure as a tool result, `<code>: <what failed>. <what to do next>`, with its facts in `_meta`.
 * It has no structured content: clients would show that instead of the text.
 */
export const errorResult = (error: ToolError, redact: Redact): ToolResult => {
  const { code, status, retryable, retryAfterMs, requestId, reason } = error;
  const facts: Record<string, unknown> = { code, retryable };
  if (status !== undefined) facts.status = status;
  if (retryAfterMs !== undefined) facts.retryAfterMs = retryAfterMs;
  if (requestId !== undefined) facts.requestId = redact(requestId);
  if (reason !== undefined) facts.reason = reason;
  const text = `${code}: ${endSentence(error.message)} ${error.hint}`;
  return {
    content: [{ type: "text", text: redact(text) }],
    isError: true,
    _meta: { [ERROR_META_KEY]: facts },
  };
};
