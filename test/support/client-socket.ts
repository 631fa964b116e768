import { once } from "node:events";
import { connect } from "node:net";
import { onTestFinished } from "vitest";

/** A client that sends raw bytes. It is destroyed at the end of the test. */
export type ClientSocket = {
  send(bytes: string | Buffer): void;
  /** Everything received so far, once it matches `pattern`. @throws Error if the server closes first */
  until(pattern: RegExp): Promise<string>;
  /** Everything received, once the server has closed. */
  closed(): Promise<string>;
  /** Disconnects without closing properly. */
  leave(): void;
};

export async function openSocket(port: number, host = "127.0.0.1"): Promise<ClientSocket> {
  const socket = connect(port, host).setEncoding("latin1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  const gone = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(received)) return;
        socket.off("data", look);
        resolve(received);
      };
      socket.on("data", look);
      look();
      void gone.then(() => reject(new Error(`closed after ${JSON.stringify(received)}`)));
    });
  return {
    send: (bytes) => void socket.write(bytes),
    until,
    closed: async () => {
      await gone;
      return received;
    },
    leave: () => void socket.destroy(),
  };
}

/** Serializes the start line and headers of a request. */
export function headOf(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The status of the last response in what a server sent. */
export function statusIn(received: string): number {
  return Number([...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].at(-1)?.[1]);
}
