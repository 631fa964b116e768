import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { within } from "../lib/children.mjs";
import { median, medianIfAll } from "../lib/statistics.mjs";
import { startHelper } from "./processes.mjs";
import { CALL, MARKER, NAMES } from "./servers.mjs";
import { cpuUs, residentMiB } from "./usage.mjs";

/** @import { ChildProcess } from "node:child_process" */
/** @import { Order, Window } from "./load.mjs" */
/** @import { Running } from "./processes.mjs" */
/** @import { PerServer } from "./servers.mjs" */

/** @typedef {Window & { cpuUs: number | undefined }} Sample */
/** @typedef {{ perSecond: number, p50Ms: number, p99Ms: number, cpuUs: number | undefined, answered: number, failed: number }} Load */
/** @typedef {{ requests: number, failed: number, samplesMiB: number[] }} Memory */

const WARM_UP_MS = 300;
const SLACK_MS = 30_000;
const SETTLE_MS = 30_000;

/** Longer than any run of that many requests takes. */
const LONG_MS = 300_000;
const MEMORY_SAMPLES = 20;

function sum(/** @type {readonly number[]} */ values) {
  return values.reduce((total, value) => total + value, 0);
}

/** @param {string} url */
async function textOf(url) {
  return (await fetch(url)).text();
}

/** What the app received. @param {Running} app @returns {Promise<{ validated: number, audited: number }>} */
export async function countsOf(app) {
  return JSON.parse(await textOf(`${app.origin}/counts`));
}

/** One of our server's metrics, over all its labels. @param {Running} server @param {string} name */
async function metricOf(server, name) {
  const lines = (await textOf(`${server.origin}/metrics`)).matchAll(
    new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"),
  );
  return sum([...lines].map(([, value]) => Number(value)));
}

/** The server computes its metrics once a second at most. */
const METRICS_AGE_MS = 1000;

/** How many calls our server has served. @param {Running} server */
export async function callsOf(server) {
  await sleep(METRICS_AGE_MS);
  return metricOf(server, "mcp_tool_call_duration_seconds_count");
}

/** Waits until our server has delivered its audit events, so that no other window pays for them. @param {Running} server */
async function settle(server) {
  const end = Date.now() + SETTLE_MS;
  while (Date.now() < end && (await metricOf(server, "mcp_audit_queue_size")) > 0) await sleep(20);
}

/** The process that makes load. @param {readonly string[]} tokens */
export function startLoad(tokens) {
  const child = startHelper("load.mjs");
  return { child, load: loader(child, tokens) };
}

/** @param {ChildProcess} child @param {readonly string[]} tokens */
function loader(child, tokens) {
  /** @param {Running} server @param {Pick<Order, "warmUpMs" | "ms" | "requests">} bounds @returns {Promise<Window>} */
  return async ({ origin }, bounds) => {
    child.send({ url: `${origin}/mcp`, body: CALL, marker: MARKER, tokens, ...bounds });
    const limit = bounds.warmUpMs + bounds.ms + SLACK_MS;
    const [window] = await within(limit, "a window of load", once(child, "message"));
    return window;
  };
}

/** @typedef {ReturnType<typeof startLoad>["load"]} MakeLoad */

/** @param {MakeLoad} load @param {Running} server @param {boolean} audits @param {number} ms @returns {Promise<Sample>} */
async function sampleOf(load, server, audits, ms) {
  const { pid } = server.child;
  const before = cpuUs(pid);
  const window = await load(server, { warmUpMs: WARM_UP_MS, ms });
  if (audits) await settle(server);
  const after = cpuUs(pid);
  const spent = before === undefined || after === undefined ? undefined : after - before;
  return { ...window, cpuUs: spent && spent / window.answered };
}

/** @param {readonly Sample[]} samples @returns {Load} */
function loadOf(samples) {
  return {
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
    p50Ms: median(samples.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(samples.map(({ p99Ms }) => p99Ms)),
    cpuUs: medianIfAll(samples.map(({ cpuUs }) => cpuUs)),
    answered: sum(samples.map(({ answered }) => answered)),
    failed: sum(samples.map(({ failed }) => failed)),
  };
}

/**
 * Loads one server after the other, round by round, so that noise of the machine affects all of them.
 * @param {MakeLoad} load
 * @param {PerServer<Running>} servers
 * @param {{ rounds: number, ms: number }} options
 * @param {(text: string) => void} progress
 * @returns {Promise<PerServer<Load>>}
 */
export async function measureLoad(load, servers, { rounds, ms }, progress) {
  /** @type {PerServer<Sample[]>} */
  const samples = { raw: [], sdk: [], ours: [], oursEachTime: [] };
  // The first round is a warm-up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of NAMES) {
      progress(`load, round ${round} of ${rounds}: ${name}`);
      const sample = await sampleOf(load, servers[name], name.startsWith("ours"), ms);
      if (round > 0) samples[name].push(sample);
    }
  }
  const { raw, sdk, ours, oursEachTime } = samples;
  return { raw: loadOf(raw), sdk: loadOf(sdk), ours: loadOf(ours), oursEachTime: loadOf(oursEachTime) };
}

/**
 * Samples of our server's memory over many requests, at even distances.
 * @param {MakeLoad} load
 * @param {Running} server
 * @param {number} requests
 * @param {(text: string) => void} progress
 * @returns {Promise<Memory>}
 */
export async function measureMemory(load, server, requests, progress) {
  const samplesMiB = [residentMiB(server.child.pid)];
  const part = Math.ceil(requests / MEMORY_SAMPLES);
  let failed = 0;
  for (let sample = 1; sample <= MEMORY_SAMPLES; sample += 1) {
    progress(`memory: ${sample * part} of ${requests} requests`);
    failed += (await load(server, { warmUpMs: 0, ms: LONG_MS, requests: part })).failed;
    samplesMiB.push(residentMiB(server.child.pid));
  }
  await settle(server);
  return { requests, failed, samplesMiB: samplesMiB.filter((value) => value !== undefined) };
}
