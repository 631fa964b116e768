import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { StdioTransport } from "../../../src/transports/stdio.ts";
import { openPipe } from "../../support/pipe.ts";
import { tinyServer } from "../../support/tiny-server.ts";

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const PONG = { jsonrpc: "2.0", id: 1, result: {} };

describe("what is read", () => {
  test("is one message a line", async () => {
    const pipe = await openPipe();
    await pipe.feed(`${PING}\n`, PING.slice(0, 10), `${PING.slice(10)}\r\n`);
    expect(pipe.received).toEqual([JSON.parse(PING), JSON.parse(PING)]);
    expect(pipe.written()).toEqual([]);
  });

  test("includes the last line without a line break", async () => {
    const pipe = await openPipe();
    await pipe.feed(PING);
    expect(pipe.received).toEqual([JSON.parse(PING)]);
  });

  test("leaves out blank lines, without a word", async () => {
    const pipe = await openPipe();
    await pipe.feed("\n\r\n  \t\n", `${PING}\n\n`);
    expect(pipe.received).toHaveLength(1);
    expect(pipe.written()).toEqual([]);
  });

  const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

  test("may begin with a byte order mark, on any line", async () => {
    const pipe = await openPipe();
    await pipe.feed(BOM, `${PING}\n`, BOM.subarray(0, 1), BOM.subarray(1), `${PING}\r\n`, BOM, "\n", BOM);
    expect(pipe.received).toEqual([JSON.parse(PING), JSON.parse(PING)]);
    expect(pipe.written()).toEqual([]);
  });

  test("keeps a byte order mark that stands within a text", async () => {
    const pipe = await openPipe();
    await pipe.feed('"a', BOM, 'b"\n');
    expect(pipe.received).toEqual(["a\ufeffb"]);
  });

  test.each(["1", '"x"', "null", "[]", "[1]", "{}"])("is any JSON; the session judges %s", async (line) => {
    const pipe = await openPipe();
    await pipe.feed(`${line}\n`);
    expect(pipe.received).toEqual([JSON.parse(line)]);
  });

  test.each(["{", "ping", "{'a':1}", `${PING}${PING}`, "Content-Length: 5", Buffer.from([0xff, 0xfe, 0x0a])])(
    "is answered with -32700 where it is no JSON (%j)",
    async (line) => {
      const pipe = await openPipe();
      await pipe.feed(line, "\n", `${PING}\n`);
      expect(pipe.written()).toEqual([
        { jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error: the line is not JSON" } },
      ]);
      expect(pipe.received).toEqual([JSON.parse(PING)]);
    },
  );

  test("is refused once where a line is over 4 MiB, and goes on after it", async () => {
    const pipe = await openPipe();
    const chunk = "x".repeat(1024 * 1024);
    await pipe.feed(chunk, chunk, chunk, chunk, chunk, `\n${PING}\n`);
    expect(pipe.written()).toMatchObject([
      { id: null, error: { code: -32600, message: expect.stringContaining("4194304 bytes") } },
    ]);
    expect(pipe.received).toEqual([JSON.parse(PING)]);
  });
});

describe("what is sent", () => {
  test("is one line of JSON, whatever it contains", async () => {
    const { transport, stdout } = await openPipe();
    const message = { jsonrpc: "2.0", id: 1, result: { text: "a\nb\r\n\u2028😀" } };
    await transport.send(message);
    const text = String(stdout.read());
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(text)).toEqual(message);
  });

  test("is waited for until the stream has taken it", async () => {
    let take = () => {};
    const slow = new Writable({
      write: (_, __, done) => {
        take = done;
      },
    });
    const transport = new StdioTransport(new PassThrough(), slow);
    let sent = false;
    const sending = transport.send(PONG).then(() => {
      sent = true;
    });
    await new Promise(setImmediate);
    expect(sent).toBe(false);
    take();
    await sending;
    expect(sent).toBe(true);
  });

  test("many messages at once cause no warning of leaks", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    const { transport, stdout } = await openPipe();
    const sending = Array.from({ length: 50 }, () => transport.send({ text: "x".repeat(10_000) }));
    stdout.resume();
    await Promise.all(sending);
    await new Promise(setImmediate);
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});

test("a session over it answers each request and each fault", async () => {
  const pipe = await openPipe();
  const session = openSession(tinyServer(), pipe.transport, LOCAL_CALLER);
  await pipe.feed(`${PING}\n{\n[]\nnull\n${PING}`);
  await session.drained();
  const answers = pipe.written();
  expect(answers).toHaveLength(5);
  expect(answers.filter((answer) => JSON.stringify(answer) === JSON.stringify(PONG))).toHaveLength(2);
  expect(answers).toEqual(expect.arrayContaining([expect.objectContaining({ id: null })]));
});
