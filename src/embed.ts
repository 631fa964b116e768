import { LOCAL_CALLER } from "./core/caller.ts";
import { createLogger, type LogLevel } from "./core/logger.ts";
import type { McpTransport } from "./core/protocol.ts";
import { openSession } from "./core/session.ts";
import { defineLightfastServer } from "./lightfast/server.ts";
import { createRedactor } from "./net/redact.ts";
import { credentialOf } from "./settings/api-key.ts";
import { DEFAULT_BASE_URL, parseBaseUrl } from "./settings/base-url.ts";

export type LightfastServerOptions = {
  /** A Lightfast API key (`lf_...`). */
  readonly apiKey: string;
  /** Where Lightfast is; https, or http to this machine. Default `https://lightfast.ai`. */
  readonly baseUrl?: string | URL;
  /** How long one tool call may take, retries included, in milliseconds. Default 25 000. */
  readonly timeoutMs?: number;
  /** What is logged. Default `silent`. */
  readonly logLevel?: LogLevel;
  /** Takes the log, one line a call, without secrets. */
  readonly onLog?: (line: string) => void;
};

/** A Lightfast MCP server inside another program. */
export type LightfastServer = {
  /** Serves the tools on a transport, such as those of the MCP SDK, and starts it. May be called for several. */
  connect(transport: McpTransport): Promise<void>;
};

/**
 * Makes a Lightfast MCP server to be embedded in another program.
 * @throws TypeError where the key or the base URL cannot be one; the message never contains them
 */
export const createLightfastServer = (options: LightfastServerOptions): LightfastServer => {
  const {
    apiKey,
    baseUrl = DEFAULT_BASE_URL,
    timeoutMs = 25_000,
    logLevel = "silent",
    onLog = () => {},
  } = options;
  const credential = credentialOf({ value: apiKey.trim(), source: "apiKey" });
  if (credential.state !== "ready") throw new TypeError(credential.problem);
  const base = parseBaseUrl({ value: String(baseUrl), source: "baseUrl" });
  if ("problem" in base) throw new TypeError(base.problem);

  const redact = createRedactor([credential.key]);
  const server = defineLightfastServer({
    upstream: { baseUrl: base.value, apiKey: credential.key },
    timeoutMs,
    proxies: {},
    redact,
    log: createLogger(logLevel, (line) => onLog(redact(line))),
  });
  return {
    connect: async (transport) => {
      openSession(server, transport, LOCAL_CALLER);
      await transport.start();
    },
  };
};
