import type { JsonObject } from "../shared/json.ts";

/** The MCP types this server uses. Type tests compare them with the SDK's. */

export type RequestId = string | number;

/** Chosen by the client, to recognize the progress of its request. */
export type ProgressToken = string | number;

/** `notifications/progress`. */
export type ProgressNotification = {
  readonly jsonrpc: "2.0";
  readonly method: "notifications/progress";
  readonly params: {
    readonly progressToken: ProgressToken;
    readonly progress: number;
    readonly total?: number;
    readonly message?: string;
  };
};

export type ClientInfo = { readonly name: string; readonly version: string };

export type ToolAnnotations = {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
};

export type JsonObjectSchema = { readonly type: "object"; readonly [keyword: string]: unknown };

/** A tool in `tools/list`. */
export type WireTool = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObjectSchema;
  /** Absent if the result is plain text. */
  readonly outputSchema?: JsonObjectSchema;
  readonly annotations: ToolAnnotations;
  readonly _meta?: JsonObject;
};

/** The result of `tools/call`. */
export type ToolResult = {
  readonly content: readonly { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: JsonObject;
  readonly isError?: true;
  readonly _meta?: JsonObject;
};

/** `serverInfo`. */
export type Implementation = {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly websiteUrl?: string;
  readonly icons?: readonly Icon[];
};

/** `src` is a URL of https, or of data. */
export type Icon = { readonly src: string; readonly mimeType: string; readonly sizes: readonly string[] };

export type JsonRpcError = { readonly code: number; readonly message: string; readonly data?: unknown };

export type JsonRpcResponse =
  | { readonly jsonrpc: "2.0"; readonly id: RequestId; readonly result: JsonObject }
  | { readonly jsonrpc: "2.0"; readonly id: RequestId | null; readonly error: JsonRpcError };

/** The interface of a transport; every transport of the MCP SDK has it. */
export type McpTransport = {
  start(): Promise<void>;
  /** @param options names the request to which a notification belongs; HTTP transports need it */
  send(message: unknown, options?: { relatedRequestId?: RequestId }): Promise<void>;
  close(): Promise<void>;
  // A method's type, so that a transport may declare a narrower parameter (bivariance).
  onmessage?: { message(message: unknown, extra?: unknown): void }["message"] | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
};
