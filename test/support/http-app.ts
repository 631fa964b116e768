import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../src/auth/errors.ts";
import type { ServerDefinition } from "../../src/mcp/server.ts";
import type { Caller } from "../../src/mcp/tool.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createHttpApp } from "../../src/transports/http/app.ts";
import { listen } from "../../src/transports/http/listen.ts";
import { createMetrics } from "../../src/transports/http/metrics.ts";
import type { HttpAppOptions } from "../../src/transports/http/types.ts";
import { callerWith, type TinyApi, tinyServer } from "./tiny-server.ts";

export const RESOURCE_URL = new URL("https://mcp.tiny.test/mcp");
export const PAGE_ORIGIN = "https://pages.tiny.test";
export const METADATA = {
  resource: RESOURCE_URL.href,
  authorization_servers: ["https://login.tiny.test"],
  scopes_supported: ["tiny:read", "tiny:write"],
} as const;
export const CHALLENGE_SCOPE = "tiny:read tiny:write";

/** What becomes of each token: a caller with grants, or a failure. */
const TOKENS: Readonly<Record<string, Caller | Error>> = {
  reader: callerWith("tiny:read"),
  writer: callerWith("tiny:write"),
  both: callerWith("tiny:read", "tiny:write"),
  expired: new TokenInvalid("exp is over", { description: "Token has expired." }),
  down: new AuthUnavailable("the app is down", { retryAfterSeconds: 7 }),
  faulty: new Error("a fault of ours"),
};

/** Looks a token up; any other is invalid. */
export async function verifyTiny(token: string): Promise<Caller> {
  const found = TOKENS[token] ?? new TokenInvalid("no such token");
  if (found instanceof Error) throw found;
  return found;
}

// Each set of metrics watches the process as long as it lives, so that one serves all who do not look at it.
const METRICS = createMetrics();

type Changes = Partial<Omit<HttpAppOptions<TinyApi>, "server">> & {
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
  /** Everything the app and its tools have logged, a line each. */
  readonly logged: readonly string[];
  ask(asked: Asked): Promise<Answered>;
  /** POSTs a JSON value (or a text, as it is) to the endpoint. */
  post(message: unknown, headers?: OutgoingHttpHeaders): Promise<Answered>;
  stop(): Promise<void>;
};

async function ask(port: number, { method = "GET", path = "/", headers, body }: Asked): Promise<Answered> {
  const outgoing = request({ port, host: "127.0.0.1", method, path, headers, agent: new Agent() });
  // What is refused unread may be cut off while it is still being sent.
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

/** The tiny server behind the whole HTTP app, on a free port of this machine, until the end of the test. */
export async function startApp({ server = {}, ...changes }: Changes = {}): Promise<RunningApp> {
  const logged: string[] = [];
  const log = createLogger("debug", (line) => logged.push(line));
  const { port, stop } = await listen("127.0.0.1", 0, (bound) =>
    createHttpApp({
      server: tinyServer({ log, ...server }),
      access: { kind: "bearer", verify: verifyTiny },
      resourceUrl: RESOURCE_URL,
      metadata: METADATA,
      challengeScope: CHALLENGE_SCOPE,
      allowedHosts: new Set([RESOURCE_URL.host, `127.0.0.1:${bound}`]),
      allowedOrigins: new Set([RESOURCE_URL.origin, PAGE_ORIGIN]),
      log,
      metrics: METRICS,
      page: "<!doctype html><title>Tiny</title>",
      servesMetrics: true,
      isReady: () => true,
      ...changes,
    }),
  );
  let stopped: Promise<void> | undefined;
  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  onTestFinished(stopOnce);
  return {
    port,
    host: `127.0.0.1:${port}`,
    logged,
    stop: stopOnce,
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
