import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { errorResponse, RPC } from "../mcp/json-rpc.ts";
import type { McpTransport } from "../mcp/types.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export type LineHandlers = {
  /** One whole line, decoded, without its line break. */
  readonly onLine: (line: string) => void;
  /** A line was longer than allowed; none of it was kept. Called once a line, when its excess is seen. */
  readonly onTooLong: () => void;
};

export type LineSplitter = {
  push(chunk: Buffer): void;
  /** The input has ended: what is left is the last line, with or without a line break. */
  end(): void;
};

/**
 * Cuts a byte stream into lines. Bytes are joined once a line, so the cost is linear however they arrive, and
 * characters that are split between chunks stay whole.
 * @param maxBytes the longest line that is kept, in bytes
 */
export function createLineSplitter(maxBytes: number, { onLine, onTooLong }: LineHandlers): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;
  let skipping = false;

  const keep = (part: Buffer): void => {
    if (skipping || part.length === 0) return;
    size += part.length;
    if (size > maxBytes) {
      parts = [];
      skipping = true;
      onTooLong();
      return;
    }
    parts.push(part);
  };

  const finish = (): void => {
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    const skipped = skipping;
    parts = [];
    size = 0;
    skipping = false;
    if (!skipped) onLine(decode(line));
  };

  return {
    push: (chunk) => {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        keep(chunk.subarray(start, at));
        finish();
        start = at + 1;
      }
      keep(chunk.subarray(start));
    },
    end: () => {
      if (size > 0 || skipping) finish();
    },
  };
}

function decode(line: Buffer): string {
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return line.toString("utf8", 0, end);
}

/** The longest message that is read, in bytes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Some shells of Windows begin what they pipe with it. */
const BYTE_ORDER_MARK = "\uFEFF";

/** Why a stdio connection is over. */
export type StdioEnd = "end of input" | "broken pipe";

/**
 * The SDK's stdio transport without its faults: it answers what it cannot parse, survives overlong lines, takes the
 * last line without a line break, and tells when either stream is gone instead of crashing or waiting for ever.
 */
export class StdioTransport extends StdioServerTransport implements McpTransport {
  /** Resolves when the client has closed our input, or no longer reads our output. */
  readonly ended: Promise<StdioEnd>;
  readonly #stdin: Readable;
  readonly #stdout: Writable;
  #isOpen = true;
  #end: (reason: StdioEnd) => void = () => {};

  constructor(stdin: Readable = process.stdin, stdout: Writable = process.stdout) {
    super(stdin, stdout);
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const lines = createLineSplitter(MAX_LINE_BYTES, {
      onLine: (line) => this.#receive(line),
      onTooLong: () =>
        this.#refuse(RPC.invalidRequest, `Invalid request: a line is over ${MAX_LINE_BYTES} bytes`),
    });
    this._ondata = (chunk) => lines.push(chunk);
    stdin.once("end", () => {
      lines.end();
      this.#end("end of input");
    });
    stdin.once("close", () => this.#end("end of input"));
    stdout.on("error", () => this.#end("broken pipe"));
  }

  /**
   * Writes one message; resolves when the stream has taken it, or will never take anything again. While the client does
   * not read, nothing more is read from it, so that answers do not pile up.
   */
  override send(message: unknown): Promise<void> {
    const line = `${JSON.stringify(message)}\n`;
    return new Promise((resolve) => {
      if (this.#stdout.write(line, () => resolve()) || this.#stdin.isPaused()) return;
      this.#stdin.pause();
      this.#stdout.once("drain", () => this.#isOpen && this.#stdin.resume());
    });
  }

  override async close(): Promise<void> {
    this.#isOpen = false;
    this.#stdin.pause();
    await super.close();
  }

  #receive(line: string): void {
    const text = line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
    if (text.trim() === "") return;
    let message: JSONRPCMessage;
    try {
      // Whether it is a JSON-RPC message is judged by the session, which also answers what is not.
      message = JSON.parse(text);
    } catch {
      this.#refuse(RPC.parseError, "Parse error: the line is not JSON");
      return;
    }
    this.onmessage?.(message);
  }

  #refuse(code: number, message: string): void {
    void this.send(errorResponse(null, code, message));
  }
}
