import { connect } from "node:net";

/** Ends of a chunked body (RFC 9112, section 7.1), without trailers. */
const LAST_CHUNK = "\r\n0\r\n\r\n";

/**
 * Whether `text` holds a whole answer. Only one request is on the way at a time, so nothing can follow it.
 * @param {string} text
 */
const isWhole = (text) => {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith(LAST_CHUNK) : text.length >= end + 4 + Number(length);
};

/**
 * A kept-alive connection that does as little as it can: the request is bytes made beforehand, and the answer is looked
 * at only for its end and for `marker`. So the server is what is measured, not its client.
 * @param {URL} url
 * @param {Buffer} request
 * @param {string} marker what a good answer holds
 * @param {(isGood: boolean) => void} onAnswer
 */
export const openConnection = (url, request, marker, onAnswer) => {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  let text = "";
  let isWaiting = false;

  const settle = (/** @type {boolean} */ isGood) => {
    if (!isWaiting) return;
    isWaiting = false;
    text = "";
    onAnswer(isGood);
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
};
