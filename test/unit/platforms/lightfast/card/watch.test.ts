import { describe, expect, test } from "vitest";
import {
  CALL_TIMEOUT_MS,
  type CardState,
  FIRST_PAUSE_MS,
  type HostContext,
  type Json,
  MAX_CALLS,
  MAX_PAUSE_MS,
  watchSignal,
} from "../../../../../src/platforms/lightfast/card/watch.ts";
import { manualClock } from "../../../../support/manual-clock.ts";

const ID = "signal_123e4567-e89b-12d3-a456-426614174000";
const CAN_CALL = { serverTools: {} };

/** A card with a client that the test plays. */
function openCard(hostCapabilities: object = CAN_CALL) {
  const clock = manualClock();
  const sent: Json[] = [];
  const contexts: HostContext[] = [];
  const pauses: number[] = [];
  let state: CardState = {};
  const watch = watchSignal({
    send: (message) => void sent.push(message),
    show: (next) => {
      state = next;
    },
    apply: (context) => void contexts.push(context),
    timers: {
      setTimeout: (action, ms) => {
        pauses.push(ms);
        return clock.after(ms, action);
      },
      clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
    },
  });
  const notify = (name: string, params: object = {}) =>
    watch.receive({ jsonrpc: "2.0", method: `ui/notifications/${name}`, params });
  const calls = () => sent.filter(({ method }) => method === "tools/call");
  const respond = (response: object) =>
    watch.receive({ jsonrpc: "2.0", id: calls().at(-1)?.id, ...response });

  watch.start();
  watch.receive({ id: 1, result: { hostCapabilities, hostContext: { theme: "dark" } } });
  return {
    ...{ watch, clock, sent, contexts, pauses, notify, calls, respond },
    state: () => state,
    /** Answers the waiting call with a signal. */
    answer: (status: string, more: object = {}) => respond({ result: resultOf(status, more) }),
  };
}

function resultOf(status: string, more: object = {}) {
  return { content: [], structuredContent: { id: ID, input: "Renew Acme", status, ...more } };
}

/** A card whose signal was just recorded. */
function recorded(hostCapabilities?: object) {
  const card = openCard(hostCapabilities);
  card.notify("tool-input", { arguments: { input: "Renew Acme" } });
  card.notify("tool-result", { structuredContent: { id: ID, status: "queued" } });
  return card;
}

describe("the conversation with a client", () => {
  test("begins with ui/initialize, and what follows waits for its result", () => {
    const { sent, contexts } = openCard();
    expect(sent).toEqual([
      {
        id: 1,
        method: "ui/initialize",
        params: {
          appInfo: { name: "lightfast", version: "1" },
          appCapabilities: { availableDisplayModes: ["inline"] },
          protocolVersion: "2026-01-26",
        },
      },
      { method: "ui/notifications/initialized" },
    ]);
    expect(contexts).toEqual([{ theme: "dark" }]);
  });

  test("a change of the host context is taken over", () => {
    const { notify, contexts } = openCard();
    notify("host-context-changed", { theme: "light" });
    expect(contexts.at(-1)).toEqual({ theme: "light" });
  });

  test("pings are answered, unknown requests refused, unknown notifications ignored", () => {
    const { watch, notify, sent } = openCard();
    watch.receive({ jsonrpc: "2.0", id: "a", method: "ping" });
    watch.receive({ jsonrpc: "2.0", id: "b", method: "tools/list" });
    notify("sandbox-resource-ready", { html: "<p>" });
    expect(sent.slice(2)).toEqual([
      { id: "a", result: {} },
      { id: "b", error: { code: -32601, message: "Unknown method" } },
    ]);
  });

  test.each([undefined, null, 1, "text", [], {}, { id: 99, result: {} }, { method: 1 }])(
    "the message %j changes nothing",
    (message) => {
      const card = recorded();
      const before = card.state();
      expect(() => card.watch.receive(message)).not.toThrow();
      expect(card.state()).toEqual(before);
    },
  );
});

describe("a new signal", () => {
  test("is shown before the call has a result, also while its text is written", () => {
    const { notify, state } = openCard();
    notify("tool-input-partial", { arguments: { input: "Renew" } });
    expect(state()).toEqual({ text: "Renew" });
    notify("tool-input", { arguments: { input: "Renew Acme" } });
    expect(state()).toEqual({ text: "Renew Acme" });
  });

  test("is followed from queued to classified by the card's own calls", () => {
    const { clock, calls, answer, state } = recorded();
    expect(state()).toMatchObject({ text: "Renew Acme", id: ID, status: "queued" });
    expect(calls()).toEqual([]);
    clock.advance(FIRST_PAUSE_MS);
    expect(calls()).toMatchObject([{ params: { name: "lightfast_signals_get", arguments: { id: ID } } }]);
    answer("processing");
    expect(state()).toMatchObject({ status: "processing" });
    clock.advance(MAX_PAUSE_MS);
    answer("classified", { classification: { kind: "fix" } });
    expect(state()).toMatchObject({ status: "classified", signal: { classification: { kind: "fix" } } });
    clock.advance(600_000);
    expect(calls()).toHaveLength(2);
  });

  test.each(["classified", "failed"])("that is %s is not read again", (status) => {
    const { clock, calls, answer } = recorded();
    clock.advance(FIRST_PAUSE_MS);
    answer(status);
    clock.advance(600_000);
    expect(calls()).toHaveLength(1);
  });

  test("is read at growing intervals, for about two minutes", () => {
    const { clock, calls, answer, pauses, state } = recorded();
    for (let call = 1; call <= MAX_CALLS; call += 1) {
      clock.advance(MAX_PAUSE_MS);
      expect(calls()).toHaveLength(call);
      answer("processing");
    }
    const waits = pauses.filter((ms) => ms !== CALL_TIMEOUT_MS);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBe(FIRST_PAUSE_MS);
    expect(waits.at(-1)).toBe(MAX_PAUSE_MS);
    const total = waits.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBeGreaterThan(100_000);
    expect(total).toBeLessThan(140_000);
    clock.advance(600_000);
    expect(calls()).toHaveLength(MAX_CALLS);
    expect(state()).toMatchObject({ problem: "Not classified after two minutes.", canRetry: true });
  });

  test("can be read from text alone", () => {
    const { notify, state } = openCard();
    const { structuredContent } = resultOf("classified");
    notify("tool-result", { content: [{ type: "text", text: JSON.stringify(structuredContent) }] });
    expect(state()).toMatchObject({ id: ID, text: "Renew Acme", status: "classified" });
  });
});

