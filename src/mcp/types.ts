import type { JsonObject } from "../shared/json.ts";

/** The few MCP shapes this server speaks. Their agreement with the SDK's types is checked by the type tests. */

export type RequestId = string | number;

export type ClientInfo = { readonly name: string; readonly version: string };

export type ToolAnnotations = {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
};

export type JsonObjectSchema = { readonly type: "object"; readonly [keyword: string]: unknown };

/** A tool as `tools/list` shows it. */
export type WireTool = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObjectSchema;
  /** Absent where the result is text alone. */
  readonly outputSchema?: JsonObjectSchema;
  readonly annotations: ToolAnnotations;
};

/** The answer to `tools/call`. */
export type ToolResult = {
  readonly content: readonly { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: JsonObject;
  readonly isError?: true;
  readonly _meta?: JsonObject;
};

/** How a server names itself (`serverInfo`). */
export type Implementation = {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly websiteUrl?: string;
};

export type JsonRpcError = { readonly code: number; readonly message: string; readonly data?: unknown };

export type JsonRpcResponse =
  | { readonly jsonrpc: "2.0"; readonly id: RequestId; readonly result: JsonObject }
  | { readonly jsonrpc: "2.0"; readonly id: RequestId | null; readonly error: JsonRpcError };

/** Declared as a method, so that a transport may narrow what it hands on. */
type Receiver = { message(message: unknown): void };

/** What a transport must offer; every transport of the MCP SDK does. */
export type McpTransport = {
  start(): Promise<void>;
  send(message: unknown): Promise<void>;
  close(): Promise<void>;
  onmessage?: Receiver["message"] | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
};
