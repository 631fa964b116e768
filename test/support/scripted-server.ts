import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** Handles one request, after its body was read. */
export type Act = (response: ServerResponse, request: IncomingMessage) => void;

/** A received request. */
export type Received = {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type ScriptedServer = {
  readonly origin: string;
  readonly port: number;
  /** All requests so far. */
  readonly requests: readonly Received[];
  url(path?: string): URL;
  /** Resolves when `count` requests have arrived. */
  arrived(count: number): Promise<void>;
  /** Destroys all sockets. Called at the end of the test. */
  close(): Promise<void>;
};

/**
 * Serves on 127.0.0.1, on a free port unless one is given. Later requests repeat the last act of the script.
 * @param tls key and certificate; without them, plain http
 */
export async function playScript(
  script: readonly Act[],
  port = 0,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<ScriptedServer> {
  const requests: Received[] = [];
  const waiting = new Set<() => void>();
  const handle: RequestListener = (request, response) => {
    response.on("error", () => {});
    void text(request).then(
      (body) => {
        const act = script[Math.min(requests.length, script.length - 1)];
        const { method = "", url: target = "", headers } = request;
        requests.push({ method, target, headers, body });
        for (const check of waiting) check();
        act?.(response, request);
      },
      () => {},
    );
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const origin = `${tls ? "https" : "http"}://127.0.0.1:${address.port}`;

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(close);

  return {
    origin,
    port: address.port,
    requests,
    url: (path = "/") => new URL(path, origin),
    arrived: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (requests.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    close,
  };
}

/** A complete response. */
export function answer(status: number, body: string | Buffer = "", headers: OutgoingHttpHeaders = {}): Act {
  return (response) => {
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
  };
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Act {
  return answer(status, JSON.stringify(value), { "content-type": "application/json", ...headers });
}

export function html(status: number): Act {
  return answer(status, "<!doctype html><title>Gateway</title>", { "content-type": "text/html" });
}

export function redirect(status: number, location: string): Act {
  return answer(status, "", { location });
}

/** Resets the connection before the response. */
export const resetBeforeHeaders: Act = (_, request) => {
  request.socket.resetAndDestroy();
};

/** Resets the connection after the headers and the first bytes of the body. */
export const resetAfterHeaders: Act = (response, request) => {
  response.writeHead(200, { "content-length": 1000 });
  response.write("the beginning", () => request.socket.resetAndDestroy());
};

/** Closes the connection before `content-length` is reached. */
export const truncated: Act = (response, request) => {
  response.writeHead(200, { "content-length": 1000 });
  response.write("the beginning", () => request.socket.end());
};

/** Never responds. */
export const hang: Act = () => {};

/** Headers, then one byte every 10 ms, for five seconds at most. */
export const drip: Act = (response) => {
  response.writeHead(200);
  let left = 500;
  const timer = setInterval(() => {
    left -= 1;
    if (left === 0) response.end();
    else response.write(".");
  }, 10);
  response.on("close", () => clearInterval(timer));
};

/** Sends up to 64 MiB, as long as the client reads. */
export const endless: Act = (response) => {
  const chunk = Buffer.alloc(64 * 1024, ".");
  let left = 1024;
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) break;
    }
    if (left === 0) response.end();
  };
  response.on("drain", write);
  response.writeHead(200);
  write();
};

/** A port of 127.0.0.1 that refuses connections. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
