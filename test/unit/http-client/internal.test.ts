import { expect, onTestFinished, test } from "vitest";
import { createInternalHttpClient, type InternalRequest } from "../../../src/http-client/internal.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { createGate } from "../../support/gate.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
  endless,
  hang,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../support/scripted-server.ts";

/** A poster that is closed at the end of the test. */
function poster() {
  const made = createInternalHttpClient();
  onTestFinished(() => made.close().catch(() => {}));
  return made;
}

function requestTo(url: URL, body = '{"a":"ü"}'): InternalRequest {
  return {
    url,
    body,
    headers: { authorization: "Bearer token", "content-type": "application/json" },
  };
}

async function failureOf(work: Promise<unknown>): Promise<Error & { code?: string }> {
  const outcome = await work.then(
    () => "an answer",
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected a failure, got ${String(outcome)}`);
}

test("a request arrives as it was given, and its answer comes back", async () => {
  const server = await playScript([json(201, { b: "ß" }, { "Retry-After": "7", "x-two": ["a", "b"] })]);
  const answered = await poster().post(requestTo(server.url("/path?x=1")), 1000);
  expect(answered).toMatchObject({ status: 201, body: '{"b":"ß"}' });
  expect([answered.header?.("retry-after"), answered.header?.("none")]).toEqual(["7", undefined]);
  expect(server.requests).toMatchObject([{ method: "POST", target: "/path?x=1", body: '{"a":"ü"}' }]);
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: "Bearer token",
    "content-type": "application/json",
    "content-length": "10",
  });
});

test.each([
  ["429", answer(429, "slow", { "retry-after": "0" })],
  ["500", answer(500, "broken")],
  ["503", answer(503, "busy", { "retry-after": "0" })],
  ["302", redirect(302, "/elsewhere")],
  ["307", redirect(307, "/elsewhere")],
])("an answer with status %s is an answer, and nothing is sent again", async (status, act) => {
  const server = await playScript([act, json(200, {})]);
  expect((await poster().post(requestTo(server.url()), 1000)).status).toBe(Number(status));
  expect(server.requests).toHaveLength(1);
});

test.each<[string, Act]>([
  ["breaks before its answer", resetBeforeHeaders],
  ["breaks within its answer", resetAfterHeaders],
  ["ends before its answer does", truncated],
])("a connection that %s is a failure, and nothing is sent again", async (_, act) => {
  const server = await playScript([act, json(200, {})]);
  expect((await failureOf(poster().post(requestTo(server.url()), 2000))).name).not.toBe("DeadlineExceeded");
  expect(server.requests).toHaveLength(1);
});

test("a server that is not there is a failure that says so", async () => {
  const url = new URL(`http://127.0.0.1:${await closedPort()}`);
  expect((await failureOf(poster().post(requestTo(url), 2000))).code).toBe("ECONNREFUSED");
});

test.each([
  ["an answer that never begins", hang],
  ["an answer that never ends", drip],
])("the time that is given ends %s", async (_, act) => {
  const server = await playScript([act]);
  const start = performance.now();
  const failure = await failureOf(poster().post(requestTo(server.url()), 200));
  expect(failure).toBeInstanceOf(DeadlineExceeded);
  expect(failure.message).toBe("no result within 200 ms");
  expect(performance.now() - start).toBeLessThan(1000);
  expect(server.requests).toHaveLength(1);
});

test("a client's cancellation ends a request", async () => {
  const server = await playScript([hang]);
  const cancel = new AbortController();
  const work = failureOf(poster().post(requestTo(server.url()), 2000, cancel.signal));
  await server.arrived(1);
  cancel.abort(new Error("the client went away"));
  expect((await work).message).toBe("the client went away");
});

test("nothing is sent for a client that has cancelled already", async () => {
  const server = await playScript([json(200, {})]);
  const reason = new Error("gone");
  const failure = await failureOf(poster().post(requestTo(server.url()), 2000, AbortSignal.abort(reason)));
  expect(failure).toBe(reason);
  expect(server.requests).toHaveLength(0);
});

test("an answer of 1 MiB is read, a longer one is a failure", async () => {
  const server = await playScript([
    answer(200, "x".repeat(1024 * 1024)),
    answer(200, "x".repeat(1024 * 1024 + 1)),
    endless,
  ]);
  const { post } = poster();
  expect((await post(requestTo(server.url()), 2000)).body).toHaveLength(1024 * 1024);
  for (const kind of ["longer", "endless"]) {
    const failure = await failureOf(post(requestTo(server.url()), 2000));
    expect([kind, failure.code]).toEqual([kind, "UND_ERR_RES_EXCEEDED_MAX_SIZE"]);
  }
});

test("requests that follow each other share connections", async () => {
  const ports = new Set<number | undefined>();
  const server = await playScript([
    (response, request) => {
      ports.add(request.socket.remotePort);
      json(200, {})(response, request);
    },
  ]);
  const { post } = poster();
  for (let at = 0; at < 20; at += 1) await post(requestTo(server.url()), 2000);
  // The first is not yet free again when the second request comes, in the moment after its answer.
  expect(ports.size).toBeLessThanOrEqual(2);
});

test("64 requests are under way at once, and more wait for their turn", async () => {
  const gate = createGate();
  const sockets = new Set<unknown>();
  const server = await playScript([
    (response, request) => {
      sockets.add(request.socket);
      void gate.promise.then(() => json(200, {})(response, request));
    },
  ]);
  const { post } = poster();
  const work = Promise.all(Array.from({ length: 100 }, () => post(requestTo(server.url()), 4000)));
  await server.arrived(64);
  // Whatever would be sent beyond the limit has arrived before this one on a connection of its own.
  await poster()
    .post(requestTo(server.url("/probe")), 100)
    .catch(() => {});
  expect(server.requests.filter(({ target }) => target === "/")).toHaveLength(64);
  gate.open();
  expect((await work).every(({ status }) => status === 200)).toBe(true);
  expect(server.requests.filter(({ target }) => target === "/")).toHaveLength(100);
  expect(sockets.size).toBeLessThanOrEqual(65);
});

test("a request whose time ends while it waits for a connection is never sent", async () => {
  const gate = createGate();
  const server = await playScript([
    (response, request) => void gate.promise.then(() => json(200, {})(response, request)),
  ]);
  const { post } = poster();
  const first = Promise.all(Array.from({ length: 64 }, () => post(requestTo(server.url()), 4000)));
  await server.arrived(64);
  expect(await failureOf(post(requestTo(server.url("/late")), 50))).toBeInstanceOf(DeadlineExceeded);
  gate.open();
  await first;
  await post(requestTo(server.url("/next")), 2000);
  expect(server.requests.map(({ target }) => target)).not.toContain("/late");
});

test("closing breaks off what is under way, and nothing is sent afterwards", async () => {
  const server = await playScript([hang]);
  const { post, close } = poster();
  const work = failureOf(post(requestTo(server.url()), 4000));
  await server.arrived(1);
  await close();
  expect(await work).toBeInstanceOf(Error);
  expect(await failureOf(post(requestTo(server.url()), 1000))).toBeInstanceOf(Error);
  expect(server.requests).toHaveLength(1);
});
