import { PassThrough, Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { openSession } from "../../../src/mcp/session.ts";
import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import { createLineSplitter, StdioTransport } from "../../../src/transports/stdio.ts";
import { openPipe } from "../../support/pipe.ts";
import { tinyServer } from "../../support/tiny-server.ts";

describe("createLineSplitter", () => {
  const MAX = 64;

  /** What a splitter makes of `chunks`, with `!` for each line that was too long. */
  const split = (chunks: readonly (string | Buffer)[], maxBytes = MAX) => {
    const events: string[] = [];
    const lines = createLineSplitter(maxBytes, {
      onLine: (line) => events.push(line),
      onTooLong: () => events.push("!"),
    });
    for (const chunk of chunks) lines.push(Buffer.from(chunk));
    return { events, end: () => lines.end() };
  };

  /** `text` in chunks of `size` bytes. */
  const inChunks = (text: string, size: number): Buffer[] => {
    const bytes = Buffer.from(text);
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
  };

  describe("lines", () => {
    test.each([
      [["a\n"], ["a"]],
      [["a\nb\nc\n"], ["a", "b", "c"]],
      [["a", "\n"], ["a"]],
      [
        ["a", "b", "c\nd\n"],
        ["abc", "d"],
      ],
      [["a\r\nb\r\n"], ["a", "b"]],
      [
        ["a\r", "\nb\n"],
        ["a", "b"],
      ],
      [["a\rb\n"], ["a\rb"]],
      [["\n\n"], ["", ""]],
      [["\r\n"], [""]],
      [["", "a", "", "\n", ""], ["a"]],
      [["a\u2028b\n"], ["a\u2028b"]],
    ])("of %j are %j", (chunks, lines) => {
      expect(split(chunks).events).toEqual(lines);
    });

    test("are emitted as soon as they are complete", () => {
      expect(split(["a\nb"]).events).toEqual(["a"]);
    });

    test("need no final line break", () => {
      const { events, end } = split(["a\nb", "c"]);
      end();
      expect(events).toEqual(["a", "bc"]);
    });

    test.each([[[]], [[""]], [["a\n"]], [["a\n", ""]], [["\n\n"]]])(
      "are not invented at the end of the input (%j)",
      (chunks) => {
        const { events, end } = split(chunks);
        const before = [...events];
        end();
        end();
        expect(events).toEqual(before);
      },
    );

    test("stay whole however the input is split, even within characters and line breaks", () => {
      const text = '{"a":"é€😀"}\r\n\n{"b":"ü"}\nz\n';
      for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
        expect(split(inChunks(text, size)).events).toEqual(['{"a":"é€😀"}', "", '{"b":"ü"}', "z"]);
      }
    });

    test("are those of any text, however it is split", () => {
      const texts = fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, "")));
      fc.assert(
        fc.property(texts, fc.integer({ min: 1, max: 40 }), (lines, size) => {
          const chunks = inChunks(lines.map((line) => `${line}\n`).join(""), size);
          expect(split(chunks, 10_000).events).toEqual(lines);
        }),
      );
    });
  });

  const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);

  describe("a line that is too long", () => {
    const LONG = "x".repeat(MAX + 1);

    test.each([1, 7, MAX, MAX + 1, 10 * MAX])(
      "is reported once and discarded, in chunks of %i bytes",
      (size) => {
        const text = `before\n${LONG.repeat(5)}\nafter\n`;
        expect(split(inChunks(text, size)).events).toEqual(["before", "!", "after"]);
      },
    );

    test("is reported as soon as it exceeds the limit", () => {
      expect(split([LONG]).events).toEqual(["!"]);
    });

    test("is measured in bytes, without its line break", () => {
      expect(split([`${"x".repeat(MAX)}\n`]).events).toEqual(["x".repeat(MAX)]);
      expect(split([`${"é".repeat(MAX / 2)}\n`]).events).toEqual(["é".repeat(MAX / 2)]);
      expect(split([`${"é".repeat(MAX / 2)}x\n`]).events).toEqual(["!"]);
    });

    test("does not affect the next line", () => {
      expect(split([`${LONG}\n${LONG}\na\n`]).events).toEqual(["!", "!", "a"]);
    });

    test("may be the last line, without a line break", () => {
      const { events, end } = split(["a\n", LONG]);
      end();
      expect(events).toEqual(["a", "!"]);
    });

    test("is reported once as the last line", () => {
      const { events, end } = split([LONG, LONG]);
      end();
      end();
      expect(events).toEqual(["!"]);
    });

    test("is not held in memory", () => {
      const concat = vi.spyOn(Buffer, "concat");
      try {
        split(inChunks(`${LONG.repeat(1000)}\na\n`, 16));
        const held = concat.mock.calls.map(([parts]) => sizeOf(parts));
        expect(Math.max(0, ...held)).toBe(0);
      } finally {
        concat.mockRestore();
      }
    });
  });

  describe("the cost of a line of 4 MiB", () => {
    const LINE = "x".repeat(4 * 1024 * 1024);

    /** How often each byte is copied, and how often each chunk is searched for a line break. */
    const costOf = (text: string, size: number) => {
      const chunks = inChunks(text, size);
      const concat = vi.spyOn(Buffer, "concat");
      const search = vi.spyOn(Buffer.prototype, "indexOf");
      const lines: string[] = [];
      try {
        const splitter = createLineSplitter(text.length, {
          onLine: (line) => lines.push(line),
          onTooLong: () => lines.push("!"),
        });
        for (const chunk of chunks) splitter.push(chunk);
        const copied = concat.mock.calls.reduce((sum, [parts]) => sum + sizeOf(parts), 0);
        return { lines, copied: copied / text.length, searches: search.mock.calls.length / chunks.length };
      } finally {
        concat.mockRestore();
        search.mockRestore();
      }
    };

    test.each([64, 1024, 64 * 1024])("is linear in chunks of %i bytes", (size) => {
      const { lines, copied, searches } = costOf(`${LINE}\n`, size);
      expect(lines).toEqual([LINE]);
      expect(copied).toBeLessThan(1.1);
      expect(searches).toBeLessThan(2.1);
    });

    test("is linear byte by byte, here for 64 KiB", () => {
      const { lines, copied, searches } = costOf(`${LINE.slice(0, 64 * 1024)}\n`, 1);
      expect(lines[0]).toHaveLength(64 * 1024);
      expect(copied).toBeLessThan(1.1);
      expect(searches).toBeLessThan(2.1);
    });
  });
});

