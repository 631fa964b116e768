import { setMaxListeners } from "node:events";
import { type Clock, SYSTEM_CLOCK } from "../shared/clock.ts";
import { isObject } from "../shared/json.ts";
import { MAX_ANSWER_MS, type Question, type Reply, toReply, toRequest } from "./interaction.ts";
import type { IncomingResponse } from "./json-rpc.ts";
import type { RequestId } from "./types.ts";

export type AskOptions = {
  /** The call that needs the answer. */
  readonly relatedRequestId: RequestId;
  /** Aborts when that call is canceled. */
  readonly signal: AbortSignal;
};

/** Asks the client of one connection, as up to revision 2025-11-25: with requests of the server. */
export type Elicitor = {
  /** Returns the reply, or `cancel` after ten minutes or when no reply can come. @throws the reason of `signal` */
  ask(question: Question, options: AskOptions): Promise<Reply>;
  /** Takes a response of the client; an unknown id is ignored. */
  receive(response: IncomingResponse): void;
};

/** Limit of questions that wait at once; further ones count as canceled. */
const MAX_PENDING = 32;

const CANCELED: Reply = { action: "cancel", content: undefined };
const DONE: Reply = { action: "accept", content: undefined };

/**
 * @param send sends a message of the server
 * @param gone aborts when no response can come any more
 */
export function createElicitor(
  send: (message: unknown, relatedRequestId: RequestId) => void,
  gone: AbortSignal,
  clock: Clock = SYSTEM_CLOCK,
): Elicitor {
  const pending = new Map<RequestId, (reply: Reply) => void>();
  let lastId = 0;
  let lastCompleted: string | undefined;
  setMaxListeners(0, gone);

  /** Tells the client that a page has done its work (MCP 2025-11-25, "Completion Notifications"), once. */
  const complete = (elicitationId: string, relatedRequestId: RequestId): void => {
    if (lastCompleted === elicitationId) return;
    lastCompleted = elicitationId;
    const method = "notifications/elicitation/complete";
    send({ jsonrpc: "2.0", method, params: { elicitationId } }, relatedRequestId);
  };

  const ask = (question: Question, { relatedRequestId, signal }: AskOptions): Promise<Reply> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (gone.aborted || pending.size >= MAX_PENDING) return resolve(CANCELED);
      lastId += 1;
      const id = lastId;
      const end = (reply: Reply): void => {
        pending.delete(id);
        cancelTimer();
        signal.removeEventListener("abort", onAbort);
        gone.removeEventListener("abort", onGone);
        resolve(reply);
      };
      /** Ends a question that has no reply: the client can close its dialog. */
      const withdraw = (reply: Reply, reason: string): void => {
        if (!pending.has(id)) return;
        end(reply);
        const method = "notifications/cancelled";
        send({ jsonrpc: "2.0", method, params: { requestId: id, reason } }, relatedRequestId);
      };
      const onAbort = (): void => {
        reject(signal.reason);
        withdraw(CANCELED, "the call was canceled");
      };
      const onGone = (): void => end(CANCELED);
      const { ttlMs = MAX_ANSWER_MS } = question;
      const cancelTimer = clock.after(ttlMs, () => withdraw(CANCELED, "no answer came in time"));
      signal.addEventListener("abort", onAbort);
      gone.addEventListener("abort", onGone);
      pending.set(id, end);

      const { method, params } = toRequest(question);
      const elicitationId = question.kind === "url" ? question.id : undefined;
      const withId = elicitationId === undefined ? params : { ...params, elicitationId };
      send({ jsonrpc: "2.0", id, method, params: withId }, relatedRequestId);
      if (question.kind !== "url") return;
      const onDone = (): void => {
        complete(question.id, relatedRequestId);
        withdraw(DONE, "the page has done its work");
      };
      question.done.then(onDone, () => {});
    });

  return {
    ask,
    receive: ({ id, result }) => {
      if (id !== null) pending.get(id)?.(isObject(result) ? toReply(result) : CANCELED);
    },
  };
}
