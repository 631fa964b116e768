import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The body is longer than allowed; the rest of it was not read. */
export const TOO_LONG = Symbol("too long");
/** The body is not UTF-8, as JSON between systems must be (RFC 8259, section 8.1). */
export const NOT_UTF8 = Symbol("not UTF-8");

/** Reads a request's body: its text, or why there is none. @throws Error where the client goes away before its end */
export const readBody = (request: IncomingMessage): Promise<string | typeof TOO_LONG | typeof NOT_UTF8> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) return resolve(TOO_LONG);
    const parts: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) parts.push(chunk);
      else {
        request.pause();
        resolve(TOO_LONG);
      }
    });
    request.on("end", () => {
      // Most bodies come in one piece, which need not be copied.
      const [first = Buffer.alloc(0)] = parts;
      const whole = parts.length > 1 ? Buffer.concat(parts) : first;
      resolve(isUtf8(whole) ? whole.toString("utf8") : NOT_UTF8);
    });
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(new Error("the client went away"));
    });
  });