describe("the end of a connection", () => {
  const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const PONG = { jsonrpc: "2.0", id: 1, result: {} };

  describe("the end", () => {
    test("of input is reported once all of it is read", async () => {
      const pipe = await openPipe();
      expect(await pipe.feed(PING)).toBe("end of input");
    });

    test("of input is reported if it is destroyed", async () => {
      const { stdin, transport } = await openPipe();
      stdin.destroy();
      expect(await transport.ended).toBe("end of input");
    });

    test("of output is reported, and nothing throws", async () => {
      const { stdout, transport } = await openPipe();
      stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      expect(await transport.ended).toBe("broken pipe");
      await expect(transport.send(PONG)).resolves.toBeUndefined();
    });

    test("of output is reported if a write fails, and the write resolves", async () => {
      const broken = new Writable({
        write: (_, __, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
      });
      const transport = new StdioTransport(new PassThrough(), broken);
      await transport.send(PONG);
      expect(await transport.ended).toBe("broken pipe");
    });

    test("of the transport releases the input", async () => {
      const { stdin, transport, received } = await openPipe();
      let closed = 0;
      transport.onclose = () => {
        closed += 1;
      };
      await transport.close();
      stdin.write(`${PING}\n`);
      await new Promise(setImmediate);
      expect({ received, closed, paused: stdin.isPaused() }).toEqual({
        received: [],
        closed: 1,
        paused: true,
      });
    });
  });

  test("an input error reaches onerror", async () => {
    const { stdin, transport } = await openPipe();
    const errors: Error[] = [];
    transport.onerror = (error) => errors.push(error);
    stdin.destroy(new Error("read EIO"));
    expect(await transport.ended).toBe("end of input");
    expect(errors.map(({ message }) => message)).toEqual(["read EIO"]);
  });
});

describe("back pressure", () => {
  const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
  const LONG = { text: "x".repeat(100) };

  /** An output that takes nothing before the test allows it, and is full after one long message. */
  const createOutput = () => {
    const lines: string[] = [];
    let waiting: ((error?: Error | null) => void) | undefined;
    const stream = new Writable({
      highWaterMark: 100,
      write: (chunk, _, done) => {
        lines.push(String(chunk));
        waiting = done;
      },
      // As a pipe does, whose writes all come to an end.
      destroy: (error, done) => {
        waiting?.(error);
        done(error);
      },
    });
    /** Takes all that is written, and what that lets others write. */
    const takeAll = async (): Promise<void> => {
      while (waiting) {
        const done = waiting;
        waiting = undefined;
        done();
        await settled();
      }
    };
    return { stream, lines, takeAll };
  };

  /** Resolves when everything has passed through the streams, as far as they let it. */
  const settled = () => new Promise(setImmediate);

  const open = async () => {
    const [stdin, { stream: stdout, lines, takeAll }] = [new PassThrough(), createOutput()];
    const transport = new StdioTransport(stdin, stdout);
    const received: unknown[] = [];
    transport.onmessage = (message) => received.push(message);
    await transport.start();
    return { stdin, stdout, lines, takeAll, transport, received };
  };

  test("input is read while the client reads output", async () => {
    const { stdin, takeAll, transport, received } = await open();
    const sending = transport.send({ a: 1 });
    expect(stdin.isPaused()).toBe(false);
    stdin.write(PING);
    await settled();
    expect(received).toHaveLength(1);
    await takeAll();
    await sending;
  });

  test("input is paused while the client reads nothing", async () => {
    const { stdin, transport, received } = await open();
    void transport.send(LONG);
    expect(stdin.isPaused()).toBe(true);
    stdin.write(PING);
    await settled();
    expect(received).toEqual([]);
  });

  test("input resumes when the client reads again, and nothing is lost", async () => {
    const { stdin, lines, takeAll, transport, received } = await open();
    const sending = Promise.all([1, 2, 3, 4, 5].map((id) => transport.send({ ...LONG, id })));
    stdin.write(PING);
    await takeAll();
    await sending;
    await settled();
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2, 3, 4, 5]);
    expect(stdin.isPaused()).toBe(false);
    expect(received).toEqual([JSON.parse(PING)]);
  });

  describe("while input is paused", () => {
    test("its end is found, and what came before is received once the client reads", async () => {
      const { stdin, takeAll, transport, received } = await open();
      void transport.send(LONG);
      stdin.end(`${PING}${PING.trim()}`);
      transport.seekEnd();
      expect(await transport.ended).toBe("end of input");
      expect(received).toEqual([]);
      await takeAll();
      expect(received).toEqual([JSON.parse(PING), JSON.parse(PING)]);
    });

    test("looking for its end loses nothing if there is none", async () => {
      const { stdin, takeAll, transport, received } = await open();
      void transport.send(LONG);
      stdin.write(PING.slice(0, 10));
      transport.seekEnd();
      transport.seekEnd();
      await settled();
      expect(received).toEqual([]);
      await takeAll();
      stdin.write(PING.slice(10));
      await settled();
      expect(received).toEqual([JSON.parse(PING)]);
    });

    test("a bounded part of it is held", async () => {
      const { stdin, transport } = await open();
      void transport.send(LONG);
      transport.seekEnd();
      stdin.write(Buffer.alloc(5 * 1024 * 1024));
      await settled();
      expect(stdin.isPaused()).toBe(true);
    });
  });

  test("pausing can repeat", async () => {
    const { stdin, takeAll, transport, received } = await open();
    for (const round of [1, 2, 3]) {
      void transport.send(LONG);
      expect(stdin.isPaused()).toBe(true);
      stdin.write(PING);
      await takeAll();
      await settled();
      expect(received).toHaveLength(round);
    }
  });

  test("many pending responses use one listener", async () => {
    const { stdout, transport } = await open();
    for (let index = 0; index < 50; index += 1) void transport.send(LONG);
    expect(stdout.listenerCount("drain")).toBe(1);
  });

  test("the end of input is reported once the client reads again", async () => {
    const { stdin, takeAll, transport, received } = await open();
    void transport.send(LONG);
    stdin.end(PING);
    await takeAll();
    expect(await transport.ended).toBe("end of input");
    expect(received).toHaveLength(1);
  });

  test("a vanished client is reported at once, even while paused", async () => {
    const { stdout, transport } = await open();
    const sending = Promise.all([transport.send(LONG), transport.send(LONG)]);
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await transport.ended).toBe("broken pipe");
    await sending;
  });

  test("a closed transport does not resume reading", async () => {
    const { stdin, takeAll, transport, received } = await open();
    void transport.send(LONG);
    await transport.close();
    stdin.write(PING);
    await takeAll();
    await settled();
    expect(received).toEqual([]);
    expect(stdin.isPaused()).toBe(true);
  });
});

