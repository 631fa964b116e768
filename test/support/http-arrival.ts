import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type ClientSocket, headOf, openSocket } from "./client-socket.ts";

/** A request on the server's side, with both ends of its connection. */
export type Arrival = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: ClientSocket;
};

/** Sends one request to a new server, which leaves it unread and unanswered. */
export async function arrive(lines: readonly string[], body: string | Buffer = ""): Promise<Arrival> {
  const server = createServer({ requireHostHeader: false }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const client = await openSocket((server.address() as AddressInfo).port);
  const arrived = once(server, "request");
  client.send(headOf(...lines));
  client.send(body);
  const [request, response] = (await arrived) as [IncomingMessage, ServerResponse];
  return { request, response, client };
}
