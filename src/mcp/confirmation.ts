import { hash } from "node:crypto";
import { quotePart } from "../shared/json.ts";
import { NOT_CONFIRMED, ToolError } from "./errors.ts";
import type { Answer, CheckedCall, InteractionHooks, Question } from "./interaction.ts";
import { createStateSigner } from "./request-state.ts";
import type { Redact } from "./server.ts";
import type { ToolQuestion } from "./tool.ts";

export type ConfirmationOptions = {
  /** The next step in the error for a client that can't ask. Undefined: the call runs. */
  readonly refusalHint: string | undefined;
  /** As for `createStateSigner`. */
  readonly secret: string | Buffer | undefined;
  readonly redact: Redact;
  /** The wall clock, in milliseconds. */
  readonly now?: typeof Date.now;
};

/** How long a question can be answered, in milliseconds. */
export const CONFIRMATION_MS = 5 * 60_000;

const PURPOSE = "confirm";

/** Limit of the questions of one call: the data changed after each. */
const MAX_ROUNDS = 3;

/**
 * A form without fields, so that `accept` is the answer: clients show the question with two buttons. With a field, VS Code
 * asks twice, and Codex up to 0.80 returned no value.
 */
const NO_FIELDS = { type: "object", properties: {} } as const;

/**
 * Asks the user before a tool runs, with the tool's own question. It is made again for the answer: if it differs by then,
 * the record was changed, and the user is asked again.
 */
export function createConfirmation<Api>(options: ConfirmationOptions): InteractionHooks<Api> {
  const { refusalHint, secret, redact, now } = options;
  const before = async (call: CheckedCall<Api>): Promise<Question | undefined> => {
    const { tool, kinds, answer } = call;
    if (!kinds.has("form")) {
      if (refusalHint === undefined) return undefined;
      const message = `${tool} requires the user's confirmation, which can't be asked for here`;
      throw new ToolError("unsupported_tool", message, { hint: `Nothing was changed. ${refusalHint}` });
    }
    if (answer && answer.action !== "accept") throw notConfirmed(tool, answer);
    const question = await describe(call);
    if (question === undefined) return undefined;
    const { text: unsafe, basis } =
      typeof question === "string" ? { text: question, basis: question } : question;
    const text = redact(unsafe);
    const data = hash("sha256", redact(basis), "base64url");
    if (answer?.data === data) return undefined;
    if (answer && answer.round >= MAX_ROUNDS) throw keepsChanging(tool);
    const message = answer ? `The data has changed since the last question. ${text}` : text;
    return {
      kind: "form",
      purpose: PURPOSE,
      message,
      requestedSchema: NO_FIELDS,
      ttlMs: CONFIRMATION_MS,
      data,
    };
  };
  return { state: createStateSigner(secret, now), before };
}

/** The tool's question, or a general one. */
async function describe<Api>(call: CheckedCall<Api>): Promise<ToolQuestion | undefined> {
  const { definition, input } = call;
  return definition.question ? definition.question(input, call) : describeArguments(definition.title, input);
}

/** Limits of the arguments in a general question, and of each in characters. */
const MAX_ARGUMENTS = 10;
const MAX_ARGUMENT_CHARS = 100;

function describeArguments(title: string, input: CheckedCall<unknown>["input"]): string {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const shown = given.slice(0, MAX_ARGUMENTS).map(([name, value]) => {
    return `${name} ${quotePart(typeof value === "string" ? value : JSON.stringify(value), MAX_ARGUMENT_CHARS)}`;
  });
  const more = given.length - shown.length;
  const list = [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  return `Run "${title}"${list && ` with ${list}`}?`;
}

/** The code is the one for what is not permitted. The reason tells it from a missing scope. */
function notConfirmed(tool: string, { action }: Answer): ToolError {
  return action === "decline"
    ? new ToolError("insufficient_scope", `The user declined ${tool}`, {
        hint: "Nothing was changed. Do not call it again unless the user asks for it.",
        reason: NOT_CONFIRMED.declined,
      })
    : new ToolError("insufficient_scope", `The user did not answer whether to run ${tool}`, {
        hint: "Nothing was changed. Ask the user before you call it again.",
        reason: NOT_CONFIRMED.noAnswer,
      });
}

function keepsChanging(tool: string): ToolError {
  return new ToolError("invalid_input", `The data kept changing while the user was asked about ${tool}`, {
    hint: "Nothing was changed. Read it again, then ask the user.",
  });
}
