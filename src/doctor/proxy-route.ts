import type { ProxySettings } from "../http-client/types.ts";
import { isLoopback } from "../shared/url.ts";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The port of a URL, whether it is written there or not. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (DEFAULT_PORTS[protocol] ?? 0);
}

/** Whether one entry of `NO_PROXY` stands for this URL: its host, or a domain above it, and its port where one is given. */
function covers(entry: string, url: URL): boolean {
  const [, name = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
  const domain = name.replace(/^\*?\./, "").toLowerCase();
  if (port !== undefined && Number(port) !== portOf(url)) return false;
  return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
}

/**
 * The proxy that the HTTP client takes for a URL; undefined where it takes none. Its library decides this inside, so the
 * rules can only be repeated here.
 */
export function proxyFor(url: URL, { http, https, none = "" }: ProxySettings): string | undefined {
  if (isLoopback(url.hostname) || none === "*") return undefined;
  const entries = none.split(/[,\s]/).filter(Boolean);
  if (entries.some((entry) => covers(entry, url))) return undefined;
  return url.protocol === "https:" ? https || http : http;
}

/** A proxy's address as it may be shown: what stands before the host may be a password. */
export function maskProxy(address: string): string {
  const { protocol, host, username, password } = new URL(address);
  return `${protocol}//${username || password ? "***@" : ""}${host}`;
}
