import { describe, expect, test } from "vitest";
import { MAX_BODY_BYTES, NOT_UTF8, readBody, TOO_LONG } from "../../../../src/transports/http/body.ts";
import { arrive } from "../../../support/http-arrival.ts";

const MIB = 1024 * 1024;

const sized = (bytes: number) => [
  "POST / HTTP/1.1",
  "Host: a",
  "Content-Type: application/json",
  `Content-Length: ${bytes}`,
];
const CHUNKED = ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"];

const chunk = (bytes: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`),
    Buffer.from(bytes),
    Buffer.from("\r\n"),
  ]);
const LAST = "0\r\n\r\n";

describe("a body is read", () => {
  test.each(["{}", '{"text":"größe 測試 🐍"}', "", "\r\n\r\n", "\u2028 and \0"])(
    "as it was sent: %j",
    async (body) => {
      const { request } = await arrive(sized(Buffer.byteLength(body)), body);
      expect(await readBody(request)).toBe(body);
    },
  );

  test("in any number of pieces", async () => {
    const { request, client } = await arrive(sized(6));
    const read = readBody(request);
    client.send("abc");
    client.send("de");
    client.send("f");
    expect(await read).toBe("abcdef");
  });

  test("in chunks, of which none need end with a character", async () => {
    const [first, second, third] = [[0xf0, 0x9f], [0x90], [0x8d, 0x21]].map((bytes) =>
      chunk(Buffer.from(bytes)),
    ) as [Buffer, Buffer, Buffer];
    const { request, client } = await arrive(CHUNKED, first);
    const read = readBody(request);
    client.send(second);
    client.send(third);
    client.send(LAST);
    expect(await read).toBe("🐍!");
  });

  test("where there is none", async () => {
    const { request } = await arrive(["POST / HTTP/1.1", "Host: a"]);
    expect(await readBody(request)).toBe("");
  });

  test("where it is slow, as long as it comes", async () => {
    const { request, client } = await arrive(sized(3));
    const read = readBody(request);
    for (const letter of "abc") {
      await new Promise(setImmediate);
      client.send(letter);
    }
    expect(await read).toBe("abc");
  });
});

describe("the limit", () => {
  test("is a mebibyte", () => {
    expect(MAX_BODY_BYTES).toBe(MIB);
  });

  test("is not passed by a body that is as long", async () => {
    const { request } = await arrive(sized(MIB), Buffer.alloc(MIB, "x"));
    expect(String(await readBody(request)).length).toBe(MIB);
  });

  test("is not passed by chunks that are as long", async () => {
    const { request, client } = await arrive(CHUNKED, chunk(Buffer.alloc(MIB - 1, "x")));
    client.send(chunk("y"));
    client.send(LAST);
    expect(String(await readBody(request)).endsWith("xy")).toBe(true);
  });

  test("is passed by one byte more, and known before any of it has come", async () => {
    const { request } = await arrive(sized(MIB + 1));
    expect(await readBody(request)).toBe(TOO_LONG);
  });

  test("is passed by one byte more in chunks, and known before they end", async () => {
    const { request, client } = await arrive(CHUNKED, chunk(Buffer.alloc(MIB, "x")));
    const read = readBody(request);
    client.send(chunk("y"));
    expect(await read).toBe(TOO_LONG);
  });

  test("is of bytes, whatever they mean", async () => {
    const text = "é".repeat(MIB / 2 + 1);
    const { request } = await arrive(CHUNKED, chunk(text));
    expect(await readBody(request)).toBe(TOO_LONG);
  });
});

describe("what is not UTF-8 is told from text:", () => {
  test.each([
    ["a letter of another encoding", [0x22, 0xe9, 0x22]],
    ["a byte that stands nowhere", [0xff]],
    ["a character that is cut off", [0xf0, 0x9f, 0x90]],
    ["a character that is written too long", [0xc0, 0xaf]],
    ["half of a pair", [0xed, 0xa0, 0x80]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])("%s", async (_, bytes) => {
    const { request } = await arrive(sized(bytes.length), Buffer.from(bytes));
    expect(await readBody(request)).toBe(NOT_UTF8);
  });

  test("but the character that stands for what cannot be read is text", async () => {
    const { request } = await arrive(sized(3), "\ufffd");
    expect(await readBody(request)).toBe("\ufffd");
  });
});

describe("a body that never ends is given up where the client", () => {
  test("goes away in the middle", async () => {
    const { request, client } = await arrive(sized(100), '{"jsonrpc"');
    const read = readBody(request);
    client.leave();
    await expect(read).rejects.toThrow();
  });

  test("goes away before the first byte", async () => {
    const { request, client } = await arrive(sized(100));
    const read = readBody(request);
    client.leave();
    await expect(read).rejects.toThrow();
  });

  test("goes away between chunks", async () => {
    const { request, client } = await arrive(CHUNKED, chunk("{}"));
    const read = readBody(request);
    client.leave();
    await expect(read).rejects.toThrow();
  });

  test("breaks the rules of chunks", async () => {
    const { request, client } = await arrive(CHUNKED, chunk("{}"));
    const read = readBody(request);
    client.send("not a length\r\n");
    await expect(read).rejects.toThrow();
  });
});
