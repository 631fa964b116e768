import { WireError } from "./wire-error.ts";

/** Where a request goes: its server, and what all requests to the same address begin with. */
export type Target = {
  /** The address as it was when this was made. */
  readonly href: string;
  readonly origin: string;
  /** The request line and the headers that every request has. */
  readonly head: string;
};

const targets = new WeakMap<URL, Target>();

/** @throws WireError `REQUEST_MALFORMED` where it is no address of an HTTP server */
export const targetOf = (url: URL): Target => {
  const known = targets.get(url);
  const { href } = url;
  if (known?.href === href) return known;
  const { protocol, origin, host, pathname, search } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    throw new WireError("REQUEST_MALFORMED", `${protocol} is no way to an HTTP server`);
  }
  const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  const target = { href, origin, head };
  targets.set(url, target);
  return target;
};

/** A field name (RFC 9110, section 5.1), in lower case, as all of ours are. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** What says how long a message is and what becomes of its connection is not the sender's to say. */
const OURS = new Set([
  "host",
  "connection",
  "keep-alive",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "expect",
]);

/** What no field value may hold (RFC 9110, section 5.5); a line end in it would begin a header of its own. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** The last good value of each name: our senders have few names, and most of their values are constant for a while. */
const lastValues = new Map<string, string>();
const MAX_NAMES = 100;

const check = (name: string, value: string): void => {
  if (!NAME.test(name) || OURS.has(name)) {
    throw new WireError("REQUEST_MALFORMED", `${JSON.stringify(name)} cannot be sent as a header`);
  }
  if (NOT_IN_VALUE.test(value)) {
    throw new WireError("REQUEST_MALFORMED", `the value of ${name} has characters that no header may have`);
  }
  if (lastValues.size < MAX_NAMES || lastValues.has(name)) lastValues.set(name, value);
};

/**
 * A whole POST as it goes over the wire (RFC 9112, section 2.1): a text of which each character is one byte (latin1),
 * which is what a socket writes fastest, or bytes where the body has characters beyond ASCII.
 * @param headers with names in lower case
 * @throws WireError `REQUEST_MALFORMED` where a header is none, or says what this client has to say
 */
export const wireRequest = (
  target: Target,
  headers: Readonly<Record<string, string>>,
  body: string,
): string | Buffer => {
  let head = target.head;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (lastValues.get(name) !== value) check(name, value);
    head += `${name}: ${value}\r\n`;
  }
  const length = Buffer.byteLength(body);
  head += `content-length: ${length}\r\n\r\n`;
  if (length === body.length) return head + body;
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
};
