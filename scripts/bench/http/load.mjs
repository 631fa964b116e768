// The load generator, a process of its own: one connection per token, with sequential requests.
import process from "node:process";
import { quantile } from "../lib/statistics.mjs";
import { openConnection } from "./connection.mjs";

/**
 * `requests` limits a window in addition to its time. Only responses after `warmUpMs` count.
 * @typedef {{ url: string, body: string, marker: string, tokens: string[], warmUpMs: number, ms: number, requests?: number }} Order
 * @typedef {{ answered: number, failed: number, perSecond: number, p50Ms: number, p99Ms: number }} Window
 */

/** @param {Order} order @param {string} token */
function bytesOf({ url, body }, token) {
  const { host, pathname } = new URL(url);
  return Buffer.from(
    [
      `POST ${pathname} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${token}`,
      "content-type: application/json",
      "accept: application/json, text/event-stream",
      "mcp-protocol-version: 2025-11-25",
      `content-length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

/** @param {Order} order @returns {Promise<Window>} */
function run(order) {
  return new Promise((resolve) => {
    const { tokens, warmUpMs, ms, requests = Number.POSITIVE_INFINITY } = order;
    const from = performance.now() + warmUpMs;
    const until = from + ms;
    /** @type {number[]} */
    const latencies = [];
    const tally = { answered: 0, failed: 0 };
    let sent = 0;
    let open = tokens.length;
    let last = from;

    const finish = () => {
      const seconds = (Math.min(last, until) - from) / 1000;
      const [p50Ms, p99Ms] = latencies.length > 0 ? [0.5, 0.99].map((q) => quantile(latencies, q)) : [];
      resolve({
        ...tally,
        perSecond: latencies.length / seconds,
        p50Ms: p50Ms ?? Number.NaN,
        p99Ms: p99Ms ?? Number.NaN,
      });
    };

    for (const token of tokens) {
      let started = 0;
      const next = () => {
        started = performance.now();
        if (started < until && sent < requests && connection.isOpen()) {
          sent += 1;
          connection.send();
          return;
        }
        connection.close();
        open -= 1;
        if (open === 0) finish();
      };
      const connection = openConnection(new URL(order.url), bytesOf(order, token), order.marker, (isGood) => {
        const now = performance.now();
        tally[isGood ? "answered" : "failed"] += 1;
        if (isGood && now >= from && now <= until) {
          latencies.push(now - started);
          last = now;
        }
        next();
      });
      next();
    }
  });
}

process.on("message", async (/** @type {Order} */ order) => process.send?.(await run(order)));
process.once("disconnect", () => process.exit(0));
