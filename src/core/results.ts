import { ToolError } from "./errors.ts";
import type { JsonObject, ToolResult } from "./protocol.ts";

/** Where a failed result carries its facts for programs. */
export const ERROR_META_KEY = "ai.lightfast/error";

/** Removes secrets from a text on its way out. */
export type Redact = (text: string) => string;

/**
 * A tool's answer. The text is the structured content as JSON: some clients show a model only one of the two, so each
 * carries everything.
 */
export const successResult = (output: JsonObject, redact: Redact): ToolResult => {
  const plain = JSON.stringify(output);
  const text = redact(plain);
  const structuredContent = text === plain ? output : (JSON.parse(text) as JsonObject);
  return { content: [{ type: "text", text }], structuredContent };
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
