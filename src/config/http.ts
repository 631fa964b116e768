import { isLoopback } from "../shared/url.ts";
import { parseBindAddress, parseHosts, parseOrigins, parseUrl, wholeNumber } from "./parsers.ts";
import type { Reader } from "./reader.ts";

/** Where an HTTP server listens, under which names, and how it stops; the same for every platform. */
export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** The public address of the endpoint; undefined where it follows from the port that is bound. */
  readonly resourceUrl: URL | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly drainDelaySeconds: number;
};

/** The options of which these settings are read, whatever their flags and variables are called. */
export type ListenOptionName =
  | "host"
  | "port"
  | "metricsPort"
  | "resourceUrl"
  | "allowedHosts"
  | "allowedOrigins"
  | "drainDelay";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8080;

const MAX_PORT = 65_535;
export const MAX_SECONDS = 3600;

/** Whether only this machine can reach an address that is listened on. */
export function isLocalBind(host: string): boolean {
  return isLoopback(host) || host === "::1";
}

/** @param publicUrlNames how the option for the public address is called, for the message that it is needed */
export function readListenOptions(
  { find, read, problems }: Pick<Reader<ListenOptionName>, "find" | "read" | "problems">,
  publicUrlNames: string,
): ListenOptions {
  const port = read("port", wholeNumber(MAX_PORT), find("port") ? undefined : DEFAULT_PORT);
  const listening: ListenOptions = {
    host: read("host", parseBindAddress, DEFAULT_HOST),
    port: port ?? DEFAULT_PORT,
    metricsPort: read("metricsPort", wholeNumber(MAX_PORT), undefined),
    resourceUrl: read("resourceUrl", parseUrl, undefined),
    allowedHosts: read("allowedHosts", parseHosts, []),
    allowedOrigins: read("allowedOrigins", parseOrigins, []),
    drainDelaySeconds: read("drainDelay", wholeNumber(MAX_SECONDS), 0),
  };
  const { host, metricsPort } = listening;
  if (!isLocalBind(host) && !find("resourceUrl"))
    problems.push(`${publicUrlNames} is required unless --host is a loopback address.`);
  if (port && port === metricsPort)
    problems.push(`--port and --metrics-port are both ${port}; leave --metrics-port out to have one port.`);
  return listening;
}
