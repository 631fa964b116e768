import { once } from "node:events";
import process from "node:process";

/** @import { Server as HttpServer } from "node:http" */
/** @import { AddressInfo, Server } from "node:net" */

/**
 * Listens on a free port of 127.0.0.1, sends the port to the parent process, and ends with it.
 * @param {Server | HttpServer} server
 */
export async function serve(server) {
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = 65_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.once("disconnect", () => process.exit(0));
  process.send?.({ port: /** @type {AddressInfo} */ (server.address()).port });
}
