import { expect, test } from "vitest";
import { get, httpClient, toolErrorOf } from "../../support/http.ts";
import { answer, endless, html, playScript } from "../../support/scripted-server.ts";

const LIMIT = 1024 * 1024;

test("an answer of exactly 1 MiB is read", async () => {
  const server = await playScript([answer(200, "x".repeat(LIMIT))]);
  expect((await get(server.url())).body).toHaveLength(LIMIT);
});

test("an answer of one byte more is refused, and not asked for again", async () => {
  const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
  const error = await toolErrorOf(get(server.url()));
  expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
  expect(error.retryable).toBe(false);
  expect(server.requests).toHaveLength(1);
});

test("an answer without an end is refused", async () => {
  const server = await playScript([endless]);
  const error = await toolErrorOf(get(server.url()));
  expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
  expect(server.requests).toHaveLength(1);
});

test("nobody is told to repeat a request whose answer is too large", async () => {
  const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
  const { hint } = await toolErrorOf(get(server.url()));
  expect(hint).not.toContain("try again");
});

test("characters that are split between packets stay whole", async () => {
  const halves = Buffer.from("é");
  const server = await playScript([
    (response) => {
      response.writeHead(200);
      response.write(halves.subarray(0, 1), () => response.end(halves.subarray(1)));
    },
  ]);
  expect((await get(server.url())).body).toBe("é");
});

test("connections are used again by later calls", async () => {
  const ports = new Set<number | undefined>();
  const server = await playScript([
    (response, { socket }) => {
      ports.add(socket.remotePort);
      response.end("{}");
    },
  ]);
  const client = httpClient();
  for (let call = 0; call < 10; call += 1) await get(server.url(), { client });
  expect(ports.size).toBeLessThan(5);
});

test.each([200, 404, 500])("an answer of HTML with status %i is an answer", async (status) => {
  const server = await playScript([html(status)]);
  const answer = await get(server.url());
  expect(answer.status).toBe(status);
  expect(answer.header("content-type")).toBe("text/html");
  expect(answer.header("x-absent")).toBeUndefined();
});

test("of a header that comes twice, the first counts", async () => {
  const server = await playScript([
    (response) => {
      response.writeHead(200, { "x-twice": ["one", "two"] }).end();
    },
  ]);
  expect((await get(server.url())).header("x-twice")).toBe("one");
});

test("an empty body is an empty text", async () => {
  const server = await playScript([(response) => void response.writeHead(204).end()]);
  expect((await get(server.url())).body).toBe("");
});
