import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createNetServer,
  type Server,
  type Socket,
} from "node:net";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type Act, playScript, type ScriptedServer } from "./scripted-server.ts";

function file(name: string): string {
  return fileURLToPath(new URL(`tls/${name}`, import.meta.url));
}

/** The self-signed certificate of `playTls`. */
export const CERTIFICATE = file("server.crt");

/** Listens on a free port of 127.0.0.1, and closes all connections at the end of the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An https server. Later requests repeat the last act of the script. */
export function playTls(script: readonly Act[]): Promise<ScriptedServer> {
  return playScript(script, 0, { key: readFileSync(file("server.key")), cert: readFileSync(CERTIFICATE) });
}

/** Accepts connections and never sends a byte. */
export async function playSilence(): Promise<string> {
  return `https://127.0.0.1:${await listen(createNetServer())}`;
}

/**
 * A proxy that opens a tunnel to the requested target (RFC 9110, section 9.3.6), or refuses with a status.
 * @param end the loopback port that every tunnel leads to; default: the requested target
 */
export async function playTunnel(
  onConnect: (target: string) => void,
  refusal?: number,
  end?: number,
): Promise<string> {
  const server = createHttpServer();
  server.on("connect", (request, client, head) => {
    const target = request.url ?? "";
    onConnect(target);
    if (refusal) {
      client.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const [host = "", port] = target.split(":");
    const upstream = connect(end ?? Number(port), end ? "127.0.0.1" : host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  return `http://127.0.0.1:${await listen(server)}`;
}
