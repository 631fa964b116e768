import { PassThrough } from "node:stream";
import { StdioTransport } from "../../src/transports/stdio.ts";

/** A started transport between two streams. */
export type Pipe = {
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
  readonly transport: StdioTransport;
  /** Every message that the transport handed on. */
  readonly received: readonly unknown[];
  /** The messages written since the last look, each from a line of its own. */
  written(): unknown[];
  /** Writes and ends the input; resolves when the transport has seen its end. */
  feed(...chunks: readonly (string | Buffer)[]): Promise<string>;
};

export async function openPipe(): Promise<Pipe> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const transport = new StdioTransport(stdin, stdout);
  const received: unknown[] = [];
  transport.onmessage = (message) => received.push(message);
  await transport.start();
  return {
    stdin,
    stdout,
    transport,
    received,
    written: () => {
      const text = String(stdout.read() ?? "");
      if (text !== "" && !text.endsWith("\n")) throw new Error(`the last line is not whole: ${text}`);
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
    feed: (...chunks) => {
      for (const chunk of chunks) stdin.write(chunk);
      stdin.end();
      return transport.ended;
    },
  };
}
