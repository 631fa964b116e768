import { spawn } from "node:child_process";
import { once } from "node:events";
import { adopt, clientEnvironment, within } from "../lib/children.mjs";

/** @import { Server } from "./servers.mjs" */

const RESPONSE_MS = 30_000;
const EXIT_MS = 5000;
const MAX_STDERR = 2000;

const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1.0.0" },
};

/**
 * Starts a server and speaks MCP with it, with little work on this side.
 * @param {Server} server
 */
export function openPeer({ label, command: [program, ...args], env }) {
  const child = adopt(spawn(program, args, { env: { ...clientEnvironment(), ...env }, stdio: "pipe" }));
  const exited = once(child, "exit");

  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let lastId = 0;
  let rest = "";
  let stderr = "";

  const fail = (/** @type {string} */ reason) => {
    for (const { reject } of waiting.values()) reject(new Error(`${label}: ${reason}\n${stderr}`.trimEnd()));
    waiting.clear();
  };

  const receive = (/** @type {string} */ line) => {
    const { id, result, error } = JSON.parse(line);
    const request = waiting.get(id);
    waiting.delete(id);
    if (error) request?.reject(new Error(`${label} returned ${JSON.stringify(error)}`));
    else request?.resolve(result);
  };

  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(receive);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr = (stderr + chunk).slice(-MAX_STDERR);
  });
  child.stdin.on("error", () => fail("its input is closed"));
  child.once("close", (code, signal) => fail(`ended with ${signal ?? code}`));
  exited.catch((error) => fail(`could not be started: ${error.message}`));

  const notify = (/** @type {string} */ method) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method })}\n`);

  /**
   * @param {string} method
   * @param {unknown} [params]
   * @returns {Promise<any>} the result
   */
  const request = (method, params) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })}\n`);
    });

  return {
    pid: child.pid,
    request,
    initialize: async () => {
      const result = await within(RESPONSE_MS, `${label}: initialize`, request("initialize", INITIALIZE));
      notify("notifications/initialized");
      return result;
    },
    listTools: () => within(RESPONSE_MS, `${label}: tools/list`, request("tools/list")),
    /**
     * Closes the server's input.
     * @returns {Promise<number | undefined>} milliseconds until it exited; undefined if it was killed
     */
    end: async () => {
      const ended = performance.now();
      child.stdin.end();
      try {
        await within(EXIT_MS, `${label}: exit`, exited);
        return performance.now() - ended;
      } catch {
        child.kill("SIGKILL");
        return undefined;
      }
    },
  };
}
