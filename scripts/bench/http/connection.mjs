import { connect } from "node:net";

/** The end of a chunked body (RFC 9112, section 7.1), without trailers. */
const LAST_CHUNK = "\r\n0\r\n\r\n";

/**
 * Whether `text` is a complete response. Only one request is in flight, so nothing can follow it.
 * @param {string} text
 */
function isWhole(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith(LAST_CHUNK) : text.length >= end + 4 + Number(length);
}

/**
 * A kept-alive connection with little work of its own: the request is prepared, and the response is only searched for
 * its end and for `marker`. So the run measures the server.
 * @param {URL} url
 * @param {Buffer} request
 * @param {string} marker text of a successful response
 * @param {(isGood: boolean) => void} onResponse
 */
export function openConnection(url, request, marker, onResponse) {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  let text = "";
  let isWaiting = false;

  const settle = (/** @type {boolean} */ isGood) => {
    if (!isWaiting) return;
    isWaiting = false;
    text = "";
    onResponse(isGood);
  };

  // One character for each byte, so that lengths can be compared.
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += chunk;
    if (isWhole(text)) settle(text.startsWith("HTTP/1.1 200") && text.includes(marker));
  });
  socket.on("error", () => {});
  socket.on("close", () => settle(false));

  return {
    send: () => {
      isWaiting = true;
      socket.write(request);
    },
    isOpen: () => !socket.destroyed,
    close: () => socket.destroy(),
  };
}
