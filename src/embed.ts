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
  /** Base URL of Lightfast: https, or http to a loopback host. Default: `https://lightfast.ai`. */
  readonly baseUrl?: string | URL;
  /** Time limit of a tool call including retries, in whole milliseconds. Default: 25 000. */
  readonly timeoutMs?: number;
  /** Proxies for requests to remote hosts. Proxy environment variables are ignored. Default: none. */
  readonly proxies?: ProxySettings;
  /** The most verbose level that is logged. Default: `silent`. */
  readonly logLevel?: LogLevel;
  /** Receives the log line by line, with secrets redacted. */
  readonly onLog?: (line: string) => void;
};

/** A Lightfast MCP server in another program. */
export type LightfastServer = {
  /** Starts a transport, such as one of the MCP SDK, and serves the tools on it. May be called for several. */
  connect(transport: McpTransport): Promise<void>;
  /** Aborts calls in flight and closes the connections to Lightfast. */
  close(): Promise<void>;
};

/**
 * Creates a Lightfast MCP server to embed in another program.
 *
 * @example
 * ```ts
 * const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
 * const server = createLightfastServer({ apiKey: process.env.LIGHTFAST_API_KEY });
 * await server.connect(serverSide);
 * // … connect an MCP client to clientSide …
 * await server.close();
 * ```
 * @throws TypeError if the key, the base URL or the time limit is invalid; the message contains no secret
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
