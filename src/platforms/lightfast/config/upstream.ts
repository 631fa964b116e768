import type { ParseResult, RawSetting } from "../../../config/values.ts";
import { isLoopback } from "../../../shared/url.ts";

/** The API key as far as it can be judged without asking Lightfast. */
export type Credential =
  | { readonly state: "ready"; readonly key: string; readonly source: string }
  | { readonly state: "missing" | "malformed"; readonly problem: string; readonly advice: string };

/** What to do when there is no usable key; stands in errors, on stderr and in the help text. */
const ADVICE =
  "Create one in Lightfast under Settings > API Keys, then run npx -y @lightfastai/mcp login, or set LIGHTFAST_API_KEY in the environment of this server.";

/** Key prefixes that Lightfast once gave out and no longer takes. */
const RETIRED = /^(?:sk_|sk-lf-|ak_)/;

/** Why a key cannot be one, without a character of it; undefined for a well-formed key. */
function faultOf(key: string): string | undefined {
  if (RETIRED.test(key)) return "is a key of a retired kind; current keys begin with lf_";
  if (!key.startsWith("lf_")) return "does not begin with lf_";
  if (key === "lf_") return "has nothing after lf_";
  // Only these may stand in a header; Node.js would quote the whole key in its complaint about any other.
  if (!/^[\x21-\x7e]+$/.test(key)) return "contains blanks, line breaks or other characters that no key has";
  return undefined;
}

/**
 * Judges the form of the key that was found.
 * @param remarks what stood where a key was looked for
 */
export function parseApiKey(found: RawSetting | undefined, remarks: readonly string[] = []): Credential {
  if (!found) {
    const problem = ["No Lightfast API key is set", ...remarks].join(": ").replace(/\.$/, "");
    return { state: "missing", problem, advice: ADVICE };
  }
  const fault = faultOf(found.value);
  if (fault)
    return { state: "malformed", problem: `The API key in ${found.source} ${fault}`, advice: ADVICE };
  return { state: "ready", key: found.value, source: found.source };
}

/** A key as it may be shown: enough to tell two apart, too little to use. */
export function maskKey(key: string): string {
  return key.length < 12 ? "lf_…" : `lf_…${key.slice(-4)}`;
}

export const DEFAULT_BASE_URL = "https://lightfast.ai";

function faultOfBaseUrl(url: URL | undefined): string | undefined {
  if (!url) return "is not an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https://";
  if (url.username || url.password) return "must not carry credentials";
  if (url.search || url.hash || /[?#]$/.test(url.href)) return "must not have a query or a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "must use https (plain http is for loopback addresses only)";
  }
  return undefined;
}

/** Trailing slashes and one `/api/v1`, which the client adds itself. */
function trimPath(pathname: string): string {
  return pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "");
}

/**
 * Parses where Lightfast is: https, or http to loopback; no credentials, query or fragment; a path is kept.
 * The problem never quotes the address, which may contain credentials.
 */
export function parseBaseUrl({ value, source }: RawSetting): ParseResult<URL> {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const fault = faultOfBaseUrl(url);
  if (fault || !url)
    return { problem: `${source}: the base URL ${fault}. Give one like ${DEFAULT_BASE_URL}.` };
  url.pathname = trimPath(url.pathname);
  return { value: url };
}
