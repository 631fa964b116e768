import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Act } from "../../support/scripted-server.ts";
import { type AppState, ROUTES } from "./routes.ts";
import { type AppResponse, checkServiceToken, errorResponse, type ServiceClaims } from "./token.ts";

const PREFIX = "/api/internal/mcp";

/** A received request. `path` is relative to `/api/internal/mcp`. */
export type AppRequest = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Claims of the service token; undefined if it was rejected. */
  readonly claims: ServiceClaims | undefined;
};

/** The reaction to one request: an act, or the normal response after an event. */
export type Turn = Act | { readonly after: Promise<unknown> };

/** The internal endpoints of the Lightfast app, as strict as the real ones. */
export type FakeApp = AppState & {
  readonly url: URL;
  /** The secret of service tokens. */
  readonly secret: string;
  readonly requests: readonly AppRequest[];
  /** Requests with an invalid service token or body, which a correct server never sends. */
  readonly faults: readonly string[];
  /** Sets the reactions to the next requests to a path, in order. */
  plays(path: string, ...turns: readonly Turn[]): void;
  /** Resolves when a path has received `count` requests in total. */
  arrived(path: string, count: number): Promise<void>;
  /** Resolves when `count` audit events are stored in total. */
  stored(count: number): Promise<void>;
  /** Stops at once and resets all connections. */
  stop(): Promise<void>;
  /** Restarts at the same address with the same state. */
  start(): Promise<void>;
};

export type FakeAppOptions = { readonly secret?: string; readonly resource?: string };

const SECRET = "the secret that the app shares with its MCP server";

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body }: AppResponse): void {
  const bytes = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) };
  response.writeHead(status, { ...headers, "cache-control": "no-store", pragma: "no-cache" }).end(bytes);
}

/** Serves on a free port of 127.0.0.1 until stopped. */
export async function startFakeApp({ secret = SECRET, resource }: FakeAppOptions = {}): Promise<FakeApp> {
  const state: AppState = {
    resource: resource ?? "https://mcp.lightfast.test/mcp",
    grants: new Map(),
    signals: new Map(),
    audited: [],
  };
  const requests: AppRequest[] = [];
  const faults: string[] = [];
  const arrivals = new Map<string, number>();
  const script = new Map<string, Turn[]>();
  const watchers = new Set<() => void>();

  const notify = (): void => {
    for (const watch of watchers) watch();
  };
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (!condition()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
    });

  const respond = (path: string, method: string | undefined, body: string): AppResponse => {
    const route = method === "POST" ? ROUTES.get(path) : undefined;
    return route?.(parse(body), state) ?? errorResponse(404, "not_found", `No command at ${method} ${path}.`);
  };

  const recordFault = (path: string, { body }: AppResponse): void =>
    void faults.push(`${path}: ${JSON.stringify(body)}`);

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { method, url = "", headers } = request;
    const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : url;
    const token = checkServiceToken(headers.authorization, secret);
    const denied = "status" in token ? token : undefined;
    if (denied) recordFault(path, denied);
    requests.push({ path, headers, body, claims: "status" in token ? undefined : token });
    arrivals.set(path, (arrivals.get(path) ?? 0) + 1);
    const turn = script.get(path)?.shift();
    notify();
    if (typeof turn === "function") {
      turn(response, request);
      return;
    }
    await turn?.after;
    if (response.destroyed) return;
    const outcome = denied ?? respond(path, method, body);
    if (outcome.status === 400) recordFault(path, outcome);
    send(response, outcome);
    notify();
  };

  const server = createServer((request, response) => {
    response.on("error", () => {});
    void receive(request, response).catch(() => response.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  const controls: Omit<FakeApp, keyof AppState> = {
    url: new URL(`http://127.0.0.1:${port}`),
    secret,
    requests,
    faults,
    plays: (path, ...turns) => void script.set(path, [...(script.get(path) ?? []), ...turns]),
    arrived: (path, count) => until(() => (arrivals.get(path) ?? 0) >= count),
    stored: (count) => until(() => state.audited.length >= count),
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
    start: async () => void (await listen(port)),
  };
  return Object.assign(state, controls);
}

/** A fake app that stops at the end of the test. */
export async function fakeApp(options: FakeAppOptions = {}): Promise<FakeApp> {
  const app = await startFakeApp(options);
  onTestFinished(() => app.stop());
  return app;
}
