import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Answer, type Asked, exchange, requestOf } from "./load-wire.ts";

/** A finished call. */
export type Call = Asked &
  Answer & {
    /** Its `x-request-id`. */
    readonly id: string;
    /** Time of sending by `performance.now`, and duration in milliseconds. */
    readonly sentAt: number;
    readonly ms: number;
  };

export type LoadOptions = {
  /** A loopback URL. */
  readonly url: string;
  /** Number of keep-alive connections, each of which makes one call after the other without pause. */
  readonly connections: number;
  /** The next call of a connection. */
  readonly next: (connection: number) => Asked;
};

export type Load = {
  /** Finished calls, in order of completion. */
  readonly calls: readonly Call[];
  /** Resolves once `count` more calls that fit have finished. @throws Error if the load ends first */
  until(count: number, fits: (call: Call) => boolean): Promise<void>;
  /** Resolves once no connection can be opened any more, or the load was stopped. */
  readonly ended: Promise<void>;
  /** Stops sending and waits for outstanding responses. */
  stop(): Promise<void>;
};

const LIMITS = { calls: 40_000, ms: 20_000 };

/** Calls without pause until it is stopped, at most until the end of the test. */
export function startLoad({ url, connections, next }: LoadOptions): Load {
  const target = new URL(url);
  const calls: Call[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<(call?: Call) => void>();
  const began = performance.now();
  let sent = 0;
  let isStopped = false;

  const open = async (): Promise<Socket | undefined> => {
    const socket = connect(Number(target.port), target.hostname).setEncoding("latin1");
    socket.on("error", () => {});
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    return Promise.race([
      once(socket, "connect").then(() => socket),
      once(socket, "close").then(() => undefined),
    ]).catch(() => undefined);
  };
  const mayGoOn = (): boolean => !isStopped && sent < LIMITS.calls && performance.now() - began < LIMITS.ms;

  const call = async (socket: Socket, asked: Asked): Promise<Call> => {
    sent += 1;
    const id = `call-${sent}`;
    const sentAt = performance.now();
    const answer = await exchange(socket, requestOf(target, id, asked));
    return { ...asked, id, ...answer, sentAt, ms: performance.now() - sentAt };
  };
  const run = async (connection: number): Promise<void> => {
    let socket: Socket | undefined;
    while (mayGoOn()) {
      socket = socket?.readable ? socket : await open();
      if (!socket) return;
      const ended = await call(socket, next(connection));
      calls.push(ended);
      for (const watch of watchers) watch(ended);
      if (ended.headers.get("connection") !== "keep-alive") {
        socket.destroy();
        socket = undefined;
      }
    }
    socket?.destroy();
  };
  const finished = Promise.all(Array.from({ length: connections }, (_, index) => run(index))).then(() => {
    for (const watch of watchers) watch();
  });
  const stop = async (): Promise<void> => {
    isStopped = true;
    await finished;
  };
  onTestFinished(() => {
    isStopped = true;
    for (const socket of sockets) socket.destroy();
  });

  return {
    calls,
    until: (count, fits) =>
      new Promise((resolve, reject) => {
        let left = count;
        const watch = (ended?: Call): void => {
          if (!ended) reject(new Error(`the load ended ${left} calls before`));
          else if (fits(ended)) left -= 1;
          if (left > 0) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
      }),
    ended: finished,
    stop,
  };
}
