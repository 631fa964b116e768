import { isIP } from "node:net";
import { maskProxy } from "../http-client/route.ts";
import { truncateText } from "../shared/json.ts";
import { isLoopback } from "../shared/url.ts";
import { parseHosts, parseOrigins, parseSwitch, urlOf, wholeNumber } from "./parsers.ts";
import {
  createReader,
  type Environment,
  type GivenFlags,
  type OptionRow,
  type ParseResult,
  type RawSetting,
  type Reader,
} from "./reader.ts";
import type { SharedSettings } from "./resolve.ts";

/** Where an HTTP server listens, which names it accepts, and how it stops. */
export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** Whether `port` serves metrics even if other machines can reach it. */
  readonly publicMetrics: boolean;
  /** Public URL of the MCP endpoint; undefined if it follows from the bound port. */
  readonly resourceUrl: URL | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly drainDelaySeconds: number;
};

/** Names of the options that every platform's HTTP server has. */
export type ListenOptionName = keyof typeof LISTEN_OPTIONS | "resourceUrl";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8080;

const MAX_PORT = 65_535;
export const MAX_SECONDS = 3600;

export const parsePort = wholeNumber(MAX_PORT);

/** The error of a server without authentication that other machines can reach. */
export const OPEN_SERVER_ERROR =
  "--auth none is only allowed on loopback addresses (anyone who can reach the port could call tools).";

/** Returns whether only this machine can reach a bind address. */
export function isLocalBind(host: string): boolean {
  return isLoopback(host) || host === "::1";
}

/** Returns a URL at a bind address; by default that of the MCP endpoint. */
export function createLocalUrl(host: string, port: number, path = "/mcp"): URL {
  return new URL(`http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}${path}`);
}

/** The options that every HTTP server has. Each platform adds their variables, and its own `resourceUrl`. */
export const LISTEN_OPTIONS = {
  host: { flag: "--host", argument: "address", default: DEFAULT_HOST, description: "Address to listen on" },
  port: {
    flag: "--port",
    argument: "number",
    default: "8080",
    description: "Port to listen on; 0 picks a free port",
  },
  allowedHosts: {
    flag: "--allowed-hosts",
    argument: "list",
    description:
      "Host headers to accept besides the public URL's, comma-separated; default: any, on loopback only local names",
  },
  allowedOrigins: {
    flag: "--allowed-origins",
    argument: "list",
    description: "Additional allowed browser origins, comma-separated",
  },
  metricsPort: {
    flag: "--metrics-port",
    argument: "number",
    description: "Serve /metrics on a separate port",
  },
  publicMetrics: {
    flag: "--public-metrics",
    description: "Serve /metrics on the main port even if the host is not a loopback address",
  },
  drainDelay: {
    flag: "--drain-delay",
    argument: "seconds",
    default: "0",
    description: "Seconds to keep serving after /readyz turns 503 on shutdown",
  },
} as const;

/**
 * Reads the listen options.
 * @param resourceUrlNames flag and variable of the public URL, for a message
 * @param insecureHosts hosts whose URL may be plain http
 */
export function readListenOptions(
  { find, read, errors }: Pick<Reader<ListenOptionName>, "find" | "read" | "errors">,
  resourceUrlNames: string,
  insecureHosts: readonly string[],
): ListenOptions {
  // An invalid port is undefined, so that the default causes no second error.
  const port = read("port", parsePort, find("port") ? undefined : DEFAULT_PORT);
  const options: ListenOptions = {
    host: read("host", parseBindAddress, DEFAULT_HOST),
    port: port ?? DEFAULT_PORT,
    metricsPort: read("metricsPort", parsePort, undefined),
    publicMetrics: read("publicMetrics", parseSwitch, false),
    resourceUrl: read("resourceUrl", urlOf(insecureHosts), undefined),
    allowedHosts: read("allowedHosts", parseHosts, []),
    allowedOrigins: read("allowedOrigins", parseOrigins, []),
    drainDelaySeconds: read("drainDelay", wholeNumber(MAX_SECONDS), 0),
  };
  if (!isLocalBind(options.host) && !find("resourceUrl")) {
    const message = `${resourceUrlNames} is required unless --host is a loopback address.`;
    errors.push({ setting: "resourceUrl", message });
  }
  if (port && port === options.metricsPort) {
    const message = `--port and --metrics-port are both ${port}; omit --metrics-port to serve both on one port.`;
    errors.push({ setting: "metricsPort", message });
  }
  if (options.publicMetrics && options.metricsPort !== undefined) {
    const message = "--public-metrics cannot be combined with --metrics-port. Remove one of them.";
    errors.push({ setting: "publicMetrics", message });
  }
  return options;
}

/** Parses a host name or an IP address to listen on. An IPv6 address may have brackets, as in a URL. */
function parseBindAddress({ value, source }: RawSetting): ParseResult<string> {
  const address = value.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(address)
    ? { value: address }
    : { problem: `${source} must be a host name or an IP address, without scheme and port.` };
}

type OptionTable = Readonly<Record<string, OptionRow>>;

/** Limit of a setting in the log, in bytes. */
const MAX_SHOWN_BYTES = 200;

/**
 * Returns the settings of an HTTP server as given or by default, by flag, to log at the start: no secret, no query of a URL.
 * @param effective values that differ from what was given or from the default in the table
 */
export function describeSettings(
  tables: readonly OptionTable[],
  flags: GivenFlags,
  env: Environment,
  { logLevel, proxies }: SharedSettings,
  effective: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const rows = tables.flatMap((table) => {
    const { find } = createReader(table, flags, env);
    return Object.entries(table).map(([name, row]) => [
      row.flag.slice(2),
      row.secret ? find(name) && "(set)" : (find(name)?.value ?? row.default),
    ]);
  });
  const { http, https, none } = proxies;
  const mask = (proxy: string | undefined) => proxy && maskProxy(proxy);
  const all = Object.fromEntries(rows);
  Object.assign(all, { "log-level": logLevel, ...effective });
  Object.assign(all, { http_proxy: mask(http), https_proxy: mask(https), no_proxy: none });
  return Object.fromEntries(
    Object.entries<string | undefined>(all).flatMap(([name, value]) =>
      value ? [[name, describeValue(value)]] : [],
    ),
  );
}

/** Shortens a value of a setting, and hides the queries and the credentials of URLs in it. */
export function describeValue(value: string): string {
  const shown = value.replaceAll(/\?[^\s,]*/g, "?…").replaceAll(/(\/\/)[^\s/@]*@/g, "$1***@");
  return truncateText(shown, MAX_SHOWN_BYTES);
}
