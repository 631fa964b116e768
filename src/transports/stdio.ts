import { fstatSync, readSync, writeSync } from "node:fs";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { errorResponse, RPC, serializeMessage } from "../mcp/json-rpc.ts";
import type { McpTransport } from "../mcp/types.ts";
import { isHandshake } from "../mcp/versions.ts";
import { parseJson } from "../shared/json.ts";

/** Limit of a message, in bytes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Limit of the input that is held while its end is sought, in bytes. More than an operating system buffers. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** How much is read at once without streams, in bytes. */
const DIRECT_READ_BYTES = 64 * 1024;

/** Limit of the output without streams, in bytes. Each operating system buffers as much, so that writing doesn't wait. */
const MAX_DIRECT_BYTES = 8 * 1024;

let isAnswered = false;

/** Whether this process has sent a message. */
export function hasAnswered(): boolean {
  return isAnswered;
}

/** The streams of a connection, and the SDK's transport that reads from them. */
type OpenStreams = {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly transport: StdioServerTransport;
};

/** Why a stdio connection ended. */
export type StdioEnd = "end of input" | "broken pipe";

/**
 * The SDK's stdio transport with the error handling it lacks: it replies to invalid JSON, survives overlong lines,
 * accepts a last line without a line break, and reports the end of either stream. The streams of the process are opened
 * late: their code takes a sixth of a start.
 */
export class StdioTransport implements McpTransport {
  onmessage: McpTransport["onmessage"];
  onclose: McpTransport["onclose"];
  onerror: McpTransport["onerror"];
  /** Resolves when the client closes the input or stops accepting output. */
  readonly ended: Promise<StdioEnd>;
  #streams: OpenStreams | undefined;
  readonly #lines: LineSplitter;
  #isOpen = true;
  /** Bytes that may still be written without streams. */
  #directBytes = 0;
  /** Messages that wait until the transport starts; undefined while none has to. */
  #waiting: unknown[] | undefined;
  /** Input that waits until the client reads; undefined unless its end is sought. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #end: (reason: StdioEnd) => void = () => {};

  /** The streams are those of the process, unless given. */
  constructor(stdin?: Readable, stdout?: Writable) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#lines = createLineSplitter(MAX_LINE_BYTES, {
      onLine: (line) => this.#receive(line),
      onTooLong: () =>
        this.#reject(RPC.invalidRequest, `Invalid request: a line exceeds ${MAX_LINE_BYTES} bytes`),
    });
    if (stdin && stdout) this.#open(stdin, stdout);
  }

  #open(stdin: Readable = process.stdin, stdout: Writable = process.stdout): OpenStreams {
    if (this.#streams) return this.#streams;
    this.#directBytes = 0;
    const transport = new StdioServerTransport(stdin, stdout);
    transport._ondata = (chunk) => (this.#held ? this.#hold(chunk) : this.#lines.push(chunk));
    transport.onerror = (error) => this.onerror?.(error);
    transport.onclose = () => this.onclose?.();
    this.#streams = { stdin, stdout, transport };
    stdin.once("end", () => {
      if (!this.#held) this.#lines.end();
      this.#end("end of input");
    });
    stdin.once("close", () => this.#end("end of input"));
    stdout.on("error", () => this.#end("broken pipe"));
    return this.#streams;
  }

  /**
   * Reads the handshake without streams, before `start`. Meanwhile the process does nothing else, and a signal ends it at
   * once.
   * @param answered resolves when what was read is answered
   */
  async readHandshake(answered: () => Promise<void>): Promise<void> {
    if (!canReadDirectly()) return;
    this.#directBytes = MAX_DIRECT_BYTES;
    this.#waiting = [];
    const buffer = Buffer.allocUnsafe(DIRECT_READ_BYTES);
    while (this.#waiting.length === 0 && !this.#streams) {
      const size = readDirectly(buffer);
      if (size === 0) return;
      // The splitter keeps what it gets.
      this.#lines.push(Buffer.from(buffer.subarray(0, size)));
      await answered();
    }
  }

  async start(): Promise<void> {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) this.onmessage?.(message);
    // The first answers need no streams.
    if (waiting.length > 0) await new Promise(setImmediate);
    if (this.#isOpen) await this.#open().transport.start();
  }

  /** Resolves when the stream has accepted or failed. Input is paused while the client doesn't read its responses. */
  send(message: unknown): Promise<void> {
    isAnswered = true;
    let line = Buffer.from(`${serializeMessage(message)}\n`);
    if (line.length <= this.#directBytes) {
      this.#directBytes -= line.length;
      line = line.subarray(writeDirectly(line));
      if (line.length === 0) return Promise.resolve();
    }
    const { stdin, stdout } = this.#open();
    return new Promise((resolve) => {
      if (stdout.write(line, () => resolve()) || stdin.isPaused()) return;
      stdin.pause();
      stdout.once("drain", () => this.#isOpen && this.#resume());
    });
  }

  /** Looks for the end of paused input, which goes unnoticed otherwise. What is read until then is held. */
  seekEnd(): void {
    const { stdin } = this.#open();
    if (!stdin.isPaused() || this.#held) return;
    this.#held = [];
    this.#heldBytes = 0;
    stdin.resume();
  }

  #hold(chunk: Buffer): void {
    this.#held?.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#open().stdin.pause();
  }

  #resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const chunk of held) this.#lines.push(chunk);
    const { stdin } = this.#open();
    if (stdin.readableEnded) this.#lines.end();
    stdin.resume();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    if (!this.#streams) return this.onclose?.();
    this.#streams.stdin.pause();
    await this.#streams.transport.close();
  }

  #receive(line: string): void {
    // Some Windows shells prefix piped text with a byte order mark.
    const text = line.replace(/^\uFEFF/, "");
    if (text.trim() === "") return;
    const message = parseJson(text);
    if (message === undefined) this.#reject(RPC.parseError, "Parse error: the line is not JSON");
    else if (this.#waiting && (this.#waiting.length > 0 || !isHandshake(message)))
      this.#waiting.push(message);
    // The session validates the message.
    else this.onmessage?.(message);
  }

  #reject(code: number, message: string): void {
    void this.send(errorResponse(null, code, message));
  }
}

/** Whether the input can be read without a stream. On Windows, that fails for a pipe that another program opened for overlapped input. */
function canReadDirectly(): boolean {
  // The first process of a container ignores signals that it doesn't handle.
  return process.platform !== "win32" && process.pid !== 1 && isPipe(0);
}

/** Whether a file descriptor is a pipe or a socket. */
export function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

/** Returns the number of bytes read; 0 at the end of the input, and if the stream has to report an error or wait. */
function readDirectly(buffer: Buffer): number {
  try {
    return readSync(0, buffer);
  } catch {
    return 0;
  }
}

/** Returns the number of bytes written. The rest is left to the stream, which reports errors and waits. */
function writeDirectly(bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
  } catch {
    // A closed or non-blocking pipe.
  }
  return written;
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
