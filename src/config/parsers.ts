import { isIP } from "node:net";
import { isLoopback } from "../shared/url.ts";
import type { ParseResult, RawSetting } from "./values.ts";

/** A whole number from 0 to `max`. */
export function wholeNumber(max: number) {
  return ({ value, source }: RawSetting): ParseResult<number> =>
    /^\d+$/.test(value) && Number(value) <= max
      ? { value: Number(value) }
      : { problem: `${source} must be a whole number from 0 to ${max}.` };
}

/** One of the words of a list. */
export function oneOf<Word extends string>(words: readonly Word[]) {
  return ({ value, source }: RawSetting): ParseResult<Word> => {
    const word = words.find((name) => name === value);
    return word ? { value: word } : { problem: `${source} must be one of ${words.join(", ")}.` };
  };
}

/** `1`, `true`, `yes`, `on` and their opposites. */
export function parseSwitch({ value, source }: RawSetting): ParseResult<boolean> {
  const on = /^(?:1|t|true|yes|on)$/i.test(value);
  return on || /^(?:0|f|false|no|off)$/i.test(value)
    ? { value: on }
    : { problem: `${source} must be 1 or 0.` };
}

/** An address of another server, or of this one: https, or http to loopback. */
export function parseUrl({ value, source }: RawSetting): ParseResult<URL> {
  // Otherwise slips of the pen would pass: two addresses in one, a missing slash, a fragment of nothing.
  const url = URL.canParse(value) && /^https?:\/\/[^\s\\#]+$/i.test(value) ? new URL(value) : undefined;
  const isSafe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return isSafe && !url.username && !url.password
    ? { value: url }
    : {
        problem: `${source} must be an https address without credentials and fragment (http for this machine only).`,
      };
}

/**
 * Words between commas, each in the form in which it will be compared; blank ones are passed over.
 * @param formOf that form; undefined for a word that could never match
 * @param what what a word must be, for the message
 */
function listOf(formOf: (word: string) => string | undefined, what: string) {
  return ({ value, source }: RawSetting): ParseResult<readonly string[]> => {
    const words = value
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean);
    const wrong = words.find((word) => formOf(word) === undefined);
    return wrong === undefined
      ? { value: words.flatMap((word) => formOf(word) ?? []) }
      : { problem: `${source}: ${JSON.stringify(wrong)} can never match; write ${what}.` };
  };
}

/** An origin of another kind than a web page's, such as an extension's or an editor's view. */
const OTHER_ORIGIN = /^(?!file:)[a-z][a-z\d+.-]*:\/\/[^/?#@*\s]+$/i;

function originOf(word: string): string | undefined {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  if (!url || word.includes("*")) return undefined;
  if (url.origin === "null") return OTHER_ORIGIN.test(word) ? word.toLowerCase() : undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

/** Origins of pages, as browsers send them (RFC 6454, section 6.2). */
export const parseOrigins = listOf(originOf, "scheme and host, such as https://app.example.com");

/** An address to listen on: a name, or an IP address, with or without the brackets that it has in a URL. */
export function parseBindAddress({ value, source }: RawSetting): ParseResult<string> {
  const address = value.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(address)
    ? { value: address }
    : { problem: `${source} must be a host name or an IP address, without scheme and port.` };
}

/** Host values (RFC 9110, section 7.2). */
export const parseHosts = listOf(
  (word) => (/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(word) ? word.toLowerCase() : undefined),
  "a host, such as mcp.example.com or mcp.example.com:8443",
);

/** How long one tool call may take, in milliseconds: below the 60 seconds after which clients give up. */
export const DEFAULT_TIMEOUT_MS = 25_000;

/** The longest wait a timer can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A whole number of milliseconds that a timer can hold. */
export function parseTimeout({ value, source }: RawSetting): ParseResult<number> {
  const ms = Number(value);
  return /^\d+$/.test(value) && ms >= 1 && ms <= MAX_TIMEOUT_MS
    ? { value: ms }
    : { problem: `${source} must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.` };
}
