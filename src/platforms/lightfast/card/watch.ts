/**
 * What a card does, without a document: it speaks with the client that shows it (MCP Apps, revision 2026-01-26), and follows one
 * signal until its status is final.
 */

/** What the card knows of its signal. */
export type CardState = {
  readonly id?: string;
  /** The signal's text, from the call's arguments or its result. */
  readonly text?: string;
  /** Absent until the call has a result. */
  readonly status?: string;
  /** The signal as the tool returned it; absent until it was read. */
  readonly signal?: Json;
  /** What went wrong, or why the card is no longer updated, with the next step. */
  readonly problem?: string;
  /** Whether the signal can be read again. */
  readonly canRetry?: boolean;
};

export type Json = { readonly [key: string]: unknown };

/** The parts of the host context that the card uses. A change has only what changed. */
export type HostContext = {
  readonly theme?: string;
  readonly styles?: { readonly variables?: Readonly<Record<string, string | undefined>> };
  /** In pixels. */
  readonly safeAreaInsets?: Readonly<Record<string, number>>;
  readonly locale?: string;
  readonly timeZone?: string;
};

/** What surrounds the card. */
export type CardHost = {
  /** Sends a message to the client, with the JSON-RPC version. */
  send(message: Json): void;
  show(state: CardState): void;
  apply(context: HostContext): void;
  readonly timers: Timers;
};

/** A window's, or a test's. */
export type Timers = {
  setTimeout(action: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
};

export type SignalWatch = {
  /** Opens the conversation with the client. */
  start(): void;
  receive(message: unknown): void;
  /** A hidden card calls nothing. */
  setHidden(hidden: boolean): void;
  retry(): void;
};

/** The parts of all messages, and of their results and parameters, that the card reads. */
type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params & {
    readonly hostCapabilities?: { readonly serverTools?: unknown };
    readonly hostContext?: HostContext;
  };
  readonly error?: { readonly message?: string };
};
type Params = HostContext & {
  readonly arguments?: Json;
  readonly isError?: boolean;
  readonly content?: readonly { readonly text?: string }[];
  readonly structuredContent?: Json;
};

/** A call without a response fails after this time. */
export const CALL_TIMEOUT_MS = 60_000;
/** Pauses between calls grow from the first to the longest: about two minutes in all, as the server advises. */
export const FIRST_PAUSE_MS = 2000;
export const MAX_PAUSE_MS = 10_000;
export const MAX_CALLS = 16;

const INITIALIZE_ID = 1;
const ASK = " Ask for the status in the chat.";

export function watchSignal({ send, show, apply, timers }: CardHost): SignalWatch {
  let state: CardState = {};
  let lastId = INITIALIZE_ID;
  /** The call that waits for its response; 0 if none does. */
  let callId = 0;
  let calls = 0;
  let timer: unknown;
  let canCall: unknown;
  let isHidden = false;
  let isPausing = false;
  let isClosed = false;

  const update = (change: CardState): void => {
    state = { ...state, ...change };
    show(state);
  };
  const settle = (): void => {
    timers.clearTimeout(timer);
    callId = 0;
    isPausing = false;
  };
  const fail = (problem: string): void => {
    settle();
    update({ problem, canRetry: !!canCall && !!state.id });
  };

  const call = (): void => {
    settle();
    calls++;
    callId = ++lastId;
    timer = timers.setTimeout(() => fail(`The client did not answer.${ASK}`), CALL_TIMEOUT_MS);
    const params = { name: "lightfast_signals_get", arguments: { id: state.id } };
    send({ id: callId, method: "tools/call", params });
  };
  const callLater = (): void => {
    if (!canCall) fail(`This client does not update the card.${ASK}`);
    else if (calls >= MAX_CALLS) fail("Not classified after two minutes.");
    else {
      isPausing = true;
      if (!isHidden) timer = timers.setTimeout(call, Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 1.25 ** calls));
    }
  };
  /** Takes the result of a tool: of the call that opened the card, or of one of its own. */
  const take = (result: Params): void => {
    settle();
    const text = result.content?.[0]?.text ?? "";
    const signal = result.structuredContent ?? parse(text);
    const { id, status, input } = signal;
    if (result.isError || typeof id !== "string" || typeof status !== "string")
      fail(text || "The result has no signal.");
    else {
      const whole = typeof input === "string" && { text: input, signal };
      update({ id, status, problem: "", canRetry: false, ...whole });
      if (status !== "classified" && status !== "failed") callLater();
    }
  };
  const takeArguments = ({ arguments: { input, id } = {} }: Params): void => {
    if (typeof input === "string") update({ text: input });
    if (typeof id === "string") update({ id });
  };
  const takeResponse = ({ id, result = {}, error }: Message): void => {
    if (id !== INITIALIZE_ID && id !== callId) return;
    if (error) fail(`The client refused: ${error.message}.${ASK}`);
    else if (id === callId) take(result);
    else {
      canCall = result.hostCapabilities?.serverTools;
      apply(result.hostContext ?? {});
      send({ method: "ui/notifications/initialized" });
    }
  };
  const notifications: Readonly<Record<string, (params: Params) => void>> = {
    "tool-input": takeArguments,
    "tool-input-partial": takeArguments,
    "tool-result": take,
    "tool-cancelled": () => fail("Canceled. It may have been done: check before you repeat it."),
    "host-context-changed": apply,
  };

  return {
    start: () =>
      send({
        id: INITIALIZE_ID,
        method: "ui/initialize",
        params: {
          appInfo: { name: "lightfast", version: "1" },
          appCapabilities: { availableDisplayModes: ["inline"] },
          protocolVersion: "2026-01-26",
        },
      }),
    receive: (data) => {
      const message = (data ?? {}) as Message;
      const { id, method, params = {} } = message;
      if (isClosed) return;
      if (!method) takeResponse(message);
      else if (id === undefined) notifications[`${method}`.replace("ui/notifications/", "")]?.(params);
      else {
        isClosed = method === "ui/resource-teardown";
        if (isClosed) settle();
        const isKnown = isClosed || method === "ping";
        send({ id, ...(isKnown ? { result: {} } : { error: { code: -32601, message: "Unknown method" } }) });
      }
    },
    setHidden: (hidden) => {
      isHidden = hidden;
      if (!isPausing) return;
      if (hidden) timers.clearTimeout(timer);
      else call();
    },
    retry: () => {
      if (isClosed || !state.canRetry) return;
      calls = 0;
      update({ problem: "", canRetry: false });
      call();
    },
  };
}

/** Some clients pass on the text alone, which repeats the structured content. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
