import type { HttpAnswer } from "./exchange.ts";
import {
  type Body,
  ChunkedBody,
  CountedBody,
  MAX_BODY_BYTES,
  MAX_HEAD_BYTES,
  tooLarge,
} from "./wire-body.ts";
import { malformed, WireError } from "./wire-error.ts";
import { checkHead, fieldOf, type Head, readHead } from "./wire-head.ts";

const HEAD_END = "\r\n\r\n";
const SWITCHING_PROTOCOLS = 101;
const BYTE_ORDER_MARK = 0xfeff;

const withoutMark = (text: string): string => (text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);

/** Reads the answers of one connection, one after the other, from bytes that arrive in any pieces (RFC 9112). */
export class AnswerReader {
  /** What has come of a head. */
  #text = "";
  /** Bytes of the interim answers before it. */
  #interim = 0;
  #head: Head | undefined;
  #body: Body | undefined;
  /** The last head and what it said: most answers of a server have the same for a second. */
  #lastText = "";
  #lastHead: Head | undefined;

  /** The answer, once it is whole. */
  answer: HttpAnswer | undefined;
  /** Whether the connection can be used again after it. */
  isReusable = false;
  /** How long the server will keep the connection, where it says so. */
  keepAliveMs: number | undefined;

  /** Makes ready for the next answer. */
  reset(): void {
    this.#text = "";
    this.#interim = 0;
    this.#head = undefined;
    this.#body = undefined;
    this.answer = undefined;
  }

  /**
   * Reads the first `end` bytes; they are not kept.
   * @returns whether the answer is whole
   * @throws WireError where it can never be
   */
  read(bytes: Buffer, end: number): boolean {
    let at = 0;
    while (!this.#head) {
      at = this.#readHead(bytes, at, end);
      if (at < 0) return false;
    }
    if (!this.#body) {
      const { framing } = this.#head;
      if (typeof framing === "number") {
        if (framing > MAX_BODY_BYTES) tooLarge("body", MAX_BODY_BYTES);
        const bodyEnd = at + framing;
        if (bodyEnd <= end)
          return this.#finish(this.#head, bytes.toString("utf8", at, bodyEnd), bodyEnd < end);
      }
      this.#body = this.#bodyOf(framing);
    }
    const piece = bytes.subarray(0, end);
    at = this.#body.take(piece, at);
    return this.#body.isWhole && this.#finish(this.#head, this.#body.content().toString("utf8"), at < end);
  }

  /**
   * The connection has ended.
   * @throws WireError where the answer is not whole
   */
  end(): void {
    if (!this.#head || !this.#body?.isOpen) {
      throw new WireError("CONNECTION_ENDED", "the server ended the connection before its answer was whole");
    }
    this.#finish(this.#head, this.#body.content().toString("utf8"), false);
  }

  /** @returns where the body begins or the next head does; -1 where the head is not whole */
  #readHead(bytes: Buffer, at: number, end: number): number {
    const had = this.#text.length;
    const text = this.#text + bytes.toString("latin1", at, Math.min(end, at + MAX_HEAD_BYTES + 1));
    const endsAt = text.indexOf(HEAD_END, Math.max(0, had - HEAD_END.length));
    const length = endsAt < 0 ? text.length : endsAt + HEAD_END.length;
    if (this.#interim + length > MAX_HEAD_BYTES) tooLarge("head", MAX_HEAD_BYTES);
    if (endsAt < 0) {
      checkHead(text, had);
      this.#text = text;
      return -1;
    }
    const headText = text.slice(0, length);
    const head = this.#understand(headText);
    if (head.status === SWITCHING_PROTOCOLS) malformed("it changes the protocol");
    if (head.status < 200) {
      this.#text = "";
      this.#interim += length;
    } else {
      this.#text = headText;
      this.#head = head;
    }
    return at + length - had;
  }

  #understand(text: string): Head {
    if (this.#lastHead && text === this.#lastText) return this.#lastHead;
    const head = readHead(text);
    this.#lastText = text;
    this.#lastHead = head;
    return head;
  }

  #bodyOf(framing: Head["framing"]): Body {
    if (framing === "chunked") return new ChunkedBody(MAX_HEAD_BYTES - this.#interim - this.#text.length);
    return new CountedBody(framing === "close" ? Number.POSITIVE_INFINITY : framing);
  }

  /** @param hasSurplus whether there were bytes behind the answer, for which nobody has asked */
  #finish({ status, framing, persistent, keepAliveMs }: Head, body: string, hasSurplus: boolean): true {
    const text = this.#text;
    this.answer = { status, body: withoutMark(body), header: (name) => fieldOf(text, name) };
    this.isReusable = persistent && framing !== "close" && !hasSurplus;
    this.keepAliveMs = keepAliveMs;
    return true;
  }
}
