import { LOG_LEVELS, type LogLevel } from "../shared/logger.ts";
import { isClusterName, isLoopback } from "../shared/url.ts";
import type { ParseResult, RawSetting } from "./reader.ts";

/** Default limit of one tool call, in milliseconds. Clients give up after 60 seconds. */
export const DEFAULT_TIMEOUT_MS = 25_000;

/** The longest delay a timer supports. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Parses a whole number of milliseconds that a timer supports. */
export function parseTimeout({ value, source }: RawSetting): ParseResult<number> {
  const ms = Number(value);
  return /^\d+$/.test(value) && ms >= 1 && ms <= MAX_TIMEOUT_MS
    ? { value: ms }
    : { problem: `${source} must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.` };
}

export function parseLogLevel({ value, source }: RawSetting): ParseResult<LogLevel> {
  return oneOf(LOG_LEVELS)({ value: value.toLowerCase(), source });
}

export function wholeNumber(max: number, min = 0) {
  return ({ value, source }: RawSetting): ParseResult<number> =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? { value: Number(value) }
      : { problem: `${source} must be a whole number from ${min} to ${max}.` };
}

export function oneOf<Name extends string>(names: readonly Name[]) {
  return ({ value, source }: RawSetting): ParseResult<Name> => {
    const match = names.find((name) => name === value);
    return match ? { value: match } : { problem: `${source} must be one of ${names.join(", ")}.` };
  };
}

/** Parses `1`, `t`, `true`, `yes`, `on` and their opposites. */
export function parseSwitch({ value, source }: RawSetting): ParseResult<boolean> {
  const isOn = /^(?:1|t|true|yes|on)$/i.test(value);
  return isOn || /^(?:0|f|false|no|off)$/i.test(value)
    ? { value: isOn }
    : { problem: `${source} must be 1 or 0.` };
}

/** Creates a parser of URLs. @param insecureHosts as for `checkScheme` */
export function urlOf(insecureHosts: readonly string[] | undefined) {
  return ({ value, source }: RawSetting): ParseResult<URL> => {
    // The URL parser alone accepts typos: two URLs in one, a missing slash, an empty fragment.
    const url = URL.canParse(value) && /^https?:\/\/[^\s\\#]+$/i.test(value) ? new URL(value) : undefined;
    if (!url || url.username || url.password)
      return { problem: `${source} must be an https URL without credentials or fragment.` };
    const scheme = checkScheme(url, source, insecureHosts);
    return "problem" in scheme
      ? { problem: `${source} must be an https URL${scheme.problem}.` }
      : { value: url, ...scheme };
  };
}

/**
 * Whether a URL's scheme is safe enough: https, or plain http to loopback, a cluster's names and `insecureHosts`.
 * @param insecureHosts entries `host` or `host:port`; undefined where the option does not exist
 * @returns a warning if the network can read what is sent, or the exception that would make the URL acceptable
 */
export function checkScheme(
  { protocol, hostname, port }: URL,
  source: string,
  insecureHosts: readonly string[] | undefined,
): { readonly warning?: string } | { readonly problem: string } {
  if (protocol === "https:" || isLoopback(hostname)) return {};
  const isAllowed = [hostname, `${hostname}:${port || 80}`].some((host) => insecureHosts?.includes(host));
  return isAllowed || isClusterName(hostname)
    ? { warning: `${source} uses plain http: the network can read and change what is sent to ${hostname}.` }
    : { problem: insecureHosts ? " unless --allow-insecure-http names its host" : "" };
}

/** Parses Host values (RFC 9110, section 7.2). */
export const parseHosts = listOf(
  (entry) =>
    /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(entry) ? entry.toLowerCase() : undefined,
  "a host, such as mcp.example.com or mcp.example.com:8443",
);

/** Parses origins as browsers send them (RFC 6454, section 6.2). */
export const parseOrigins = listOf(parseOrigin, "scheme and host, such as https://app.example.com");

/** Parses a comma-separated list. A blank entry is an error, because it is a typo that may hide another. */
export function parseList({ value, source }: RawSetting): ParseResult<readonly string[]> {
  const entries = value.split(",").map((entry) => entry.trim());
  return entries.every(Boolean)
    ? { value: entries }
    : { problem: `${source} has a blank entry. Separate the entries with one comma each.` };
}

/**
 * Creates a parser for a comma-separated list; it skips blank entries.
 * @param normalize returns the form in which an entry is compared; undefined if it can never match
 * @param example a valid entry, for the message
 */
function listOf(normalize: (entry: string) => string | undefined, example: string) {
  return ({ value, source }: RawSetting): ParseResult<readonly string[]> => {
    const entries = value
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean);
    const invalid = entries.find((entry) => normalize(entry) === undefined);
    return invalid === undefined
      ? { value: entries.flatMap((entry) => normalize(entry) ?? []) }
      : { problem: `${source}: ${JSON.stringify(invalid)} is not valid; use ${example}.` };
  };
}

/** Origins without a web server, such as those of browser extensions and editors. */
const CUSTOM_SCHEME_ORIGIN = /^(?!file:)[a-z][a-z\d+.-]*:\/\/[^/?#@*\s]+$/i;

function parseOrigin(entry: string): string | undefined {
  // The origin of pages without one, such as local files (RFC 6454, section 7.1).
  if (entry.toLowerCase() === "null") return "null";
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  if (!url || entry.includes("*")) return undefined;
  if (url.origin === "null") return CUSTOM_SCHEME_ORIGIN.test(entry) ? entry.toLowerCase() : undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}
