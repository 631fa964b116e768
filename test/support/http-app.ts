import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../src/auth/errors.ts";
import type { ServerDefinition } from "../../src/mcp/server.ts";
import type { Caller } from "../../src/mcp/tool.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createHttpApp, type HttpAppOptions } from "../../src/transports/http/app.ts";
import { listen } from "../../src/transports/http/listen.ts";
import { createMetrics } from "../../src/transports/http/metrics.ts";
import type { HttpService, ResourceMetadata } from "../../src/transports/http/types.ts";
import { callerWith, type TinyApi, tinyServer } from "./tiny-server.ts";

export const RESOURCE_URL = new URL("https://mcp.tiny.test/mcp");
export const PAGE_ORIGIN = "https://pages.tiny.test";
export const METADATA: ResourceMetadata = {
  resource: RESOURCE_URL.href,
  authorizationServers: ["https://login.tiny.test"],
  scopes: ["tiny:read", "tiny:write"],
};
export const LANDING_PAGE = {
  heading: "Tiny MCP server",
  purpose: "echo texts.",
  documentation: "https://tiny.test/docs",
  program: "tiny 1.0",
  setups: [
    { client: "Terminal", instruction: "Run:", text: `tiny add '${RESOURCE_URL.href}'` },
    {
      client: "Editor",
      link: "https://editor.test/add?name=tiny&config=%7B%7D",
      instruction: "Add this to ~/.editor/mcp.json:",
      text: JSON.stringify({ servers: { tiny: { url: RESOURCE_URL.href } } }, null, 2),
    },
  ],
} as const;
export const CHALLENGE_SCOPE = "tiny:read tiny:write";

/** Each token's caller, or the error of its verification. */
const TOKENS: Readonly<Record<string, Caller<undefined> | Error>> = {
  reader: callerWith("tiny:read"),
  writer: callerWith("tiny:write"),
  both: callerWith("tiny:read", "tiny:write"),
  expired: new TokenInvalid("exp is over", { description: "Token has expired." }),
  down: new AuthUnavailable("the app is down", { retryAfterSeconds: 7 }),
  faulty: new Error("a fault of the server"),
};

/** Accepts the tokens `reader`, `writer` and `both`. */
export async function verifyTiny(token: string): Promise<Caller<undefined>> {
  const found = TOKENS[token] ?? new TokenInvalid("no such token");
  if (found instanceof Error) throw found;
  return found;
}

// Default metrics observe the process until it ends, so apps share one registry.
const METRICS = createMetrics();

type Overrides = Partial<Omit<HttpAppOptions<undefined>, "service">> &
  Partial<Omit<HttpService<undefined>, "server">> & {
    readonly server?: Partial<ServerDefinition<TinyApi>>;
  };

export type Asked = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
};

export type Answered = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
};

export type RunningApp = {
  readonly port: number;
  readonly host: string;
  /** Every log line of the app and its tools. */
  readonly logged: readonly string[];
  ask(asked: Asked): Promise<Answered>;
  /** POSTs a JSON value, or a string or buffer unchanged, to the endpoint. */
  post(message: unknown, headers?: OutgoingHttpHeaders): Promise<Answered>;
  stop(): Promise<void>;
};

async function ask(port: number, { method = "GET", path = "/", headers, body }: Asked): Promise<Answered> {
  const outgoing = request({ port, host: "127.0.0.1", method, path, headers, agent: new Agent() });
  // A request that is rejected unread may be cut off while it is being sent.
  const answered = once(outgoing, "response");
  outgoing.on("error", () => {});
  outgoing.end(body);
  const [response] = await answered;
  const received = await text(response);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: received,
    json: () => JSON.parse(received),
  };
}

/** Serves the tiny server through the HTTP app on a free loopback port until the end of the test. */
export async function startApp({ server = {}, ...overrides }: Overrides = {}): Promise<RunningApp> {
  const logged: string[] = [];
  const log = createLogger("debug", (line) => logged.push(line));
  const service: HttpService<undefined> = {
    server: tinyServer({ log, ...server }),
    access: { kind: "bearer", verify: verifyTiny },
    metadata: METADATA,
    challengeScope: CHALLENGE_SCOPE,
    landingPage: LANDING_PAGE,
    close: async () => {},
    ...overrides,
  };
  const listener = await listen("127.0.0.1", 0);
  const { port, stop } = listener;
  listener.handle(
    createHttpApp({
      service,
      resourceUrl: RESOURCE_URL,
      allowedHosts: new Set([RESOURCE_URL.host, `127.0.0.1:${port}`]),
      hosts: "allowed",
      allowedOrigins: new Set([RESOURCE_URL.origin, PAGE_ORIGIN]),
      log,
      metrics: METRICS,
      servesMetrics: true,
      isReady: () => true,
      ...overrides,
    }),
  );
  onTestFinished(stop);
  return {
    port,
    host: `127.0.0.1:${port}`,
    logged,
    stop,
    ask: (asked) => ask(port, asked),
    post: (message, headers = {}) =>
      ask(port, {
        method: "POST",
        path: "/mcp",
        headers: { "content-type": "application/json", authorization: "Bearer both", ...headers },
        body: typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      }),
  };
}
