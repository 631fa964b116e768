import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What the server does with one whole request: `nth` counts those of all connections, from 0. */
export type Say = (socket: Socket, nth: number, request: string) => void;

export type ByteServer = {
  readonly url: URL;
  /** Every connection so far. */
  readonly sockets: readonly Socket[];
  /** Every request so far, with the place of its connection in `sockets`. */
  readonly requests: readonly { readonly text: string; readonly socket: number }[];
};

/** Where the first POST of `text` ends; undefined where it is not whole. */
const endOf = (text: string): number | undefined => {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const end = head + 4 + Number(/\r\ncontent-length: (\d+)/.exec(text)?.[1]);
  return text.length < end ? undefined : end;
};

/** A server on a free port of 127.0.0.1 that speaks in bytes, as wrongly as a test wants it to. */
export const playBytes = async (say: Say): Promise<ByteServer> => {
  const sockets: Socket[] = [];
  const requests: { text: string; socket: number }[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const place = sockets.push(socket) - 1;
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (piece: string) => {
      text += piece;
      for (let end = endOf(text); end !== undefined; end = endOf(text)) {
        requests.push({ text: text.slice(0, end), socket: place });
        text = text.slice(end);
        say(socket, requests.length - 1, requests.at(-1)?.text ?? "");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), sockets, requests };
};

/** A whole answer that leaves the connection open, with more headers where they are given. */
export const ok = (body = "{}", ...headers: string[]): string =>
  [`HTTP/1.1 200 OK`, ...headers, `content-length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
