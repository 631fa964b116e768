import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { errorResponse, RPC, serializeMessage } from "../mcp/json-rpc.ts";
import type { McpTransport } from "../mcp/types.ts";
import { parseJson } from "../shared/json.ts";

/** Limit of a message, in bytes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Limit of the input that is held while its end is sought, in bytes. More than an operating system buffers. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** Why a stdio connection ended. */
export type StdioEnd = "end of input" | "broken pipe";

/**
 * The SDK's stdio transport with the error handling it lacks: it replies to invalid JSON, survives overlong lines,
 * accepts a last line without a line break, and reports the end of either stream.
 */
export class StdioTransport extends StdioServerTransport implements McpTransport {
  /** Resolves when the client closes the input or stops accepting output. */
  readonly ended: Promise<StdioEnd>;
  readonly #stdin: Readable;
  readonly #stdout: Writable;
  readonly #lines: LineSplitter;
  #isOpen = true;
  /** Input that waits until the client reads; undefined unless its end is sought. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #end: (reason: StdioEnd) => void = () => {};

  constructor(stdin: Readable = process.stdin, stdout: Writable = process.stdout) {
    super(stdin, stdout);
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#lines = createLineSplitter(MAX_LINE_BYTES, {
      onLine: (line) => this.#receive(line),
      onTooLong: () =>
        this.#reject(RPC.invalidRequest, `Invalid request: a line exceeds ${MAX_LINE_BYTES} bytes`),
    });
    this._ondata = (chunk) => (this.#held ? this.#hold(chunk) : this.#lines.push(chunk));
    stdin.once("end", () => {
      if (!this.#held) this.#lines.end();
      this.#end("end of input");
    });
    stdin.once("close", () => this.#end("end of input"));
    stdout.on("error", () => this.#end("broken pipe"));
  }

  /** Resolves when the stream has accepted or failed. Input is paused while the client doesn't read its responses. */
  override send(message: unknown): Promise<void> {
    const line = `${serializeMessage(message)}\n`;
    return new Promise((resolve) => {
      if (this.#stdout.write(line, () => resolve()) || this.#stdin.isPaused()) return;
      this.#stdin.pause();
      this.#stdout.once("drain", () => this.#isOpen && this.#resume());
    });
  }

  /** Looks for the end of paused input, which goes unnoticed otherwise. What is read until then is held. */
  seekEnd(): void {
    if (!this.#stdin.isPaused() || this.#held) return;
    this.#held = [];
    this.#heldBytes = 0;
    this.#stdin.resume();
  }

  #hold(chunk: Buffer): void {
    this.#held?.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#stdin.pause();
  }

  #resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const chunk of held) this.#lines.push(chunk);
    if (this.#stdin.readableEnded) this.#lines.end();
    this.#stdin.resume();
  }

  override async close(): Promise<void> {
    this.#isOpen = false;
    this.#stdin.pause();
    await super.close();
  }

  #receive(line: string): void {
    // Some Windows shells prefix piped text with a byte order mark.
    const text = line.replace(/^\uFEFF/, "");
    if (text.trim() === "") return;
    const message = parseJson(text);
    if (message === undefined) this.#reject(RPC.parseError, "Parse error: the line is not JSON");
    // The session validates the message.
    else this.onmessage?.(message as JSONRPCMessage);
  }

  #reject(code: number, message: string): void {
    void this.send(errorResponse(null, code, message));
  }
}

const NEWLINE = 0x0a;

export type LineHandlers = {
  /** Receives a decoded line without its line break. */
  readonly onLine: (line: string) => void;
  /** Called once for a line over the limit, which is discarded. */
  readonly onTooLong: () => void;
};

export type LineSplitter = {
  push(chunk: Buffer): void;
  /** Handles what is left as the last line, with or without a line break. */
  end(): void;
};

/**
 * Splits a byte stream into lines. The bytes of a line are joined once, so the cost is linear and characters split
 * between chunks stay whole.
 * @param maxBytes limit of a line, in bytes
 */
export function createLineSplitter(maxBytes: number, { onLine, onTooLong }: LineHandlers): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;
  let isTooLong = false;

  const append = (part: Buffer): void => {
    if (isTooLong || part.length === 0) return;
    size += part.length;
    if (size > maxBytes) {
      parts = [];
      isTooLong = true;
      onTooLong();
      return;
    }
    parts.push(part);
  };

  const endLine = (): void => {
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    const isComplete = !isTooLong;
    parts = [];
    size = 0;
    isTooLong = false;
    if (isComplete) onLine(line.toString("utf8").replace(/\r$/, ""));
  };

  return {
    push: (chunk) => {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        append(chunk.subarray(start, at));
        endLine();
        start = at + 1;
      }
      append(chunk.subarray(start));
    },
    end: () => {
      if (size > 0 || isTooLong) endLine();
    },
  };
}
