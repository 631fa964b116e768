import { Buffer } from "node:buffer";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { answerTo } from "./part-routes.ts";
import type { Answer } from "./responses.ts";
import type { World } from "./routes.ts";

/** A longer body counts as one that cannot be read. */
const MAX_BODY_BYTES = 1024 * 1024;

const SECURITY = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Reads to the end, so that the client gets to read the answer, but keeps no more than is allowed. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
};

/** JSON whatever the content type says. Broken, oversized and broken-off bodies are like none at all. */
const readJson = async (request: IncomingMessage): Promise<unknown> => {
  try {
    const body = await readBody(request);
    return body && JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
};

const write = (response: ServerResponse, { status, body, headers }: Answer): void => {
  if (body === undefined) {
    response.writeHead(status, { ...SECURITY, ...headers }).end();
    return;
  }
  const json = JSON.stringify(body);
  const content = { "content-type": "application/json", "content-length": Buffer.byteLength(json) };
  response.writeHead(status, { ...SECURITY, ...headers, ...content }).end(json);
};

/** An answer that is held back keeps no process alive, and is forgotten when nobody waits for it any more. */
const send = (response: ServerResponse, answer: Answer): void => {
  if (response.destroyed) return;
  if (!answer.heldMs) {
    write(response, answer);
    return;
  }
  const timer = setTimeout(() => write(response, answer), answer.heldMs);
  timer.unref();
  response.once("close", () => clearTimeout(timer));
};

/** What a `node:http` server needs to be the API. */
export const createListener =
  (world: World): RequestListener =>
  async (request, response) => {
    const answer = await answerTo(
      {
        method: request.method ?? "",
        target: request.url ?? "",
        authorization: request.headers.authorization,
        readJson: () => readJson(request),
      },
      world,
    );
    send(response, answer);
  };
