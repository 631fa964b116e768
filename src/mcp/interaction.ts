import { abortable } from "../shared/deadline.ts";
import { isObject, type JsonObject } from "../shared/json.ts";
import { type ErrorCode, InputRequired, ToolError } from "./errors.ts";
import type { StateBinding, StateProblem, StateSigner } from "./request-state.ts";
import { describeCall, type RequestContext } from "./server.ts";
import type { AnyTool, Caller, ToolContext, ToolKind } from "./tool.ts";
import type { ClientInfo, JsonObjectSchema, ToolResult } from "./types.ts";

/** How a question is asked: a page that the user opens, or fields that the client shows (MCP, "Elicitation"). */
export type QuestionKind = "url" | "form";

/** What a call needs of its user before it goes on. */
export type Question = {
  /** What the answer is for. It comes back with the answer. */
  readonly purpose: string;
  /** For people: what is asked, and why. */
  readonly message: string;
  /** How long an answer counts, in milliseconds. Default and limit: `MAX_ANSWER_MS`. */
  readonly ttlMs?: number;
  /** A short JSON value that comes back with the answer. The client can read it, so it is never a secret. */
  readonly data?: unknown;
} & (
  | {
      readonly kind: "url";
      readonly url: string;
      /** Unique for this process. Questions of several calls may share a page and so an id. */
      readonly id: string;
      /** Resolves when the page has done its work. Then the call goes on, whether or not the client answered. */
      readonly done: Promise<unknown>;
    }
  | { readonly kind: "form"; readonly requestedSchema: JsonObjectSchema }
);

/** What the user decided. A client that fails, and one that takes too long, count as `cancel`. */
export type Answer = {
  readonly purpose: string;
  /** For a page, `accept` means that the user opens it: what they do there is not known yet. */
  readonly action: "accept" | "decline" | "cancel";
  /** The fields of a form, unchecked. */
  readonly content: JsonObject | undefined;
  /** How often this call has asked for the purpose: 1 for the answer to the first question. */
  readonly round: number;
  readonly data: unknown;
};

/** The user of the client of one call. */
export type Respondent = {
  /** What the client declared. No other kind of question is asked. */
  readonly kinds: ReadonlySet<QuestionKind>;
  /** Aborts when no answer can come any more, although the call itself may go on. */
  readonly gone?: AbortSignal | undefined;
  /**
   * Sends a question and waits for its answer. Absent if the client sends the answer with a repeated call.
   * @throws the call's abort reason
   */
  readonly ask?: ((question: Question) => Promise<Reply>) | undefined;
  /** What came with a repeated call, unchecked. */
  readonly repeated?: { readonly requestState?: unknown; readonly inputResponses?: unknown } | undefined;
};

/** The part of an answer that the client sends. */
export type Reply = Pick<Answer, "action" | "content">;

/** A call that waits for its user. */
export type CallDetails<Identity = unknown> = {
  readonly tool: string;
  readonly caller: Caller<Identity>;
  readonly client: ClientInfo | undefined;
  /** The kinds of question that can be asked; empty if the client can't ask any. */
  readonly kinds: ReadonlySet<QuestionKind>;
  /** The newest answer. */
  readonly answer: Answer | undefined;
  /** Whether the client repeats a call to answer. It may give up on each call after a minute. */
  readonly isRepeating: boolean;
  /** Aborts when the call is canceled. */
  readonly signal: AbortSignal;
  /** Aborts when no answer can come any more. */
  readonly gone: AbortSignal | undefined;
};

/** A call that is about to run, with what its tool gets. */
export type CheckedCall<Api, Identity = unknown> = CallDetails<Identity> &
  ToolContext<Api> & {
    readonly definition: AnyTool<Api>;
    /** Validated. */
    readonly input: JsonObject;
  };

/** When and how calls of a server involve the user. Its code is loaded with the first call that does. */
export type Interaction<Api, Identity = unknown> = {
  /** The kinds of tools for which `before` is consulted. */
  readonly asksBefore?: ReadonlySet<ToolKind> | undefined;
  /** Whether those tools are not listed to a client that can't show forms. Default: false. */
  readonly hidesUnasked?: boolean | undefined;
  /** The codes of failures for which `recover` is consulted. */
  readonly recoverable?: readonly ErrorCode[] | undefined;
  load(): Promise<InteractionHooks<Api, Identity>>;
};

export type InteractionHooks<Api, Identity = unknown> = {
  /** Signs what the clients of the modern era send back with an answer. */
  readonly state: StateSigner;
  /**
   * Called before the tool runs, and again with the answer. Its time counts as the call's, that of the user does not.
   * @returns a question, or undefined to run the tool
   * @throws ToolError to refuse the call
   */
  before?(call: CheckedCall<Api, Identity>): Promise<Question | undefined>;
  /**
   * Called after a failure, outside the call's deadline, and again with the answer.
   * @returns a question, `retry` to run the call again, or undefined to let it fail
   */
  recover?(error: ToolError, call: CallDetails<Identity>): Promise<Question | "retry" | undefined>;
};

