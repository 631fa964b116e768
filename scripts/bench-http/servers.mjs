import { startOurs, startServer } from "./processes.mjs";
import { ISSUER, makeTokens, RESOURCE } from "./tokens.mjs";

/** @import { Running } from "./processes.mjs" */

/** @template Value @typedef {{ raw: Value, sdk: Value, ours: Value, oursEachTime: Value }} PerServer */

/** @type {readonly (keyof PerServer<unknown>)[]} */
export const NAMES = ["raw", "sdk", "ours", "oursEachTime"];

export const CONNECTIONS = 64;

/** What every request says. */
export const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "lightfast_system_health", arguments: {} },
});

/** What is in every good answer and in no other. */
export const MARKER = '"structuredContent":{"status":"ok"';

/** One answer of a server. @param {string} origin @param {string} token */
const callOnce = async (origin, token) => {
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
  if (!text.includes(MARKER)) throw new Error(`an answer of HTTP ${answer.status}: ${text.slice(0, 300)}`);
  return text;
};

/**
 * All servers, and the app behind ours. The others answer what ours answered.
 * @param {string | undefined} profiles a folder for CPU profiles of ours
 */
export const startAll = async (profiles) => {
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
  return { app, servers, tokens, answerBytes: Buffer.byteLength(canned) };
};
