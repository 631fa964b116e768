import { BlockList, isIP } from "node:net";
import { CodedError } from "../shared/errors.ts";
import { isLoopback } from "../shared/url.ts";
import type { ProxySettings } from "./types.ts";

/**
 * Options of every outgoing socket: milliseconds that each address of a host gets before the next is tried. With the
 * 250 ms of Node.js, no connection opens on a slow link if the host also has an unreachable address.
 */
export const SOCKET_OPTIONS = { autoSelectFamilyAttemptTimeout: 2500 } as const;

/** Options of undici's agents. Only connecting has a limit of its own; the request's deadline ends other waits. */
export function agentOptions(connections: number, maxResponseSize: number, connectTimeoutMs: number) {
  const connect = { timeout: connectTimeoutMs, ...SOCKET_OPTIONS };
  return { connections, maxResponseSize, connect, headersTimeout: 0, bodyTimeout: 0 };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The proxy for a request is not an HTTP proxy. */
export class UnsupportedProxyError extends CodedError {
  static override readonly code = "PROXY_UNSUPPORTED";
  override readonly name = "UnsupportedProxyError";

  constructor(address: string) {
    super(`${maskProxy(address)} is not an http or https proxy`);
  }
}

/** Returns the port of a URL, or the default port of its scheme. */
export function effectivePort({ port, protocol }: URL): number {
  return Number(port) || (DEFAULT_PORTS[protocol] ?? 0);
}

/** Returns the proxy that requests to a URL go through. Plain http never does: the proxy could read the credentials. */
export function findProxy(url: URL, { http, https, none = "" }: ProxySettings): string | undefined {
  if (url.protocol !== "https:" || isLoopback(url.hostname)) return undefined;
  if (none.split(/[,\s]+/).some((entry) => matchesNoProxy(entry, url))) return undefined;
  return https || http || undefined;
}

/** Returns a proxy's URL to show. The user name may be a secret, too. */
export function maskProxy(address: string): string {
  const { protocol, host, username, password } = new URL(address);
  return `${protocol}//${username || password ? "***@" : ""}${host}`;
}

/** Host and optional port. An IPv6 address with a port needs brackets. */
const NO_PROXY_ENTRY = /^(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/;

/** Whether an entry of `NO_PROXY` matches: `*`, a domain with all names below it, an address, or a CIDR block. */
function matchesNoProxy(entry: string, url: URL): boolean {
  const { bracketed, host = bracketed ?? entry, port } = NO_PROXY_ENTRY.exec(entry)?.groups ?? {};
  if (port !== undefined && Number(port) !== effectivePort(url)) return false;
  const address = url.hostname.replace(/^\[|\]$/g, "");
  if (entry === "*" || (isIP(address) && containsAddress(host, address))) return true;
  const domain = host.replace(/^\*?\./, "").toLowerCase();
  return domain !== "" && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}

/** @param block an address, or a CIDR block such as `10.0.0.0/8` */
function containsAddress(block: string, address: string): boolean {
  const [network = "", prefix] = block.split("/");
  const isIPv6 = isIP(network) === 6;
  const bits = isIPv6 ? 128 : 32;
  const length = /^\d+$/.test(prefix ?? String(bits)) ? Number(prefix ?? bits) : Number.NaN;
  if (isIP(network) === 0 || !(length <= bits)) return false;
  const blocks = new BlockList();
  blocks.addSubnet(network, length, isIPv6 ? "ipv6" : "ipv4");
  return blocks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
