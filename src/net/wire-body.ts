import { malformed, WireError } from "./wire-error.ts";
import { checkLine, readFields } from "./wire-head.ts";

/** A longer body is a failure. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Head, extensions of chunks and trailers are so long at most, all together. */
export const MAX_HEAD_BYTES = 16 * 1024;

export const tooLarge = (what: string, bytes: number): never => {
  throw new WireError("ANSWER_TOO_LARGE", `the ${what} is over ${bytes} bytes`);
};

/** The body of an answer that arrives in pieces. */
export type Body = {
  /**
   * Takes what is its own of `bytes`, and copies it.
   * @returns where that ends, which is before the end of `bytes` only if the body is whole
   */
  take(bytes: Buffer, at: number): number;
  readonly isWhole: boolean;
  /** Whether it may end with its connection. */
  readonly isOpen: boolean;
  content(): Buffer;
};

const FIRST_BYTES = 4096;

/** Bytes in a piece of memory that grows. */
class Collected {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #size = 0;

  add(from: Buffer, at: number, end: number): void {
    const size = this.#size + end - at;
    if (size > MAX_BODY_BYTES) tooLarge("body", MAX_BODY_BYTES);
    if (size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    from.copy(this.#bytes, this.#size, at, end);
    this.#size = size;
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }
}

/** So many bytes, or all that come (RFC 9112, section 6.3, rules 6 and 8). */
export class CountedBody extends Collected implements Body {
  #left: number;
  readonly isOpen: boolean;

  /** @param length `Infinity` where it goes on until the connection ends */
  constructor(length: number) {
    super();
    this.#left = length;
    this.isOpen = length === Number.POSITIVE_INFINITY;
  }

  get isWhole(): boolean {
    return this.#left === 0;
  }

  take(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.add(bytes, at, end);
    this.#left -= end - at;
    return end;
  }
}

/** The number of bytes that follow, and what may stand behind it and means nothing to us. */
const CHUNK = /^([\da-f]{1,16})(?:[ \t]*;.*)?[ \t]*$/i;

/** A usual line of a chunk is not longer. */
const USUAL_LINE = 10;

/** Pieces that tell their own length (RFC 9112, section 7.1). */
export class ChunkedBody extends Collected implements Body {
  /** What comes next. */
  #next: "size" | "data" | "dataEnd" | "trailer" | "nothing" = "size";
  #left = 0;
  /** What has come of a line. */
  #line = "";
  #budget: number;
  readonly isOpen = false;

  /** @param budget how many bytes extensions and trailers may have */
  constructor(budget: number) {
    super();
    this.#budget = budget;
  }

  get isWhole(): boolean {
    return this.#next === "nothing";
  }

  take(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.isWhole) {
      at = this.#next === "data" ? this.#takeData(bytes, at) : this.#takeLine(bytes, at);
    }
    return at;
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.add(bytes, at, end);
    this.#left -= end - at;
    if (this.#left === 0) this.#next = "dataEnd";
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf("\n", at, "latin1");
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    const had = this.#line.length;
    this.#line += bytes.toString("latin1", at, Math.min(end, at + MAX_HEAD_BYTES + 1));
    if (this.#line.length > this.#budget + USUAL_LINE) tooLarge("head", MAX_HEAD_BYTES);
    checkLine(this.#line, had);
    if (lineEnd >= 0) {
      const line = this.#line;
      this.#line = "";
      this.#onLine(line.slice(0, -2));
    }
    return end;
  }

  #onLine(line: string): void {
    if (this.#next === "dataEnd") {
      if (line !== "") malformed("a chunk is longer than it says");
      this.#next = "size";
    } else if (this.#next === "size") {
      this.#spend(line.length - USUAL_LINE);
      const size = CHUNK.exec(line)?.[1] ?? malformed("a chunk does not say how long it is");
      this.#left = Number.parseInt(size, 16);
      this.#next = this.#left === 0 ? "trailer" : "data";
    } else if (line === "") this.#next = "nothing";
    else {
      this.#spend(line.length + 2);
      readFields(`${line}\r\n`, 0, line.length, () => undefined);
    }
  }

  #spend(bytes: number): void {
    this.#budget -= Math.max(0, bytes);
    if (this.#budget < 0) tooLarge("head", MAX_HEAD_BYTES);
  }
}
