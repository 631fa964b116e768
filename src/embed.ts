import { DEFAULT_TIMEOUT_MS, oneOf, parseTimeout } from "./config/parsers.ts";
import type { ParseResult } from "./config/reader.ts";
import { isProxyUrl } from "./config/resolve.ts";
import { noToolLeft, parseToolNames, selectTools } from "./config/tools.ts";
import type { ProxySettings } from "./http-client/types.ts";
import { openSession, type Session } from "./mcp/session.ts";
import { LOCAL_CALLER } from "./mcp/tool.ts";
import type { McpTransport } from "./mcp/types.ts";
import { TOOL_TABLE } from "./platforms/lightfast/catalog.ts";
import { DEFAULT_BASE_URL, parseApiKey, parseBaseUrl } from "./platforms/lightfast/config/upstream.ts";
import { defineLightfastServer } from "./platforms/lightfast/server.ts";
import { isObject } from "./shared/json.ts";
import { createLogger, LOG_LEVELS, type LogLevel } from "./shared/logger.ts";
import { createRedactor } from "./shared/redact.ts";
import { PROGRAM } from "./version.ts";

export type LightfastServerOptions = {
  /** A Lightfast API key (`lf_...`). */
  readonly apiKey: string | undefined;
  /** Base URL of Lightfast: https, or http to a loopback host or a name inside a cluster (`*.svc`). Default: `https://lightfast.ai`. */
  readonly baseUrl?: string | URL | undefined;
  /** Time limit of a tool call including retries, in whole milliseconds. Default: 25 000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Proxies for requests to remote hosts. Proxy environment variables are ignored. Default: none.
   *
   * @example
   * ```ts
   * createLightfastServer({ apiKey, proxies: { https: "http://proxy.example.com:8080" } });
   * ```
   */
  readonly proxies?: ProxySettings | undefined;
  /**
   * Names of the tools to offer. Default: all.
   *
   * @example
   * ```ts
   * createLightfastServer({ apiKey, tools: ["lightfast_signals_create", "lightfast_signals_get"] });
   * ```
   */
  readonly tools?: readonly string[] | undefined;
  /** Names of tools not to offer. Default: none. */
  readonly excludeTools?: readonly string[] | undefined;
  /** Whether to offer only tools that change nothing, whatever the other options name. Default: false. */
  readonly readOnly?: boolean | undefined;
  /** The most verbose level that is logged. Default: `silent`. */
  readonly logLevel?: LogLevel | undefined;
  /**
   * Receives the log line by line, with secrets redacted. Its errors are ignored.
   *
   * @example
   * ```ts
   * createLightfastServer({ apiKey, logLevel: "info", onLog: (line) => process.stderr.write(`${line}\n`) });
   * ```
   */
  readonly onLog?: ((line: string) => void) | undefined;
};

/** A Lightfast MCP server in another program. */
export type LightfastServer = {
  /**
   * Starts a transport, such as one of the MCP SDK, and serves the tools on it until it closes. May be called for
   * several transports. Handlers that the transport has already (`onmessage`, `onclose`, `onerror`) are kept and called.
   *
   * @example A stateless HTTP server connects a transport for each request.
   * ```ts
   * const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
   * response.on("close", () => transport.close());
   * await server.connect(transport);
   * await transport.handleRequest(request, response);
   * ```
   * @throws Error if the server is closed, the transport is already connected, or its `start` fails
   */
  connect(transport: McpTransport): Promise<void>;
  /**
   * Closes all transports and the connections to Lightfast. Calls in flight are aborted: their clients see the
   * connection close. A closed server can't be used again.
   */
  close(): Promise<void>;
};

/**
 * Creates a Lightfast MCP server to embed in another program.
 *
 * @example
 * ```ts
 * import { createLightfastServer } from "@lightfastai/mcp";
 * import { Client } from "@modelcontextprotocol/sdk/client/index.js";
 * import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
 *
 * const server = createLightfastServer({ apiKey: process.env.LIGHTFAST_API_KEY });
 * const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
 * await server.connect(serverSide);
 *
 * const client = new Client({ name: "my-program", version: "1.0.0" });
 * await client.connect(clientSide);
 * console.log(await client.callTool({ name: "lightfast_system_health" }));
 * await server.close();
 * ```
 * @throws TypeError if an option is invalid; the message names it and contains no secret
 */
