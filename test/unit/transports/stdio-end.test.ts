import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { StdioTransport } from "../../../src/transports/stdio.ts";
import { openPipe } from "../../support/pipe.ts";

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const PONG = { jsonrpc: "2.0", id: 1, result: {} };

describe("the end", () => {
  test("of the input is told, when all of it is read", async () => {
    const pipe = await openPipe();
    expect(await pipe.feed(PING)).toBe("end of input");
  });

  test("of the input is told where it is cut off", async () => {
    const { stdin, transport } = await openPipe();
    stdin.destroy();
    expect(await transport.ended).toBe("end of input");
  });

  test("of the output is told, and nothing is thrown", async () => {
    const { stdout, transport } = await openPipe();
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await transport.ended).toBe("broken pipe");
    await expect(transport.send(PONG)).resolves.toBeUndefined();
  });

  test("of the output is told where a write fails, and the write ends", async () => {
    const broken = new Writable({
      write: (_, __, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const transport = new StdioTransport(new PassThrough(), broken);
    await transport.send(PONG);
    expect(await transport.ended).toBe("broken pipe");
  });

  test("of the transport lets go of the input", async () => {
    const { stdin, transport, received } = await openPipe();
    let closed = 0;
    transport.onclose = () => {
      closed += 1;
    };
    await transport.close();
    stdin.write(`${PING}\n`);
    await new Promise(setImmediate);
    expect({ received, closed, paused: stdin.isPaused() }).toEqual({ received: [], closed: 1, paused: true });
  });
});

test("an error of the input reaches whoever listens", async () => {
  const { stdin, transport } = await openPipe();
  const errors: Error[] = [];
  transport.onerror = (error) => errors.push(error);
  stdin.destroy(new Error("read EIO"));
  expect(await transport.ended).toBe("end of input");
  expect(errors.map(({ message }) => message)).toEqual(["read EIO"]);
});
