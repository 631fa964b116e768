import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { StdioTransport } from "../../../src/transports/stdio.ts";

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const LONG = { text: "x".repeat(100) };

/** An output that takes nothing before it is told to, and is full after one long message. */
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

test("a client that takes what is sent is read from", async () => {
  const { stdin, takeAll, transport, received } = await open();
  const sending = transport.send({ a: 1 });
  expect(stdin.isPaused()).toBe(false);
  stdin.write(PING);
  await settled();
  expect(received).toHaveLength(1);
  await takeAll();
  await sending;
});

test("while a client takes nothing, nothing more is read from it", async () => {
  const { stdin, transport, received } = await open();
  void transport.send(LONG);
  expect(stdin.isPaused()).toBe(true);
  stdin.write(PING);
  await settled();
  expect(received).toEqual([]);
});

test("when it reads on, it is read from again, and nothing is lost on either side", async () => {
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

test("that may happen again and again", async () => {
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

test("many answers to a client that does not read wait for it with one listener", async () => {
  const { stdout, transport } = await open();
  for (let index = 0; index < 50; index += 1) void transport.send(LONG);
  expect(stdout.listenerCount("drain")).toBe(1);
});

test("the end of the input is told once the client reads on", async () => {
  const { stdin, takeAll, transport, received } = await open();
  void transport.send(LONG);
  stdin.end(PING);
  await takeAll();
  expect(await transport.ended).toBe("end of input");
  expect(received).toHaveLength(1);
});

test("a client that is gone altogether is told at once, though it was waited for", async () => {
  const { stdout, transport } = await open();
  const sending = Promise.all([transport.send(LONG), transport.send(LONG)]);
  stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  expect(await transport.ended).toBe("broken pipe");
  await sending;
});

test("a closed transport does not begin to read again", async () => {
  const { stdin, takeAll, transport, received } = await open();
  void transport.send(LONG);
  await transport.close();
  stdin.write(PING);
  await takeAll();
  await settled();
  expect(received).toEqual([]);
  expect(stdin.isPaused()).toBe(true);
});
