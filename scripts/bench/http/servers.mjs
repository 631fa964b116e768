import { startOurs, startServer } from "./processes.mjs";
import { ISSUER, makeTokens, RESOURCE } from "./tokens.mjs";

/** @import { Running } from "./processes.mjs" */

/** @template Value @typedef {{ raw: Value, sdk: Value, ours: Value, oursEachTime: Value }} PerServer */

/** @type {readonly (keyof PerServer<unknown>)[]} */
export const NAMES = ["raw", "sdk", "ours", "oursEachTime"];

export const CONNECTIONS = 64;

/** The body of every request. */
export const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "lightfast_system_health", arguments: {} },
});

/** Text that only a successful response contains. */
export const MARKER = '"structuredContent":{"status":"ok"';

/** One response of a server. @param {string} origin @param {string} token */
async function callOnce(origin, token) {
  const answer = await fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: CALL,
  });
  const text = await answer.text();
  if (!text.includes(MARKER))
    throw new Error(`unexpected response: HTTP ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}

/**
 * Starts all servers, and the app behind ours. The others return the response that ours gave.
 * @param {string | undefined} profiles a folder for CPU profiles of our server
 */
export async function startAll(profiles) {
  const { jwks, tokens } = await makeTokens(CONNECTIONS);
  const [token = ""] = tokens;
  const app = await startServer("app.mjs", { JWKS: jwks });
  const ours = await startOurs(app.origin, 1, profiles);
  const oursEachTime = await startOurs(app.origin, 0, profiles);
  const canned = await callOnce(ours.origin, token);
  const raw = await startServer("raw-server.mjs", { CANNED: canned });
  const sdk = await startServer("sdk-server.mjs", {
    JWKS: jwks,
    ISSUER,
    AUDIENCE: RESOURCE,
    RESULT: JSON.stringify(JSON.parse(canned).result),
  });
  /** @type {PerServer<Running>} */
  const servers = { raw, sdk, ours, oursEachTime };
  for (const name of NAMES) await callOnce(servers[name].origin, token);
  return { app, servers, tokens, responseBytes: Buffer.byteLength(canned) };
}
