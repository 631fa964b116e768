import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Cancel, type Cancellation } from "../../shared/cancel.ts";

/** By connection, what is to be done at its end for the requests whose answers wait behind another's. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** One listener serves a connection, however many requests its client sends at once. */
const waitingOn = (socket: Socket): Set<() => void> => {
  const known = waiting.get(socket);
  if (known) return known;
  const all = new Set<() => void>();
  waiting.set(socket, all);
  socket.once("close", () => {
    for (const leave of all) leave();
  });
  return all;
};

/** Fires when the client goes away before it has its answer: over HTTP that is how a call is cancelled. */
export const cancelOf = ({ socket }: IncomingMessage, response: ServerResponse): Cancellation => {
  const cancel = new Cancel();
  const leave = (): void => {
    if (!response.writableFinished) cancel.abort(new Error("the client went away"));
  };
  response.on("close", leave);
  // Node closes only the response whose turn it is; one that was pipelined behind it has no socket yet.
  if (!response.socket) {
    const all = waitingOn(socket);
    all.add(leave);
    response.on("close", () => all.delete(leave));
  }
  return cancel;
};
