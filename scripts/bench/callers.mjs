import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { adopt, within } from "./children.mjs";
import { openPeer } from "./peer.mjs";

/** @import { Server } from "./servers.mjs" */

/**
 * One way to ask the API for its health.
 * @typedef {{ call: () => Promise<void>, close: () => Promise<unknown> }} Caller
 */

const UPSTREAM_MS = 10_000;
const TOOL = { name: "lightfast_system_health", arguments: {} };
const HEALTH_PATH = "/api/v1/system/health";
const HEADERS = { authorization: "Bearer lf_bench_key", accept: "application/json", "user-agent": "bench" };

/**
 * Starts the loopback API in a process of its own, so that it does not share this one's event loop.
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export const startUpstream = async () => {
  const child = adopt(fork(fileURLToPath(new URL("./upstream.mjs", import.meta.url))));
  const [{ port }] = await within(UPSTREAM_MS, "the loopback API: start", once(child, "message"));
  return { url: `http://127.0.0.1:${port}`, close: () => child.disconnect() };
};

/**
 * undici alone, in this process. It is loaded only now, because a larger process takes longer to spawn others.
 * @param {string} origin
 * @param {number} connections
 * @returns {Promise<Caller>}
 */
export const bareCaller = async (origin, connections) => {
  const { Agent } = await import("undici");
  const agent = new Agent({ connections });
  const call = async () => {
    const answer = await agent.request({ origin, path: HEALTH_PATH, method: "GET", headers: HEADERS });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the loopback API answered ${answer.statusCode}: ${text}`);
  };
  return { call, close: () => agent.close() };
};

/**
 * The tool of an MCP server, whose API is the loopback one.
 * @param {Server} server
 * @returns {Promise<Caller>}
 */
export const toolCaller = async (server) => {
  const peer = openPeer(server);
  await peer.initialize();
  const call = async () => {
    const result = await peer.request("tools/call", TOOL);
    if (result.structuredContent?.status === "ok") return;
    throw new Error(`${server.label} answered ${JSON.stringify(result)}`);
  };
  return { call, close: peer.end };
};
