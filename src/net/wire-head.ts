import { malformed } from "./wire-error.ts";

/** How the end of a body is found: after so many bytes, by its chunks, or where the connection ends. */
export type Framing = number | "chunked" | "close";

/** The head of an answer: its status line and its headers. */
export type Head = {
  readonly status: number;
  readonly framing: Framing;
  /** Whether the server lets the connection stand afterwards. */
  readonly persistent: boolean;
  /** How long it does so, as it says; undefined where it does not. */
  readonly keepAliveMs: number | undefined;
};

/** What no head may hold: control characters, and halves of line ends. */
const FOREIGN = /[^\t\n\r\x20-\x7e\x80-\xff]|\r(?!\n|$)|(?<!\r)\n/;

/** A field name (RFC 9110, section 5.1); no space may stand before the colon, nor at the start of a line. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const TIMEOUT = /(?:^|,)[ \t]*timeout=(\d{1,9})[ \t]*(?:,|$)/i;
const BEGINNING = "HTTP/1.";

/**
 * @param from what is before that was good
 * @throws WireError where what has come of lines cannot be part of any
 */
export const checkLine = (text: string, from: number): void => {
  // The first half of a line end may have come before.
  const start = text[from - 1] === "\r" ? from - 1 : from;
  if (FOREIGN.test(text.slice(start))) malformed("a line has an unfit character");
};

/** The same, for what has come of a head. */
export const checkHead = (text: string, from: number): void => {
  if (!BEGINNING.startsWith(text.slice(0, BEGINNING.length))) malformed("it does not begin with HTTP/1.");
  checkLine(text, from);
};

/** Without the white space that may stand around a value; `trim` takes more for that than HTTP does. */
const trimmed = (text: string): string => {
  let from = 0;
  let end = text.length;
  while (from < end && (text[from] === " " || text[from] === "\t")) from += 1;
  while (from < end && (text[end - 1] === " " || text[end - 1] === "\t")) end -= 1;
  return text.slice(from, end);
};

/** What the headers have said so far. */
type Said = { length?: number; chunked?: true; close?: true; keepAliveMs?: number };

/** The headers that say where an answer ends and what becomes of its connection. */
const READERS: ReadonlyMap<string, (value: string, said: Said) => void> = new Map([
  [
    "content-length",
    (value, said) => {
      // Equal ones may be joined to one (RFC 9112, section 6.3).
      for (const one of value.split(",")) {
        const digits = trimmed(one);
        if (!/^\d+$/.test(digits)) malformed("its Content-Length is no number");
        if (said.length !== undefined && said.length !== Number(digits)) malformed("it has two lengths");
        said.length = Number(digits);
      }
    },
  ],
  [
    "transfer-encoding",
    (value, said) => {
      if (said.chunked || value.toLowerCase() !== "chunked") malformed("its transfer coding is unknown");
      said.chunked = true;
    },
  ],
  [
    "connection",
    (value, said) => {
      if (CLOSE.test(value)) said.close = true;
    },
  ],
  [
    "keep-alive",
    (value, said) => {
      const seconds = TIMEOUT.exec(value)?.[1];
      if (seconds) said.keepAliveMs = Number(seconds) * 1000;
    },
  ],
]);

/**
 * Reads lines of headers (RFC 9112, section 5), each with its end, from `from` to `end`.
 * @param onField is told each name, in lower case, and its value
 * @returns undefined, or what `onField` returned first that is not
 */
export const readFields = <Found>(
  text: string,
  from: number,
  end: number,
  onField: (name: string, value: string) => Found | undefined,
): Found | undefined => {
  for (let at = from; at < end; ) {
    const next = text.indexOf("\r\n", at);
    const colon = text.indexOf(":", at);
    const name = colon < 0 || colon > next ? "" : text.slice(at, colon);
    if (!NAME.test(name)) malformed("a line is no header");
    const found = onField(name.toLowerCase(), trimmed(text.slice(colon + 1, next)));
    if (found !== undefined) return found;
    at = next + 2;
  }
  return undefined;
};

const hasNoBody = (status: number): boolean => status < 200 || status === 204 || status === 304;

/**
 * Reads a head that is whole: all of `text` to its empty line (RFC 9112, sections 4 to 6).
 * @throws WireError where it is none, or leaves open where the answer ends
 */
export const readHead = (text: string): Head => {
  checkHead(text, 0);
  const lineEnd = text.indexOf("\r\n");
  const digits = text.slice(9, 12);
  const isStatusLine =
    (text[7] === "1" || text[7] === "0") &&
    text[8] === " " &&
    /^[1-9]\d\d$/.test(digits) &&
    (lineEnd === 12 || text[12] === " ");
  if (!isStatusLine) malformed("its status line is none");
  const status = Number(digits);
  const said: Said = {};
  readFields(text, lineEnd + 2, text.length - 2, (name, value) => READERS.get(name)?.(value, said));
  const { length, chunked, close, keepAliveMs } = said;
  const isOld = text[7] === "0";
  if (chunked && (length !== undefined || isOld)) malformed("where it ends is told in two ways");
  return {
    status,
    framing: hasNoBody(status) ? 0 : chunked ? "chunked" : (length ?? "close"),
    persistent: !close && !isOld,
    keepAliveMs,
  };
};

/** The first value of a header of a head that was read before; `name` in lower case. */
export const fieldOf = (text: string, name: string): string | undefined =>
  readFields(text, text.indexOf("\r\n") + 2, text.length - 2, (one, value) =>
    one === name ? value : undefined,
  );
