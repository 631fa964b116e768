import type { ProxySettings } from "../http-client/types.ts";
import { isLoopback } from "../shared/url.ts";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** Returns the port of a URL, or the default port of its scheme. */
export function effectivePort({ port, protocol }: URL): number {
  return Number(port) || (DEFAULT_PORTS[protocol] ?? 0);
}

/**
 * Returns the proxy that the HTTP client uses for a URL; undefined if it uses none. Repeats the rules of undici's
 * `EnvHttpProxyAgent`, which does not expose its decision.
 */
export function findProxy(url: URL, { http, https, none = "" }: ProxySettings): string | undefined {
  if (isLoopback(url.hostname) || none === "*") return undefined;
  const entries = none.split(/[,\s]/).filter(Boolean);
  if (entries.some((entry) => matchesNoProxy(entry, url))) return undefined;
  return url.protocol === "https:" ? https || http : http;
}

/** Returns a proxy's URL to show. The user name may be a secret, too. */
export function maskProxy(address: string): string {
  const { protocol, host, username, password } = new URL(address);
  return `${protocol}//${username || password ? "***@" : ""}${host}`;
}

/** Whether an entry of `NO_PROXY` matches the host or a parent domain, and the port if it has one. */
function matchesNoProxy(entry: string, url: URL): boolean {
  const [, name = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
  const domain = name.replace(/^\*?\./, "").toLowerCase();
  if (port !== undefined && Number(port) !== effectivePort(url)) return false;
  return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
}
