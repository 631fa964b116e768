// A fake of the Lightfast REST API on loopback, in a process of its own. It sends its port to its parent process, and
// ends with it.
import { createServer } from "node:http";
import process from "node:process";

const NOW = "2026-01-01T00:00:00.000Z";
const SIGNAL = /^\/api\/v1\/signals\/(signal_[0-9a-f-]{36})$/;

function health() {
  return { status: "ok", timestamp: NOW, version: "0.1.0" };
}

function signal(/** @type {string} */ id) {
  return {
    id,
    input: "Ada asked for an invoice",
    status: "queued",
    classification: null,
    entityLinks: [],
    visibilityScope: "user",
    createdAt: NOW,
    updatedAt: NOW,
  };
}

/** @returns {[status: number, body: unknown]} */
function respondTo(/** @type {string} */ method, /** @type {string} */ url) {
  const id = SIGNAL.exec(url)?.[1];
  if (method === "GET" && url === "/api/v1/system/health") return [200, health()];
  if (method === "GET" && id) return [200, signal(id)];
  return [404, { error: "not_found", message: "No such route" }];
}

const server = createServer((request, response) => {
  const [status, body] = respondTo(request.method ?? "", request.url ?? "");
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});
// Longer than the pause between two blocks of calls, so that connections stay open.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.once("disconnect", () => process.exit());