describe("calls stop", () => {
  test("while the card is hidden, and go on at once when it is visible again", () => {
    const { watch, clock, calls, answer } = recorded();
    watch.setHidden(true);
    clock.advance(600_000);
    expect(calls()).toEqual([]);
    watch.setHidden(false);
    expect(calls()).toHaveLength(1);
    // A response to a call from before does not start the next one.
    watch.setHidden(true);
    answer("processing");
    clock.advance(600_000);
    expect(calls()).toHaveLength(1);
  });

  test("when the client closes the card, and a late response changes nothing", () => {
    const { watch, clock, calls, answer, sent, state } = recorded();
    clock.advance(FIRST_PAUSE_MS);
    watch.receive({ jsonrpc: "2.0", id: 7, method: "ui/resource-teardown", params: {} });
    expect(sent.at(-1)).toEqual({ id: 7, result: {} });
    answer("classified");
    watch.setHidden(false);
    watch.retry();
    clock.advance(600_000);
    expect(calls()).toHaveLength(1);
    expect(state().status).toBe("queued");
  });

  test("where the client does not offer its server's tools", () => {
    const { clock, calls, state, watch } = recorded({});
    expect(state()).toMatchObject({
      problem: "This client does not update the card. Ask for the status in the chat.",
      canRetry: false,
    });
    watch.retry();
    clock.advance(600_000);
    expect(calls()).toEqual([]);
  });

  test("when one fails, until a retry", () => {
    const { watch, clock, calls, respond, answer, state } = recorded();
    clock.advance(FIRST_PAUSE_MS);
    const text = "upstream_error: Lightfast is unavailable. Try again later.";
    respond({ result: { isError: true, content: [{ type: "text", text }] } });
    expect(state()).toMatchObject({ status: "queued", problem: text, canRetry: true });
    clock.advance(600_000);
    expect(calls()).toHaveLength(1);
    watch.retry();
    expect(state()).toMatchObject({ problem: "", canRetry: false });
    watch.retry();
    expect(calls()).toHaveLength(2);
    answer("classified");
    expect(state()).toMatchObject({ status: "classified", problem: "" });
  });

  test("when the client refuses one, with a hint", () => {
    const { clock, respond, state } = recorded();
    clock.advance(FIRST_PAUSE_MS);
    respond({ error: { code: -32000, message: "denied by the user" } });
    expect(state()).toMatchObject({
      problem: "The client refused: denied by the user. Ask for the status in the chat.",
      canRetry: true,
    });
  });

  test("when one has no response within its time; a response that comes later is ignored", () => {
    const { clock, calls, watch, state } = recorded();
    clock.advance(FIRST_PAUSE_MS);
    const [first] = calls();
    clock.advance(CALL_TIMEOUT_MS);
    expect(state()).toMatchObject({
      problem: "The client did not answer. Ask for the status in the chat.",
      canRetry: true,
    });
    watch.receive({ id: first?.id, result: resultOf("classified") });
    expect(state().status).toBe("queued");
  });
});

describe("a call without a signal", () => {
  test("that failed shows its text; only a signal with an id can be read again", () => {
    const { notify, state } = openCard();
    const result = { isError: true, content: [{ type: "text", text: "invalid_input: too long." }] };
    notify("tool-input", { arguments: { input: "x" } });
    notify("tool-result", result);
    expect(state()).toMatchObject({ problem: "invalid_input: too long.", canRetry: false });
    notify("tool-input", { arguments: { id: ID } });
    notify("tool-result", result);
    expect(state()).toMatchObject({ canRetry: true });
  });

  test.each([{}, { structuredContent: {} }, { content: [{ type: "text", text: "" }] }, { content: [null] }])(
    "with the result %j says so",
    (result) => {
      const { notify, state } = openCard();
      notify("tool-result", result);
      expect(state()).toMatchObject({ problem: "The result has no signal.", canRetry: false });
    },
  );

  test("that was canceled may have been done", () => {
    const { notify, state } = openCard();
    notify("tool-input", { arguments: { input: "x" } });
    notify("tool-cancelled", { reason: "user" });
    expect(state().problem).toBe("Canceled. It may have been done: check before you repeat it.");
  });
});
