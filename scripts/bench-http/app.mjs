// Stands in for the Lightfast app and its authorization server: the public keys, grants that are alive, audit events
// accepted. It looks at no more than where a request goes and where it ends, so that it takes as little as it can of
// the processor that the load comes from.
import { createServer } from "node:net";
import process from "node:process";
import { serve } from "./serve.mjs";

const counts = { validated: 0, audited: 0 };

/** @type {Readonly<Record<string, () => string>>} */
const ANSWERS = {
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

const answerTo = (/** @type {string} */ path) => {
  const body = ANSWERS[path]?.();
  const status = body === undefined ? "404 Not Found" : "200 OK";
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body?.length ?? 0}\r\n\r\n${body ?? ""}`;
};

/** Where the first request of `text` ends; undefined where it is not whole. One character stands for each byte. */
const endOf = (/** @type {string} */ text) => {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length < head + 4 + length ? undefined : head + 4 + length;
};

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
        socket.write(answerTo(path));
      }
    });
  }),
);