export function createLightfastServer(options: LightfastServerOptions): LightfastServer {
  const { key, base, tools, timeoutMs, proxies, logLevel, onLog } = readOptions(options);
  const redact = createRedactor([key]);
  const log = createLogger(logLevel, (line) => callSafely(onLog, redact(line)), `${PROGRAM.name} `);
  if (base.warning) log.warn(base.warning);
  const upstream = { baseUrl: base.value, apiKey: key };
  const server = defineLightfastServer({ upstream, tools, timeoutMs, proxies, redact, log });
  const sessions = new Map<McpTransport, Session>();
  let isClosed = false;
  return {
    connect: async (transport) => {
      if (isClosed) throw new Error("The server is closed. Create a new one with createLightfastServer().");
      if (sessions.has(transport))
        throw new Error("The transport is already connected. Use one transport for each connection.");
      const { onmessage, onclose, onerror } = transport;
      transport.onclose = () => {
        sessions.delete(transport);
        onclose?.();
      };
      sessions.set(transport, openSession(server, transport, LOCAL_CALLER));
      try {
        await transport.start();
      } catch (error) {
        sessions.delete(transport);
        // Otherwise a second attempt would handle every message twice.
        Object.assign(transport, { onmessage, onclose, onerror });
        throw error;
      }
    },
    close: async () => {
      isClosed = true;
      const open = [...sessions];
      sessions.clear();
      const closed = await Promise.allSettled(open.map(([transport]) => transport.close()));
      for (const result of closed) {
        if (result.status === "fulfilled") continue;
        server.log.warn("a transport did not close", { error: String(result.reason) });
      }
      // A transport may close without calling `onclose`.
      for (const [, session] of open) session.abort("the server was closed");
      await server.close();
    },
  };
}

/** The validated options with their defaults. @throws TypeError that names the invalid option */
function readOptions(options: LightfastServerOptions) {
  const given: unknown = options;
  if (!isObject(given)) throw new TypeError("createLightfastServer needs an object of options.");
  assertType("apiKey", given.apiKey, "string");
  assertType("timeoutMs", given.timeoutMs, "number");
  assertType("logLevel", given.logLevel, "string");
  assertType("onLog", given.onLog, "function");
  if (!(given.baseUrl instanceof URL)) assertType("baseUrl", given.baseUrl, "string", "a string or a URL");

  const {
    apiKey = "",
    baseUrl = DEFAULT_BASE_URL,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    logLevel = "silent",
    onLog = () => {},
  } = options;
  const key = apiKey.trim();
  const credential = parseApiKey(key ? { value: key, source: "apiKey" } : undefined);
  if (credential.state !== "ready")
    throw new TypeError(`${credential.problem}. Pass a key of Lightfast's Settings > API Keys as apiKey.`);
  return {
    key: credential.key,
    base: unwrap(parseBaseUrl({ value: String(baseUrl), source: "baseUrl" })),
    tools: readTools(options),
    timeoutMs: unwrap(parseTimeout({ value: String(timeoutMs), source: "timeoutMs" })).value,
    proxies: readProxies(given.proxies),
    logLevel: unwrap(oneOf(LOG_LEVELS)({ value: logLevel, source: "logLevel" })).value,
    onLog,
  };
}

/** The names of the tools to offer. */
function readTools(options: LightfastServerOptions): readonly string[] {
  const { readOnly } = options;
  assertType("readOnly", readOnly, "boolean");
  const readNames = (source: "tools" | "excludeTools"): readonly string[] | undefined => {
    const names: unknown = options[source];
    if (names === undefined) return undefined;
    if (!Array.isArray(names)) throw new TypeError(`${source} must be an array of names.`);
    return names.length === 0
      ? []
      : unwrap(parseToolNames(TOOL_TABLE)({ value: names.join(), source })).value;
  };
  const filter = { tools: readNames("tools"), excludeTools: readNames("excludeTools"), readOnly };
  const selected = selectTools(TOOL_TABLE, filter);
  if (selected.length > 0) return selected;
  throw new TypeError(noToolLeft(filter));
}

function readProxies(proxies: unknown): ProxySettings {
  if (proxies === undefined) return {};
  if (!isObject(proxies))
    throw new TypeError("proxies must be an object with the keys http, https and none.");
  const read = (name: keyof ProxySettings): string | undefined => {
    const value = proxies[name];
    assertType(`proxies.${name}`, value, "string");
    if (typeof value !== "string" || value === "") return undefined;
    if (name === "none" || (isProxyUrl(value) && /^https?:/i.test(value))) return value;
    throw new TypeError(
      `proxies.${name} must be the URL of an http or https proxy, such as http://proxy:8080.`,
    );
  };
  return { http: read("http"), https: read("https"), none: read("none") };
}

function assertType(name: string, value: unknown, type: string, description = `a ${type}`): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`${name} must be ${description}, not ${value === null ? "null" : typeof value}.`);
}

function unwrap<T>(parsed: ParseResult<T>) {
  if ("problem" in parsed) throw new TypeError(parsed.problem);
  return parsed;
}

/** An error of the host's log must not cost a response. An async function may reject instead of throwing. */
function callSafely(onLog: (line: string) => unknown, line: string): void {
  try {
    Promise.resolve(onLog(line)).catch(() => {});
  } catch {}
}
