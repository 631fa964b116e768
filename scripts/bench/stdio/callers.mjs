import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { adopt, within } from "../lib/children.mjs";
import { openPeer } from "./peer.mjs";

/** @import { Server } from "./servers.mjs" */

/**
 * A client of the API's health endpoint.
 * @typedef {{ call: () => Promise<void>, close: () => Promise<unknown> }} Caller
 */

const UPSTREAM_MS = 10_000;
const TOOL = { name: "lightfast_system_health", arguments: {} };
const HEALTH_PATH = "/api/v1/system/health";
const HEADERS = { authorization: "Bearer lf_bench_key", accept: "application/json", "user-agent": "bench" };

/**
 * Starts the loopback API in a process of its own, with an event loop of its own.
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function startUpstream() {
  const child = adopt(fork(fileURLToPath(new URL("./upstream.mjs", import.meta.url))));
  const [{ port }] = await within(UPSTREAM_MS, "the loopback API: start", once(child, "message"));
  return { url: `http://127.0.0.1:${port}`, close: () => child.disconnect() };
}

/**
 * undici alone, in this process. It is loaded late, because a larger process takes longer to spawn others.
 * @param {string} origin
 * @param {number} connections
 * @returns {Promise<Caller>}
 */
export async function bareCaller(origin, connections) {
  const { Agent } = await import("undici");
  const agent = new Agent({ connections });
  const call = async () => {
    const response = await agent.request({ origin, path: HEALTH_PATH, method: "GET", headers: HEADERS });
    const text = await response.body.text();
    if (response.statusCode !== 200)
      throw new Error(`the loopback API returned ${response.statusCode}: ${text}`);
  };
  return { call, close: () => agent.close() };
}

/**
 * A tool of an MCP server that calls the loopback API.
 * @param {Server} server
 * @returns {Promise<Caller>}
 */
export async function toolCaller(server) {
  const peer = openPeer(server);
  await peer.initialize();
  const call = async () => {
    const result = await peer.request("tools/call", TOOL);
    if (result.structuredContent?.status === "ok") return;
    throw new Error(`${server.label} returned ${JSON.stringify(result)}`);
  };
  return { call, close: peer.end };
}
