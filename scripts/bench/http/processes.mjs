import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { adopt, clientEnvironment, within } from "../lib/children.mjs";
import { ISSUER, RESOURCE } from "./tokens.mjs";

/** @import { ChildProcess } from "node:child_process" */
/** @import { AddressInfo } from "node:net" */
/** @typedef {{ origin: string, child: ChildProcess }} Running */

const START_MS = 20_000;
const END_MS = 25_000;
const SECRET = "the secret that app and server share";
const PROGRAM = fileURLToPath(new URL("../../../bin/lightfast-mcp.js", import.meta.url));

/**
 * Starts a script of this folder that talks to this process.
 * @param {string} name
 * @param {Record<string, string>} [env]
 */
export function startHelper(name, env = {}) {
  return adopt(
    fork(fileURLToPath(new URL(name, import.meta.url)), {
      env: { ...clientEnvironment(), ...env },
      execArgv: [],
    }),
  );
}

/**
 * Starts a server of this folder.
 * @param {string} name
 * @param {Record<string, string>} env
 * @returns {Promise<Running>}
 */
export async function startServer(name, env) {
  const child = startHelper(name, env);
  const [{ port }] = await within(START_MS, `the start of ${name}`, once(child, "message"));
  return { origin: `http://127.0.0.1:${port}`, child };
}

/** A port that was free a moment ago: with its log at `warn` our server does not report its port. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @param {string} origin @param {ChildProcess} child @param {readonly string[]} lines */
async function untilReady(origin, child, lines) {
  while (child.exitCode === null) {
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`lightfast-mcp http ended: ${lines.join(" ")}`);
}

/**
 * Starts our server.
 * @param {string} appOrigin
 * @param {number} grantCache seconds
 * @param {string | undefined} profiles a folder for a CPU profile
 * @returns {Promise<Running>}
 */
export async function startOurs(appOrigin, grantCache, profiles) {
  const settings = {
    port: await freePort(),
    issuer: ISSUER,
    "resource-url": RESOURCE,
    "app-url": appOrigin,
    "jwks-url": `${appOrigin}/jwks`,
    "grant-cache": grantCache,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const profiling = profiles ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : [];
  const child = adopt(
    spawn(process.execPath, [...profiling, PROGRAM, "http", ...flags], {
      env: { ...clientEnvironment(), SERVICE_JWT_SECRET: SECRET, LIGHTFAST_LOG_LEVEL: "warn" },
      stdio: ["ignore", "ignore", "pipe"],
    }),
  );
  /** @type {string[]} */
  const lines = [];
  createInterface({ input: child.stderr }).on("line", (line) => void (lines.length < 5 && lines.push(line)));
  const origin = `http://127.0.0.1:${settings.port}`;
  await within(START_MS, "the start of lightfast-mcp http", untilReady(origin, child, lines));
  return { origin, child };
}

/** Stops a server as an operator does. @param {Running} running */
export async function endOrderly({ child }) {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await within(END_MS, "the end of lightfast-mcp http", once(child, "close"));
}
