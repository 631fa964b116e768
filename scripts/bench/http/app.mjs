// A fake of the Lightfast app and its authorization server: public keys, active grants, accepted audit events. It reads
// only the path and the length of a request, because it shares a processor with the load generator.
import { createServer } from "node:net";
import process from "node:process";
import { serve } from "./serve.mjs";

const counts = { validated: 0, audited: 0 };

/** @type {Readonly<Record<string, () => string>>} */
const BODIES = {
  "/jwks": () => process.env.JWKS ?? "{}",
  "/counts": () => JSON.stringify(counts),
  "/api/internal/mcp/auth/validate": () => {
    counts.validated += 1;
    return '{"active":true}';
  },
  "/api/internal/mcp/audit": () => {
    counts.audited += 1;
    return '{"success":true}';
  },
};

function respondTo(/** @type {string} */ path) {
  const body = BODIES[path]?.();
  const status = body === undefined ? "404 Not Found" : "200 OK";
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body?.length ?? 0}\r\n\r\n${body ?? ""}`;
}

/** The end of the first request in `text`; undefined if it is incomplete. One character is one byte. */
function endOf(/** @type {string} */ text) {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length < head + 4 + length ? undefined : head + 4 + length;
}

await serve(
  createServer({ noDelay: true }, (socket) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk;
      for (let end = endOf(text); end !== undefined; end = endOf(text)) {
        const [, path = ""] = text.split(" ", 2);
        text = text.slice(end);
        socket.write(respondTo(path));
      }
    });
  }),
);
