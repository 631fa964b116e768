import { expect, onTestFinished, test } from "vitest";
import { createInternalHttpClient, type InternalRequest } from "../../../src/http-client/internal.ts";
import { reportReachability } from "../../../src/http-client/reachability.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { createLogger } from "../../../src/shared/logger.ts";
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

/** A client that is closed at the end of the test. */
function createClient(log = createLogger("silent", () => {})) {
  const client = createInternalHttpClient(log);
  onTestFinished(() => client.close().catch(() => {}));
  return client;
}

function requestTo(url: URL, body = '{"a":"ü"}'): InternalRequest {
  return {
    url,
    body,
    headers: { authorization: "Bearer token", "content-type": "application/json" },
  };
}

async function errorOf(work: Promise<unknown>): Promise<Error & { code?: string }> {
  const outcome = await work.then(
    () => "a response",
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected an error, got ${String(outcome)}`);
}

test("a request is sent as given, and its response returned", async () => {
  const server = await playScript([json(201, { b: "ß" }, { "Retry-After": "7", "x-two": ["a", "b"] })]);
  const response = await createClient().post(requestTo(server.url("/path?x=1")), 1000);
  expect(response).toMatchObject({ status: 201, body: '{"b":"ß"}' });
  expect([response.header("retry-after"), response.header("none")]).toEqual(["7", undefined]);
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
])("status %s is returned, and nothing is sent again", async (status, act) => {
  const server = await playScript([act, json(200, {})]);
  expect((await createClient().post(requestTo(server.url()), 1000)).status).toBe(Number(status));
  expect(server.requests).toHaveLength(1);
});

test.each<[string, Act]>([
  ["closes before the response", resetBeforeHeaders],
  ["closes within the response", resetAfterHeaders],
  ["truncates the response", truncated],
])("a connection that %s is an error, and nothing is sent again", async (_, act) => {
  const server = await playScript([act, json(200, {})]);
  expect((await errorOf(createClient().post(requestTo(server.url()), 2000))).name).not.toBe(
    "DeadlineExceeded",
  );
  expect(server.requests).toHaveLength(1);
});

/** Responds, and closes the connection without an announcement. */
const respondAndClose: Act = (response, request) => {
  json(200, {})(response, request);
  setImmediate(() => request.socket.destroy());
};

test("writes fail on no connection that the server has closed, and each arrives once", async () => {
  const server = await playScript([respondAndClose]);
  const { post } = createClient();
  for (let sent = 0; sent < 300; sent += 10) {
    const work = Array.from({ length: 10 }, () =>
      post({ ...requestTo(server.url()), write: { sent: false } }, 2000),
    );
    for (const { status } of await Promise.all(work)) expect(status).toBe(200);
  }
  expect(server.requests).toHaveLength(300);
  expect(server.requests[0]?.headers.connection).toBe("close");
});

test("a read is sent once more if the server closes the connection without a response", async () => {
  const server = await playScript([resetBeforeHeaders, json(200, {})]);
  const request = { ...requestTo(server.url()), safe: true };
  expect((await createClient().post(request, 2000)).status).toBe(200);
  expect(server.requests).toHaveLength(2);
});

test.each<[string, Act]>([
  ["every connection is closed", resetBeforeHeaders],
  ["a response breaks off", truncated],
])("a read is sent at most twice: %s", async (_, act) => {
  const server = await playScript([act]);
  await errorOf(createClient().post({ ...requestTo(server.url()), safe: true }, 2000));
  expect(server.requests).toHaveLength(act === truncated ? 1 : 2);
});

test("the progress of a write says whether it was sent", async () => {
  const server = await playScript([resetBeforeHeaders, hang]);
  const { post } = createClient();
  const [reset, hanging, refused, aborted] = Array.from({ length: 4 }, () => ({ sent: false }));
  await errorOf(post({ ...requestTo(server.url()), write: reset }, 2000));
  await errorOf(post({ ...requestTo(server.url()), write: hanging }, 200));
  const down = new URL(`http://127.0.0.1:${await closedPort()}`);
  await errorOf(post({ ...requestTo(down), write: refused }, 2000));
  await errorOf(
    post({ ...requestTo(server.url()), write: aborted }, 2000, AbortSignal.abort(new Error("x"))),
  );
  expect([reset, hanging, refused, aborted].map((progress) => progress?.sent)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("a refused connection is an error with its code", async () => {
  const url = new URL(`http://127.0.0.1:${await closedPort()}`);
  expect((await errorOf(createClient().post(requestTo(url), 2000))).code).toBe("ECONNREFUSED");
});

test.each([
  ["a response that never begins", hang],
  ["a response that never ends", drip],
])("the timeout ends %s", async (_, act) => {
  const server = await playScript([act]);
  const start = performance.now();
  const error = await errorOf(createClient().post(requestTo(server.url()), 200));
  expect(error).toBeInstanceOf(DeadlineExceeded);
  expect(error.message).toBe("no result within 200 ms");
  expect(performance.now() - start).toBeLessThan(2000);
  expect(server.requests).toHaveLength(1);
});

test("the signal ends a request", async () => {
  const server = await playScript([hang]);
  const cancel = new AbortController();
  const work = errorOf(createClient().post(requestTo(server.url()), 2000, cancel.signal));
  await server.arrived(1);
  cancel.abort(new Error("cancelled"));
  expect((await work).message).toBe("cancelled");
});

test("nothing is sent after the signal", async () => {
  const server = await playScript([json(200, {})]);
  const reason = new Error("gone");
  const error = await errorOf(createClient().post(requestTo(server.url()), 2000, AbortSignal.abort(reason)));
  expect(error).toBe(reason);
  expect(server.requests).toHaveLength(0);
});

test("a response of 1 MiB is read, a larger one is an error", async () => {
  const server = await playScript([
    answer(200, "x".repeat(1024 * 1024)),
    answer(200, "x".repeat(1024 * 1024 + 1)),
    endless,
  ]);
  const { post } = createClient();
  expect((await post(requestTo(server.url()), 2000)).body).toHaveLength(1024 * 1024);
  for (const kind of ["longer", "endless"]) {
    const error = await errorOf(post(requestTo(server.url()), 2000));
    expect([kind, error.code]).toEqual([kind, "UND_ERR_RES_EXCEEDED_MAX_SIZE"]);
  }
});

test("sequential requests share connections", async () => {
  const ports = new Set<number | undefined>();
  const server = await playScript([
    (response, request) => {
      ports.add(request.socket.remotePort);
      json(200, {})(response, request);
    },
  ]);
  const { post } = createClient();
  for (let at = 0; at < 20; at += 1) await post(requestTo(server.url()), 2000);
  // The first connection is not free again until the tick after its response.
  expect(ports.size).toBeLessThanOrEqual(2);
});

test("64 requests run concurrently, and more wait", async () => {
  const gate = createGate();
  const sockets = new Set<unknown>();
  const server = await playScript([
    (response, request) => {
      sockets.add(request.socket);
      void gate.promise.then(() => json(200, {})(response, request));
    },
  ]);
  const { post } = createClient();
  const work = Promise.all(Array.from({ length: 100 }, () => post(requestTo(server.url()), 4000)));
  await server.arrived(64);
  // A request beyond the limit would arrive before this one, which has its own connection.
  await createClient()
    .post(requestTo(server.url("/probe")), 100)
    .catch(() => {});
  expect(server.requests.filter(({ target }) => target === "/")).toHaveLength(64);
  gate.open();
  expect((await work).every(({ status }) => status === 200)).toBe(true);
  expect(server.requests.filter(({ target }) => target === "/")).toHaveLength(100);
  expect(sockets.size).toBeLessThanOrEqual(65);
});

test("a request that times out while it waits for a connection is never sent", async () => {
  const gate = createGate();
  const server = await playScript([
    (response, request) => void gate.promise.then(() => json(200, {})(response, request)),
  ]);
  const { post } = createClient();
  const first = Promise.all(Array.from({ length: 64 }, () => post(requestTo(server.url()), 4000)));
  await server.arrived(64);
  expect(await errorOf(post(requestTo(server.url("/late")), 50))).toBeInstanceOf(DeadlineExceeded);
  gate.open();
  await first;
  await post(requestTo(server.url("/next")), 2000);
  expect(server.requests.map(({ target }) => target)).not.toContain("/late");
});

test("close() aborts requests, and nothing is sent afterwards", async () => {
  const server = await playScript([hang]);
  const { post, close } = createClient();
  const work = errorOf(post(requestTo(server.url()), 4000));
  await server.arrived(1);
  await close();
  expect(await work).toBeInstanceOf(Error);
  expect(await errorOf(post(requestTo(server.url()), 1000))).toBeInstanceOf(Error);
  expect(server.requests).toHaveLength(1);
});

test("the token of the request is redacted in its response", async () => {
  const echo: Act = (response, request) => json(200, request.headers.authorization)(response, request);
  const server = await playScript([echo]);
  const response = await createClient().post(requestTo(server.url()), 1000);
  expect(response.body).toBe('"Bearer [redacted]"');
});

test("an unreachable server is logged once, and when it can be reached again", async () => {
  const lines: string[] = [];
  const log = createLogger("info", (line) => lines.push(line));
  reportReachability(log);
  const client = createClient(log);
  const server = await playScript([resetBeforeHeaders, resetBeforeHeaders, json(503, {}), json(200, {})]);
  const url = server.url("/");
  for (let count = 0; count < 2; count += 1)
    await errorOf(client.post({ ...requestTo(url), write: { sent: false } }, 5000));
  for (let count = 0; count < 2; count += 1) await client.post(requestTo(url), 5000);
  expect(lines).toEqual([
    expect.stringMatching(`^error: upstream unreachable origin="${url.origin}" reason="[A-Z_]+" failures=1$`),
    expect.stringMatching(`^info: upstream reachable again origin="${url.origin}" failures=1 seconds=\\d+$`),
  ]);
});

test("neither a canceled request, nor one that is sent again, nor one ended by close() makes a server unreachable", async () => {
  const lines: string[] = [];
  const log = createLogger("info", (line) => lines.push(line));
  reportReachability(log);
  const [client, other] = [createClient(log), createClient(log)];
  const server = await playScript([json(200, {}), resetBeforeHeaders, json(200, {}), hang, hang]);
  const url = server.url("/");
  for (let count = 0; count < 2; count += 1) await client.post({ ...requestTo(url), safe: true }, 5000);
  const cancel = new AbortController();
  const canceled = errorOf(client.post(requestTo(url), 5000, cancel.signal));
  await server.arrived(4);
  cancel.abort(new Error("bored"));
  await canceled;
  const closed = errorOf(other.post(requestTo(url), 5000));
  await server.arrived(5);
  await other.close();
  await closed;
  expect(lines).toEqual([]);
});
