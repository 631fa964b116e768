import { DEFAULT_TIMEOUT_MS, parseTimeout } from "./config/parsers.ts";
import type { ProxySettings } from "./http-client/types.ts";
import { openSession, type Session } from "./mcp/session.ts";
import { LOCAL_CALLER } from "./mcp/tool.ts";
import type { McpTransport } from "./mcp/types.ts";
import { DEFAULT_BASE_URL, parseApiKey, parseBaseUrl } from "./platforms/lightfast/config/upstream.ts";
import { defineLightfastServer } from "./platforms/lightfast/server.ts";
import { createLogger, type LogLevel } from "./shared/logger.ts";
import { createRedactor } from "./shared/redact.ts";
import { PROGRAM } from "./version.ts";

export type LightfastServerOptions = {
  /** A Lightfast API key (`lf_...`). */
  readonly apiKey: string | undefined;
  /** Where Lightfast is; https, or http to this machine. Default `https://lightfast.ai`. */
  readonly baseUrl?: string | URL;
  /** How long one tool call may take, retries included, in milliseconds. A whole number. Default 25 000. */
  readonly timeoutMs?: number;
  /** Proxies to the world; the environment's are not read. Default none. */
  readonly proxies?: ProxySettings;
  /** What is logged. Default `silent`. */
  readonly logLevel?: LogLevel;
  /** Takes the log, one line a call, without secrets. */
  readonly onLog?: (line: string) => void;
};

/** A Lightfast MCP server inside another program. */
export type LightfastServer = {
  /** Serves the tools on a transport, such as those of the MCP SDK, and starts it. May be called for several. */
  connect(transport: McpTransport): Promise<void>;
  /** Cancels what is in flight and closes the connections to Lightfast. */
  close(): Promise<void>;
};

/**
 * Makes a Lightfast MCP server to be embedded in another program.
 * @throws TypeError where the key, the base URL or the time limit cannot be one; the message never contains a secret
 */
export function createLightfastServer(options: LightfastServerOptions): LightfastServer {
  const {
    apiKey = "",
    baseUrl = DEFAULT_BASE_URL,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    proxies = {},
    logLevel = "silent",
    onLog = () => {},
  } = options;
  const key = apiKey.trim();
  const credential = parseApiKey(key ? { value: key, source: "apiKey" } : undefined);
  if (credential.state !== "ready") throw new TypeError(credential.problem);
  const base = parseBaseUrl({ value: String(baseUrl), source: "baseUrl" });
  if ("problem" in base) throw new TypeError(base.problem);
  const timeout = parseTimeout({ value: String(timeoutMs), source: "timeoutMs" });
  if ("problem" in timeout) throw new TypeError(timeout.problem);

  const redact = createRedactor([credential.key]);
  const server = defineLightfastServer({
    upstream: { baseUrl: base.value, apiKey: credential.key },
    timeoutMs: timeout.value,
    proxies,
    redact,
    log: createLogger(logLevel, (line) => onLog(redact(line)), `${PROGRAM.name} `),
  });
  const sessions = new Set<Session>();
  return {
    connect: async (transport) => {
      sessions.add(openSession(server, transport, LOCAL_CALLER));
      await transport.start();
    },
    close: async () => {
      for (const session of sessions) session.abort("the server was closed");
      await server.close();
    },
  };
}
