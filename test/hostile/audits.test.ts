/**
 * Calls with faults of the app and clients that disconnect, and a server that is killed: no audit event is lost, and none
 * is wrong. Bounded in count; loopback only. `npm run test:hostile`.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { FakeApp, Turn } from "../fakes/lightfast-app/server.ts";
import { createGate } from "../support/gate.ts";
import { type Answer, exchange, requestOf } from "../support/load-wire.ts";
import { type Act, json, resetBeforeHeaders } from "../support/scripted-server.ts";
import { callIds, type Served, served, signalsOf } from "../support/under-load.ts";

const CONNECTIONS = 32;

/** Every eighth client disconnects instead of reading its response, after up to this many milliseconds. */
const DISCONNECT_EVERY = 8;
const DISCONNECT_MS = 100;

/** A call, and its response unless its client disconnected. Its input is its id. */
type Call = { readonly id: string; readonly answer: Answer | undefined };

/** Creates a signal for each number from 0 to `count`, until `isEnough`. */
async function createSignals(
  { url, app }: Served,
  count: number,
  isEnough: (calls: readonly Call[]) => boolean = () => false,
): Promise<readonly Call[]> {
  const target = new URL(url);
  const calls: Call[] = [];
  const asked = await signalsOf(app, CONNECTIONS);
  let sent = 0;
  const open = async (): Promise<Socket | undefined> => {
    const socket = connect(Number(target.port), target.hostname).setEncoding("latin1");
    const isOpen = once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.on("error", () => {});
    return (await isOpen) ? socket : undefined;
  };
  const run = async (connection: number): Promise<void> => {
    let socket = await open();
    while (socket && sent < count && !isEnough(calls)) {
      const id = `call-${sent}`;
      const disconnects = sent % DISCONNECT_EVERY === 0;
      sent += 1;
      const request = requestOf(target, id, { ...asked(connection), args: { input: id } });
      if (disconnects) {
        socket.write(request);
        await sleep(Math.random() * DISCONNECT_MS);
        socket.destroy();
        calls.push({ id, answer: undefined });
      } else {
        calls.push({ id, answer: await exchange(socket, request) });
      }
      socket = socket.readable ? socket : await open();
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => run(connection)));
  return calls;
}

/** The audit event of each call, and how many events arrived more than once. */
function eventsByCall(app: FakeApp, log: string) {
  const ids = callIds(log);
  const events = new Map(app.audited.map((event) => [ids.get(event.metadata.requestId), event]));
  return { events, repeated: app.audited.length - events.size };
}

/** Responds as usual, after `wait`. */
function delayed(wait: () => Promise<unknown>): Turn {
  return {
    get after() {
      return wait();
    },
  };
}

const CALLS = 10_000;

test(`${CALLS} calls with faults of the app and disconnecting clients: no event is lost or wrong`, async () => {
  const server = await served();
  const { app, log, stop } = server;
  const last = () => JSON.parse(app.requests.at(-1)?.body ?? "");
  const createAndReset: Act = (_, request) => {
    const { actor, input } = last();
    app.signals.set(`signal-${input}`, { by: actor, input });
    request.socket.resetAndDestroy();
  };
  const storeAndReset: Act = (_, request) => {
    app.audited.push(last());
    request.socket.resetAndDestroy();
  };
  const usual = delayed(async () => {});
  const slow = delayed(() => sleep(DISCONNECT_MS / 2));
  const creates = (index: number): Turn => {
    if (index % 50 === 0) return resetBeforeHeaders;
    if (index % 50 === 25) return createAndReset;
    return index % 3 === 0 ? slow : usual;
  };
  app.plays("/signals", ...Array.from({ length: CALLS }, (_, index) => creates(index)));
  const faults: Turn[] = [
    ...[401, 403, 404, 409, 413, 429, 500, 503].map((status) =>
      json(status, { error: "no", message: "No." }),
    ),
    resetBeforeHeaders,
    storeAndReset,
  ];
  const audits = (index: number): Turn =>
    index % 4 === 0 ? (faults[(index / 4) % faults.length] ?? usual) : usual;
  app.plays("/audit", ...Array.from({ length: CALLS }, (_, index) => audits(index)));

  const began = performance.now();
  const calls = await createSignals(server, CALLS);
  const seconds = (performance.now() - began) / 1000;
  expect(await stop()).toBe(0);

  const created = new Set([...app.signals.values()].map(({ input }) => input));
  const { events, repeated } = eventsByCall(app, log());
  const lost = calls.filter(
    ({ id, answer }) => (created.has(id) || answer?.status === 200) && !events.has(id),
  );
  const isWrong = ({ id, answer }: Call): boolean => {
    const event = events.get(id);
    if (!event) return false;
    const isUnknown = event.metadata.error?.message.includes("the outcome is unknown") === true;
    const isSuccess = event.outcome === "success";
    return (
      (created.has(id) ? !isSuccess && !isUnknown : isSuccess) ||
      (answer?.status === 200 && isSuccess !== (answer.code === "ok"))
    );
  };
  const wrong = calls.filter(isWrong);
  const gone = calls.filter(({ answer }) => answer === undefined);
  const succeeded = gone.filter(({ id }) => events.get(id)?.outcome === "success");
  process.stdout.write(
    `Audits: ${calls.length} calls in ${seconds.toFixed(1)} s, ${gone.length} clients disconnected (${succeeded.length} of their signals ` +
      `created and audited as such), ${events.size} events (${repeated} stored twice), lost ${lost.length}, wrong ${wrong.length}\n`,
  );
  expect(calls).toHaveLength(CALLS);
  expect([lost, wrong]).toEqual([[], []]);
  expect(succeeded.length).toBeGreaterThan(100);
  expect(app.faults).toEqual([]);
}, 120_000);

const ANSWERS = 3000;

test("a server with a journal that is killed at full load loses no event", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const journal = join(folder, "audit.jsonl");
  const server = await served(["--audit-journal", journal]);
  const { app, log } = server;
  const killed = createGate();
  // Slower than the calls, so that events pile up.
  const slow = delayed(() => Promise.race([sleep(2000), killed.promise]));
  app.plays("/audit", ...Array.from({ length: 2 * ANSWERS }, () => slow));

  let answers = 0;
  let dead: Promise<void> | undefined;
  const calls = await createSignals(server, 4 * ANSWERS, (all) => {
    if (!dead) {
      answers = all.filter(({ answer }) => answer?.status === 200).length;
      if (answers >= ANSWERS) dead = server.kill();
    }
    return false;
  });
  await dead;
  killed.open();
  const delivered = app.audited.length;
  const kept = statSync(journal).size;

  const next = await served(["--audit-journal", journal, "--app-url", app.url.origin]);
  await expect.poll(() => statSync(journal).size, { timeout: 30_000, interval: 100 }).toBe(0);
  expect(await next.stop()).toBe(0);

  const { events, repeated } = eventsByCall(app, log());
  const answered = calls.filter(({ answer }) => answer?.status === 200);
  const lost = answered.filter(({ id }) => !events.has(id));
  const replayed = /"events":(\d+),"msg":"audit journal replayed"/.exec(next.log())?.[1];
  process.stdout.write(
    `Journal: killed after ${answered.length} answers with ${delivered} events delivered and ${kept} bytes in the journal; ` +
      `${replayed} replayed (${repeated} stored twice), lost ${lost.length}\n`,
  );
  expect(answered.length).toBeGreaterThanOrEqual(ANSWERS);
  expect(lost).toEqual([]);
  expect(Number(replayed)).toBeGreaterThan(ANSWERS / 2);
  expect(statSync(journal).size).toBe(0);
}, 120_000);
