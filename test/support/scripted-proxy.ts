import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The target of a proxy request: host and port for a tunnel, or a URL. */
export type Asked = { readonly target: string; readonly headers: IncomingHttpHeaders };

export type ScriptedProxy = {
  readonly address: string;
  readonly port: number;
  readonly asked: readonly Asked[];
};

/** Instead of a tunnel: a response with this status, or no response. */
type Refusal = number | "silence";

/** A proxy on 127.0.0.1 that opens every requested tunnel, or refuses all. */
export async function startProxy(refusal?: Refusal): Promise<ScriptedProxy> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push({ target: request.url ?? "", headers: request.headers });
    response.writeHead(501).end();
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, client: Socket) => {
    asked.push({ target: request.url ?? "", headers: request.headers });
    client.on("error", () => {});
    if (refusal === "silence") return;
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    sockets.add(target);
    target.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, port, asked };
}
