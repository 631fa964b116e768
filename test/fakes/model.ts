import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** The APIs of models that coding agents speak. */
export type ModelApi = "messages" | "responses" | "generateContent";

/** One request for a turn of the conversation. */
export type ModelRequest = {
  readonly path: string;
  /** The names of all tools that the model may call at once, without prefixes for their server. */
  readonly tools: readonly string[];
  /** The text of the newest tool result; undefined before the model called a tool. */
  readonly toolResult: string | undefined;
};

export type FakeModel = {
  readonly origin: string;
  /** The requests that offer tools, in order. Agents ask without tools for titles and the like. */
  readonly turns: readonly ModelRequest[];
  /** Paths that no API has. */
  readonly unknownPaths: readonly string[];
  close(): void;
};

/** What the model says after the tool result. */
export const LAST_WORDS = "The scripted turn is over.";

type ScriptedCall = { readonly tool: string; readonly args: JsonObject };
type Tool = { readonly name: string; readonly namespace?: string };
type Dialect = {
  matches(path: string): boolean;
  tools(body: JsonObject): readonly Tool[];
  toolResult(body: JsonObject): unknown;
  call(tool: Tool, args: JsonObject): readonly JsonObject[];
  say(text: string): readonly JsonObject[];
};

const ID = "call_scripted";
const USAGE = { input_tokens: 1, output_tokens: 1 };

const DIALECTS: Readonly<Record<ModelApi, Dialect>> = {
  messages: {
    matches: (path) => path === "/v1/messages",
    tools: ({ tools }) => named(tools),
    toolResult: ({ messages }) =>
      objects(messages)
        .flatMap(({ content }) => objects(content))
        .findLast(({ type }) => type === "tool_result")?.content,
    call: ({ name }, args) =>
      message(
        { type: "tool_use", id: ID, name, input: {} },
        { type: "input_json_delta", partial_json: JSON.stringify(args) },
        "tool_use",
      ),
    say: (text) => message({ type: "text", text: "" }, { type: "text_delta", text }, "end_turn"),
  },
  responses: {
    matches: (path) => path === "/v1/responses",
    tools: ({ tools }) =>
      objects(tools).flatMap(({ type, name, tools: inner }) =>
        type === "namespace"
          ? named(inner).map((tool) => ({ ...tool, namespace: String(name) }))
          : named([{ name: name ?? type }]),
      ),
    toolResult: ({ input }) => objects(input).findLast(({ type }) => type === "function_call_output")?.output,
    call: (tool, args) =>
      response({ type: "function_call", call_id: ID, ...tool, arguments: JSON.stringify(args) }),
    say: (text) =>
      response({
        type: "message",
        id: "message_scripted",
        role: "assistant",
        content: [{ type: "output_text", text, annotations: [] }],
      }),
  },
  generateContent: {
    matches: (path) => /^\/v1beta\/models\/[^/]+:(?:stream)?[gG]enerateContent$/.test(path),
    tools: ({ tools }) => objects(tools).flatMap(({ functionDeclarations }) => named(functionDeclarations)),
    toolResult: ({ contents }) =>
      objects(contents)
        .flatMap(({ parts }) => objects(parts))
        .findLast(({ functionResponse }) => functionResponse !== undefined)?.functionResponse,
    call: ({ name }, args) => [candidate({ functionCall: { id: ID, name, args } })],
    say: (text) => [candidate({ text })],
  },
};

/** A model that calls one tool, and ends its turn with the result. It speaks all three APIs. */
export async function startFakeModel(call: ScriptedCall): Promise<FakeModel> {
  const turns: ModelRequest[] = [];
  const unknownPaths: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://fake").pathname;
    const dialect = Object.values(DIALECTS).find(({ matches }) => matches(path));
    const body = await readJson(request);
    if (request.method !== "POST" || !dialect || !body) {
      unknownPaths.push(`${request.method} ${path}`);
      return void response.writeHead(404, { "content-type": "application/json" }).end("{}");
    }
    const tools = dialect.tools(body);
    const toolResult = dialect.toolResult(body);
    const text = toolResult === undefined ? undefined : JSON.stringify(toolResult);
    if (tools.length > 0) turns.push({ path, tools: tools.map(({ name }) => name), toolResult: text });
    const tool = tools.find(({ name }) => name.endsWith(call.tool));
    const events = tool && text === undefined ? dialect.call(tool, call.args) : dialect.say(LAST_WORDS);
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) {
      if (typeof event.type === "string") response.write(`event: ${event.type}\n`);
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    turns,
    unknownPaths,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function message(block: JsonObject, delta: JsonObject, reason: string): JsonObject[] {
  return [
    {
      type: "message_start",
      message: {
        id: "message_scripted",
        type: "message",
        role: "assistant",
        model: "scripted",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: USAGE,
      },
    },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage: USAGE },
    { type: "message_stop" },
  ];
}

function response(item: JsonObject): JsonObject[] {
  const id = "response_scripted";
  return [
    { type: "response.created", response: { id } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id, usage: { ...USAGE, total_tokens: 2 } } },
  ];
}

function candidate(part: JsonObject): JsonObject {
  return {
    candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  };
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function named(value: unknown): Tool[] {
  return objects(value).flatMap(({ name }) => (typeof name === "string" ? [{ name }] : []));
}

async function readJson(request: IncomingMessage): Promise<JsonObject | undefined> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
