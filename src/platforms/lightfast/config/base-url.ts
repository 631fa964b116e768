import type { Found, Parsed } from "../../../config/values.ts";
import { isLoopback } from "../../../shared/loopback.ts";

export const DEFAULT_BASE_URL = "https://lightfast.ai";

const faultOf = (url: URL | undefined): string | undefined => {
  if (!url) return "is not an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https://";
  if (url.username || url.password) return "must not carry credentials";
  if (url.search || url.hash || /[?#]$/.test(url.href)) return "must not have a query or a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "must use https (plain http is for loopback addresses only)";
  }
  return undefined;
};

/** Trailing slashes and one `/api/v1`, which the client adds itself. */
const trimPath = (pathname: string): string => pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "");

/**
 * Parses where Lightfast is: https, or http to loopback; no credentials, query or fragment; a path is kept.
 * The problem never quotes the address, which may contain credentials.
 */
export const parseBaseUrl = ({ value, source }: Found): Parsed<URL> => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const fault = faultOf(url);
  if (fault || !url)
    return { problem: `${source}: the base URL ${fault}. Give one like ${DEFAULT_BASE_URL}.` };
  url.pathname = trimPath(url.pathname);
  return { value: url };
};
