import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openPeer } from "./peer.mjs";

/**
 * A program that serves MCP on stdin and stdout.
 * @typedef {object} Server
 * @property {string} label
 * @property {readonly [program: string, ...args: string[]]} command
 * @property {Record<string, string>} env variables beyond those that every client passes on
 */

/** The environment of each real server: a key, and the address of the API if it is called. */
function settings(/** @type {string | undefined} */ baseUrl) {
  return {
    LIGHTFAST_API_KEY: "lf_bench_key",
    ...(baseUrl ? { LIGHTFAST_BASE_URL: baseUrl } : {}),
  };
}

/**
 * The server of this package, as built.
 * @param {string} [baseUrl]
 * @returns {Server}
 */
export function ourServer(baseUrl) {
  return {
    label: "lightfast-mcp",
    command: [process.execPath, fileURLToPath(new URL("../../../bin/lightfast-mcp.js", import.meta.url))],
    env: settings(baseUrl),
  };
}

/**
 * The same tools on the SDK's `McpServer`.
 * @param {string} [baseUrl]
 * @returns {Server}
 */
export function sdkServer(baseUrl) {
  return {
    label: "SDK McpServer",
    command: [process.execPath, fileURLToPath(new URL("./sdk-server.mjs", import.meta.url))],
    env: settings(baseUrl),
  };
}

/**
 * Writes a copy of the floor that contains our server's results.
 * @param {string} folder the folder of the copy
 * @returns {Promise<Server>}
 */
export async function floorServer(folder) {
  const peer = openPeer(ourServer());
  const initialize = await peer.initialize();
  const tools = await peer.listTools();
  await peer.end();

  const template = readFileSync(new URL("./floor.mjs", import.meta.url), "utf8");
  const source = [
    ["INITIALIZE", initialize],
    ["TOOLS", tools],
  ].reduce((text, [name, result]) => {
    const line = `const ${name} = "{}";`;
    if (!text.includes(line)) throw new Error(`floor.mjs lacks the line ${line}`);
    return text.replace(line, () => `const ${name} = ${JSON.stringify(JSON.stringify(result))};`);
  }, template);

  const file = join(folder, "floor.mjs");
  writeFileSync(file, source);
  return { label: "floor", command: [process.execPath, file], env: {} };
}
