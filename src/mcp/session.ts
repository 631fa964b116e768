import type { Clock } from "../shared/clock.ts";
import { readTrace } from "../shared/trace.ts";
import { createDispatch } from "./dispatch.ts";
import type { AskOptions, Elicitor } from "./elicitation.ts";
import type { Question, QuestionKind, Reply } from "./interaction.ts";
import { classify, errorResponse, type Incoming, type Request, RPC, runBatch } from "./json-rpc.ts";
import { type Progress, readProgressToken, trackProgress } from "./progress.ts";
import type { ServerDefinition } from "./server.ts";
import type { Caller } from "./tool.ts";
import type { ClientInfo, JsonRpcResponse, McpTransport, ProgressNotification, RequestId } from "./types.ts";
import { negotiateVersion, readClientInfo, readQuestionKinds, rejectBatch } from "./versions.ts";

/** A server on one lasting connection. */
export type Session = {
  /** Resolves when every request received so far is answered. */
  drained(): Promise<void>;
  /** Ends every question to the user, because no answer can come any more. Their calls go on without one. */
  stopAsking(): void;
  /** Cancels every request in flight; none of them gets a response. */
  abort(reason: string): void;
};

/** Serves `transport` until it closes. Handlers that are set already are kept and called, as in the MCP SDK. */
export function openSession<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
  transport: McpTransport,
  caller: Caller<Identity>,
  clock?: Clock,
): Session {
  const dispatch = createDispatch(server);
  const inFlight = new Set<{ id: unknown; controller: AbortController }>();
  const pending = new Set<Promise<void>>();
  let client: ClientInfo | undefined;
  let version: string | undefined;
  let kinds: ReadonlySet<QuestionKind> = new Set();
  const gone = new AbortController();
  let elicitor: Elicitor | undefined;

  const sendSoon = (message: unknown, relatedRequestId: RequestId): void => {
    transport.send(message, { relatedRequestId }).catch((error: unknown) => {
      server.log.debug("could not send a question", { cause: String(error) });
    });
  };
  const ask = async (question: Question, options: AskOptions): Promise<Reply> => {
    const { createElicitor } = await import("./elicitation.ts");
    elicitor ??= createElicitor(sendSoon, gone.signal, clock);
    return elicitor.ask(question, options);
  };

  const cancel = (id: unknown): void => {
    for (const entry of inFlight) {
      if (entry.id === id) entry.controller.abort(new Error("canceled by the client"));
    }
  };

  /** Tells the client how a tool call goes on, if it asked for that. */
  const track = ({ id, method, params }: Request, signal: AbortSignal): Progress | undefined => {
    const token = method === "tools/call" ? readProgressToken(params) : undefined;
    if (token === undefined) return undefined;
    let isSending = false;
    const send = async (notification: ProgressNotification | undefined): Promise<void> => {
      // A client that has not read the last one needs no other.
      if (isSending) return;
      isSending = true;
      try {
        await transport.send(notification, { relatedRequestId: id });
      } catch (error) {
        server.log.debug("could not send progress", { cause: String(error) });
      }
      isSending = false;
    };
    return trackProgress({ token, signal, clock, send: (notification) => void send(notification) });
  };

  const serve = async (request: Request): Promise<JsonRpcResponse | undefined> => {
    if (request.method === "initialize") {
      client = readClientInfo(request.params.clientInfo);
      version = negotiateVersion(request.params.protocolVersion);
      kinds = readQuestionKinds(request.params.capabilities);
    }
    const entry = { id: request.id, controller: new AbortController() };
    const { signal } = entry.controller;
    const progress = track(request, signal);
    inFlight.add(entry);
    try {
      const trace = readTrace(request.params._meta);
      const user = server.interaction && {
        kinds,
        gone: gone.signal,
        ask: (question: Question) => ask(question, { relatedRequestId: request.id, signal }),
      };
      return await dispatch(request, { caller, client, trace, signal, user, progress: progress?.report });
    } catch {
      // Only a canceled request rejects, and it gets no response.
      return undefined;
    } finally {
      progress?.stop();
      inFlight.delete(entry);
    }
  };

  const handle = async (incoming: Incoming): Promise<JsonRpcResponse | undefined> => {
    switch (incoming.kind) {
      case "request":
        return serve(incoming);
      case "notification":
        if (incoming.method === "notifications/cancelled") cancel(incoming.params.requestId);
        return undefined;
      case "response":
        elicitor?.receive(incoming);
        return undefined;
      case "invalid":
        return errorResponse(incoming.id, RPC.invalidRequest, `Invalid request: ${incoming.reason}`);
    }
  };

  const receive = async (message: unknown): Promise<void> => {
    const response = Array.isArray(message)
      ? (rejectBatch(message.length, version) ?? (await runBatch(message, handle)))
      : await handle(classify(message));
    if (response !== undefined) await transport.send(response);
  };

  const abort = (reason: string): void => {
    for (const { controller } of inFlight) controller.abort(new Error(reason));
  };

  // The owner of the transport may have set handlers of its own, which stay in use.
  const { onmessage, onclose, onerror } = transport;
  transport.onmessage = (message, extra) => {
    const work = receive(message)
      .catch((error: unknown) => server.log.error("could not send a response", { cause: String(error) }))
      .finally(() => pending.delete(work));
    pending.add(work);
    onmessage?.(message, extra);
  };
  transport.onclose = () => {
    gone.abort(new Error("the connection closed"));
    abort("the connection closed");
    onclose?.();
  };
  transport.onerror = (error) => {
    server.log.debug("transport", { error: error.message });
    onerror?.(error);
  };

  return {
    abort,
    stopAsking: () => gone.abort(new Error("the client is gone")),
    drained: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
