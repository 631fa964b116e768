// Stands in for the Lightfast app and its authorization server: the public keys, grants that are alive, audit events
// accepted. It looks at nothing, so that it takes as little as it can of the processors that are measured.
import { createServer } from "node:http";
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

await serve(
  createServer((request, response) => {
    request.resume().once("end", () => {
      const body = ANSWERS[request.url ?? ""]?.();
      const headers = { "content-type": "application/json", "content-length": body?.length ?? 0 };
      response.writeHead(body === undefined ? 404 : 200, headers).end(body);
    });
  }),
);