/** The longest time in which an answer counts, in milliseconds. */
export const MAX_ANSWER_MS = 10 * 60_000;

/** How one run of a call ended: with its result, a question, or a failure that `recover` may help. */
export type RunOutcome =
  | { readonly result: ToolResult }
  | { readonly question: Question }
  | { readonly error: ToolError };

export type Conversation<Api, Identity> = {
  readonly interaction: Interaction<Api, Identity>;
  readonly tool: string;
  /** As the client sent them. */
  readonly args: unknown;
  readonly context: RequestContext<Identity>;
  /** Runs the call. @throws what no question helps */
  run(answer: Answer | undefined): Promise<RunOutcome>;
};

/** A call that asks more often has a fault. */
const MAX_TURNS = 8;

/**
 * Goes on with a call that needs its user, until it has a result.
 * @param first how the call ended before; undefined for a repeated call, which may bring an answer
 * @throws InputRequired if the client has to repeat the call; the failure if it stands
 */
export async function completeWithUser<Api, Identity>(
  { interaction, tool, args, context, run }: Conversation<Api, Identity>,
  first?: RunOutcome,
): Promise<ToolResult> {
  const { caller, signal, user, progress } = context;
  const { state, recover } = await interaction.load();
  const binding: StateBinding = { tool, args, caller: caller.key };
  let answer = first ? undefined : readAnswer(user?.repeated, state, binding);

  const ask = async (question: Question): Promise<Answer> => {
    const { purpose, data, ttlMs = MAX_ANSWER_MS } = question;
    const round = answer?.purpose === purpose ? answer.round + 1 : 1;
    if (!user?.ask) {
      const requestState = state.sign({ purpose, round, data }, binding, ttlMs);
      throw new InputRequired({ [purpose]: toRequest(question) }, requestState);
    }
    progress?.({ message: "Waiting for the user" });
    return { purpose, round, data, ...(await user.ask(question)) };
  };

  let outcome = first ?? (await run(answer));
  for (let turn = 1; !("result" in outcome); turn += 1) {
    const details = describeCall(tool, context, answer);
    if ("error" in outcome && answer?.action === "accept") progress?.({ message: "Waiting for the user" });
    const next: Question | "retry" | undefined =
      "question" in outcome
        ? outcome.question
        : await abortable(Promise.resolve(recover?.(outcome.error, details)), signal);
    const isPossible = next === "retry" || (next && details.kinds.has(next.kind));
    if (!next || !isPossible || turn > MAX_TURNS) {
      throw "error" in outcome ? outcome.error : new Error("a question that can't be asked");
    }
    if (next !== "retry") answer = await ask(next);
    if (next === "retry" || "question" in outcome) outcome = await run(answer);
  }
  return outcome.result;
}

/** What `elicitation/create` asks for, in both eras; a page's id is the legacy era's alone. */
export function toRequest(question: Question) {
  const { kind: mode, message } = question;
  const rest =
    question.kind === "url" ? { url: question.url } : { requestedSchema: question.requestedSchema };
  return { method: "elicitation/create", params: { mode, message, ...rest } };
}

/** The answer that a repeated call brings; undefined if it has none. @throws ToolError `invalid_input` */
function readAnswer(
  { requestState, inputResponses }: Respondent["repeated"] = {},
  state: StateSigner,
  binding: StateBinding,
): Answer | undefined {
  if (requestState === undefined) return undefined;
  const claims = state.verify(requestState, binding);
  if (typeof claims === "string") throw refusal(claims);
  const reply = isObject(inputResponses) ? inputResponses[claims.purpose] : undefined;
  return isObject(reply) ? { ...claims, ...toReply(reply) } : undefined;
}

const REFUSALS: Readonly<Record<StateProblem, string>> = {
  invalid: "The answer is for another server, or was changed",
  expired: "The answer came too late",
  mismatch: "The answer is for another tool, other arguments, or another caller",
  used: "The answer was used before",
};

function refusal(problem: StateProblem): ToolError {
  return new ToolError("invalid_input", REFUSALS[problem], {
    hint: "Nothing was done. Call the tool again without requestState and inputResponses, and the user is asked again.",
    reason: `ANSWER_${problem.toUpperCase()}`,
  });
}

/** The client's result of an elicitation. Anything but a decision counts as `cancel`. */
export function toReply({ action, content }: JsonObject): Reply {
  return {
    action: action === "accept" || action === "decline" ? action : "cancel",
    content: isObject(content) ? content : undefined,
  };
}
