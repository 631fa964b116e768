import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { get, httpClient, post, toolErrorOf } from "../../support/http.ts";
import { json, playScript } from "../../support/scripted-server.ts";

/** Takes connections and breaks each at once; tells how many there were. */
const breakConnections = async () => {
  const server = createServer();
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    socket.on("error", () => {});
    socket.resetAndDestroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
};

test.each(['{"input":"x"}', '{"input":"é€😀"}', ""])(
  "a body is sent whole, with its length in bytes (%j)",
  async (body) => {
    const server = await playScript([json(202, {})]);
    await post(server.url(), { body });
    expect(server.requests).toMatchObject([{ method: "POST", body }]);
    expect(server.requests[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    expect(server.requests[0]?.headers).not.toHaveProperty("transfer-encoding");
  },
);

test("a read has no body and says nothing of one", async () => {
  const server = await playScript([json(200, {})]);
  await get(server.url("/x?a=%20b"));
  expect(server.requests).toMatchObject([{ method: "GET", target: "/x?a=%20b", body: "" }]);
  expect(server.requests[0]?.headers).not.toHaveProperty("content-length");
});

test("a POST whose connection breaks before it stands was not processed, and is tried three times", async () => {
  const { port, connections } = await breakConnections();
  const error = await toolErrorOf(post(new URL(`https://127.0.0.1:${port}/`)));
  expect(connections()).toBe(3);
  expect(error).toMatchObject({
    hint: "It was not processed, so it is safe to try again.",
    reason: "ECONNRESET",
    retryable: true,
  });
});

test("many calls at once share a bounded number of connections", async () => {
  const ports = new Set<number | undefined>();
  const server = await playScript([
    (response, { socket }) => {
      ports.add(socket.remotePort);
      response.end("{}");
    },
  ]);
  const client = httpClient();
  await Promise.all(Array.from({ length: 200 }, () => get(server.url(), { client })));
  expect(server.requests).toHaveLength(200);
  expect(ports.size).toBeLessThanOrEqual(64);
});
