import type { McpTransport } from "../../src/mcp/types.ts";

/** The client's end of an in-memory transport. */
export type Wire = {
  readonly transport: McpTransport;
  /** Every message from the server, in order. */
  readonly sent: readonly unknown[];
  /** Delivers a message or a batch to the server. */
  deliver(message: unknown): void;
  /** Resolves once the server has sent `count` messages in total. */
  until(count: number): Promise<void>;
  /** Makes every later `send` fail. */
  breakSending(): void;
};

export function createWire(): Wire {
  const sent: unknown[] = [];
  const waiting = new Set<() => void>();
  let broken = false;
  const transport: McpTransport = {
    start: async () => {},
    send: async (message) => {
      if (broken) throw new Error("the wire is broken");
      sent.push(message);
      for (const look of waiting) look();
    },
    close: async () => transport.onclose?.(),
  };
  return {
    transport,
    sent,
    deliver: (message) => transport.onmessage?.(message),
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (sent.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    breakSending: () => {
      broken = true;
    },
  };
}

export function request(id: unknown, method: string, params?: unknown) {
  return {
    jsonrpc: "2.0",
    id,
    method,
    ...(params === undefined ? {} : { params }),
  };
}

export function notification(method: string, params?: unknown) {
  return {
    jsonrpc: "2.0",
    method,
    ...(params === undefined ? {} : { params }),
  };
}
