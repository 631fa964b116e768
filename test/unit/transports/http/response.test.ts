import { once } from "node:events";
import { describe, expect, test } from "vitest";
import {
  type HttpResponse,
  json,
  writeResponse,
  writeStream,
} from "../../../../src/transports/http/response.ts";
import { createGate } from "../../../support/gate.ts";
import { type Arrival, arrive } from "../../../support/http-arrival.ts";

const GET = ["GET / HTTP/1.1", "Host: a", "Connection: close"];

/** The response as the client receives it. */
async function received(answer: HttpResponse, more = {}, lines: readonly string[] = GET) {
  const { response, client } = await arrive(lines);
  writeResponse(response, answer, more);
  const all = Buffer.from(await client.closed(), "latin1").toString("utf8");
  const [head = "", body = ""] = all.split(/\r\n\r\n(.*)/s);
  return { status: head.split("\r\n")[0], head: head.toLowerCase(), body };
}

/** A request whose client has disconnected. */
async function abandoned(): Promise<Arrival> {
  const arrival = await arrive(GET);
  const closed = once(arrival.response, "close");
  arrival.client.leave();
  await closed;
  return arrival;
}

describe("json", () => {
  test("serializes the value and sets the content type", () => {
    expect(json(200, { a: [1, null, "ü"] })).toEqual({
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"a":[1,null,"ü"]}',
    });
  });

  test("adds headers", () => {
    const { headers } = json(401, {}, { "www-authenticate": "Bearer" });
    expect(headers).toEqual({ "content-type": "application/json", "www-authenticate": "Bearer" });
  });
});

describe("writeResponse sends", () => {
  test("status, body, own and common headers", async () => {
    const answer = json(418, { a: 1 }, { "x-own": "1" });
    const { status, head, body } = await received(answer, { "x-request-id": "r-1" });
    expect(status).toBe("HTTP/1.1 418 I'm a Teapot");
    expect(head).toContain("x-own: 1");
    expect(head).toContain("x-request-id: r-1");
    expect(head).toContain("content-type: application/json");
    expect(body).toBe('{"a":1}');
  });

  test("the own header instead of a common one of the same name", async () => {
    const { head } = await received(json(200, {}, { "x-same": "own" }), { "x-same": "common" });
    expect(head).toContain("x-same: own");
    expect(head).not.toContain("x-same: common");
  });

  test("the length in bytes", async () => {
    const { head, body } = await received(json(200, "größe 測試 🐍"));
    expect(body).toBe('"größe 測試 🐍"');
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(head).not.toContain("transfer-encoding");
  });

  test("length 0 without a body", async () => {
    const { head, body } = await received({ status: 202 });
    expect(head).toContain("content-length: 0");
    expect(body).toBe("");
  });

  test("no length with status 204", async () => {
    const { status, head } = await received({ status: 204 });
    expect(status).toBe("HTTP/1.1 204 No Content");
    expect(head).not.toContain("content-length");
    expect(head).not.toContain("transfer-encoding");
  });

  test("the length of the GET response, without its body, for HEAD", async () => {
    const { head, body } = await received(json(200, { a: 1 }), {}, ["HEAD / HTTP/1.1", ...GET.slice(1)]);
    expect(head).toContain("content-length: 7");
    expect(body).toBe("");
  });

  test("only the first response", async () => {
    const { response, client } = await arrive(GET);
    writeResponse(response, json(200, "first"), {});
    writeResponse(response, json(500, "second"), {});
    const all = await client.closed();
    expect(all).toContain("first");
    expect(all).not.toContain("second");
  });
});

test("a response to a disconnected client is dropped", async () => {
  const { response } = await abandoned();
  expect(() => writeResponse(response, json(200, {}), {})).not.toThrow();
  expect(response.headersSent).toBe(false);
});

describe("writeStream", () => {
  const STREAM: HttpResponse = { status: 200, headers: { "content-type": "text/event-stream" } };

  test("sends the head with the first part, each part at once, and the end with the last", async () => {
    const { response, client } = await arrive(GET);
    const gate = createGate();
    const written = writeStream(
      response,
      STREAM,
      async (write) => {
        write("one.");
        await gate.promise;
        return "two.";
      },
      { "x-request-id": "r-1" },
    );
    const head = (await client.until(/one\./)).toLowerCase();
    expect(head).toContain("x-request-id: r-1");
    expect(head).toContain("content-type: text/event-stream");
    expect(head).not.toContain("content-length");
    gate.open();
    expect(await client.closed()).toContain("two.");
    expect(await written).toBe(true);
  });

  test("closes the connection if there is no last part", async () => {
    const { response, client } = await arrive(GET);
    const fail = async (write: (part: string) => void): Promise<string> => {
      write("one.");
      await client.until(/one\./);
      throw new Error("canceled");
    };
    expect(await writeStream(response, STREAM, fail, {})).toBe(false);
    expect((await client.closed()).endsWith("0\r\n\r\n")).toBe(false);
  });

  test("writes nothing to a client that has left", async () => {
    const { response } = await abandoned();
    const stream = async () => "last";
    expect(await writeStream(response, STREAM, stream, {})).toBe(false);
    expect(response.headersSent).toBe(false);
  });

  test("drops parts while the client reads none, and sends the last", async () => {
    const { response, client } = await arrive(GET);
    let dropped = 0;
    const written = writeStream(
      response,
      STREAM,
      async (write) => {
        write(`first${"x".repeat(response.writableHighWaterMark)}`);
        for (let count = 0; count < 1000; count += 1) {
          const before = response.writableLength;
          write("y".repeat(1000));
          if (response.writableLength === before) dropped += 1;
        }
        return "last";
      },
      {},
    );
    expect(await client.closed()).toMatch(/first[\s\S]*last/);
    expect(await written).toBe(true);
    expect(dropped).toBe(1000);
  });
});
