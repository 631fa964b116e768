import { ToolError } from "./errors.ts";
import { isObject } from "./jsonrpc.ts";
import type { JsonObject, ToolResult } from "./protocol.ts";

/** Where a failed result carries its facts for programs. */
export const ERROR_META_KEY = "ai.lightfast/error";

/** Removes secrets from a text on its way out. */
export type Redact = (text: string) => string;

/** The same value with every text in it freed of secrets. Names of fields are the platform's and stay. */
const redactDeep = (value: unknown, redact: Redact): unknown => {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
};

/**
 * A tool's answer. The text is the structured content as JSON: some clients show a model only one of the two, so each
 * carries everything.
 */
export const successResult = (output: JsonObject, redact: Redact): ToolResult => {
  const text = JSON.stringify(output);
  // Nearly every answer is free of secrets, and is passed on as it is.
  if (redact(text) === text) return { content: [{ type: "text", text }], structuredContent: output };
  const structuredContent = redactDeep(output, redact) as JsonObject;
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
};

const endSentence = (text: string): string => (/[.!?]["”]?$/.test(text) ? text : `${text}.`);

/** What an exception that is no `ToolError` means to the caller: a fault of ours, told without its internals. */
const unexpected = (cause: unknown): ToolError =>
  new ToolError("upstream_error", "The tool failed in an unexpected way", {
    hint: "Try once more; if it fails again, report it with the server's log (stderr, --log-level debug).",
    cause,
  });

export const toToolError = (error: unknown): ToolError =>
  error instanceof ToolError ? error : unexpected(error);

/**
 * A failure as a tool result, `<code>: <what failed>. <what to do next>`, with its facts in `_meta`.
 * It has no structured content: clients would show that instead of the text.
 */
export const errorResult = (error: ToolError, redact: Redact): ToolResult => {
  const { code, status, retryable, retryAfterMs, requestId } = error;
  const facts: Record<string, unknown> = { code, retryable };
  if (status !== undefined) facts.status = status;
  if (retryAfterMs !== undefined) facts.retryAfterMs = retryAfterMs;
  if (requestId !== undefined) facts.requestId = redact(requestId);
  const text = `${code}: ${endSentence(error.message)} ${error.hint}`;
  return {
    content: [{ type: "text", text: redact(text) }],
    isError: true,
    _meta: { [ERROR_META_KEY]: facts },
  };
};
