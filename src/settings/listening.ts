import { isLoopback } from "../net/loopback.ts";
import { parseList, parseUrl, wholeNumber } from "./parsers.ts";
import type { Reader } from "./reader.ts";

/** Where an HTTP server listens, under which names, and how it stops; the same for every platform. */
export type Listening = {
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
export type ListeningName =
  | "host"
  | "port"
  | "metricsPort"
  | "resourceUrl"
  | "allowedHosts"
  | "allowedOrigins"
  | "drainDelay";

export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 8080;

const MAX_PORT = 65_535;
export const MAX_SECONDS = 3600;

/** Whether only this machine can reach an address that is listened on. */
export const isLocalBind = (host: string): boolean => isLoopback(host) || host === "::1";

/** @param publicUrlNames how the option for the public address is called, for the message that it is needed */
export const readListening = (
  { read, problems }: Pick<Reader<ListeningName>, "read" | "problems">,
  publicUrlNames: string,
): Listening => {
  const listening: Listening = {
    host: read("host", ({ value }) => ({ value }), DEFAULT_HOST),
    port: read("port", wholeNumber(MAX_PORT), DEFAULT_PORT),
    metricsPort: read("metricsPort", wholeNumber(MAX_PORT), undefined),
    resourceUrl: read("resourceUrl", parseUrl, undefined),
    allowedHosts: read("allowedHosts", parseList, []),
    allowedOrigins: read("allowedOrigins", parseList, []),
    drainDelaySeconds: read("drainDelay", wholeNumber(MAX_SECONDS), 0),
  };
  if (!isLocalBind(listening.host) && !listening.resourceUrl)
    problems.push(`${publicUrlNames} is required unless --host is a loopback address.`);
  return listening;
};
