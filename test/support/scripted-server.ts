import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** What the server does with one request, which it has read to its end. */
export type Act = (response: ServerResponse, request: IncomingMessage) => void;

/** A request as it arrived. */
export type Received = {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type ScriptedServer = {
  readonly origin: string;
  readonly port: number;
  /** Every request so far, in the order in which it was read. */
  readonly requests: readonly Received[];
  url(path?: string): URL;
  /** Resolves when `count` requests have arrived in all. */
  arrived(count: number): Promise<void>;
  /** Destroys all sockets; called at the end of the test in any case. */
  close(): Promise<void>;
};

/** Serves on a free port (or the one given) of 127.0.0.1; the script's last act is played for every later request. */
export async function playScript(script: readonly Act[], port = 0): Promise<ScriptedServer> {
  const requests: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    response.on("error", () => {});
    void text(request).then(
      (body) => {
        const act = script[Math.min(requests.length, script.length - 1)];
        const { method = "", url: target = "", headers } = request;
        requests.push({ method, target, headers, body });
        for (const look of waiting) look();
        act?.(response, request);
      },
      () => {},
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${address.port}`;

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
        const look = (): void => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close,
  };
}

/** A whole answer. */
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

/** The connection breaks before a byte of the answer. */
export const resetBeforeHeaders: Act = (_, request) => {
  request.socket.resetAndDestroy();
};

/** The connection breaks after the headers and the first bytes of the body. */
export const resetAfterHeaders: Act = (response, request) => {
  response.writeHead(200, { "content-length": 1000 });
  response.write("the beginning", () => request.socket.resetAndDestroy());
};

/** The connection is closed in order, but earlier than `content-length` promised. */
export const truncated: Act = (response, request) => {
  response.writeHead(200, { "content-length": 1000 });
  response.write("the beginning", () => request.socket.end());
};

/** Nothing, for as long as the client waits. */
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

/** A body without an end, as far as the client takes it; 64 MiB at most. */
export const endless: Act = (response) => {
  const chunk = Buffer.alloc(64 * 1024, ".");
  let left = 1024;
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) break;
    }
    if (left === 0) response.end();
  };
  response.on("drain", pour);
  response.writeHead(200);
  pour();
};

/** A port of 127.0.0.1 on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