describe("StdioTransport", () => {
  const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const PONG = { jsonrpc: "2.0", id: 1, result: {} };

  describe("input", () => {
    test("is one message per line", async () => {
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

    test("may have blank lines, which are ignored", async () => {
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

    test("keeps a byte order mark inside a text", async () => {
      const pipe = await openPipe();
      await pipe.feed('"a', BOM, 'b"\n');
      expect(pipe.received).toEqual(["a\ufeffb"]);
    });

    test.each(["1", '"x"', "null", "[]", "[1]", "{}"])(
      "is any JSON; the session validates %s",
      async (line) => {
        const pipe = await openPipe();
        await pipe.feed(`${line}\n`);
        expect(pipe.received).toEqual([JSON.parse(line)]);
      },
    );

    test.each([
      "{",
      "ping",
      "{'a':1}",
      `${PING}${PING}`,
      "Content-Length: 5",
      Buffer.from([0xff, 0xfe, 0x0a]),
    ])("gets -32700 if it is not JSON (%j)", async (line) => {
      const pipe = await openPipe();
      await pipe.feed(line, "\n", `${PING}\n`);
      expect(pipe.written()).toEqual([
        { jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error: the line is not JSON" } },
      ]);
      expect(pipe.received).toEqual([JSON.parse(PING)]);
    });

    test("over 4 MiB in a line gets one error, and the next line is read", async () => {
      const pipe = await openPipe();
      const chunk = "x".repeat(1024 * 1024);
      await pipe.feed(chunk, chunk, chunk, chunk, chunk, `\n${PING}\n`);
      expect(pipe.written()).toMatchObject([
        { id: null, error: { code: -32600, message: expect.stringContaining("4194304 bytes") } },
      ]);
      expect(pipe.received).toEqual([JSON.parse(PING)]);
    });
  });

  describe("output", () => {
    test("is one line of JSON for any message", async () => {
      const { transport, stdout } = await openPipe();
      const message = { jsonrpc: "2.0", id: 1, result: { text: "a\nb\r\n\u2028😀" } };
      await transport.send(message);
      const text = String(stdout.read());
      expect(text.match(/\n/g)).toHaveLength(1);
      expect(JSON.parse(text)).toEqual(message);
    });

    test("resolves once the stream has accepted it", async () => {
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

  test("a session answers every request and every invalid line", async () => {
    const pipe = await openPipe();
    const session = openSession(tinyServer(), pipe.transport, LOCAL_CALLER);
    await pipe.feed(`${PING}\n{\n[]\nnull\n${PING}`);
    await session.drained();
    const answers = pipe.written();
    expect(answers).toHaveLength(5);
    expect(answers.filter((answer) => JSON.stringify(answer) === JSON.stringify(PONG))).toHaveLength(2);
    expect(answers).toEqual(expect.arrayContaining([expect.objectContaining({ id: null })]));
  });
});

test("every line is well-formed Unicode", async () => {
  const stdout = new PassThrough();
  const transport = new StdioTransport(new PassThrough(), stdout);
  await transport.send({ id: "\ud83d", "\udc00": ["😀\ud83d"] });
  expect(String(stdout.read())).toBe('{"id":"\ufffd","\ufffd":["😀\ufffd"]}\n');
});
