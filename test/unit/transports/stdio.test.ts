import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { createLineSplitter } from "../../../src/transports/lines.ts";

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

  test("come as soon as they are whole", () => {
    expect(split(["a\nb"]).events).toEqual(["a"]);
  });

  test("need no line break at the end of the input", () => {
    const { events, end } = split(["a\nb", "c"]);
    end();
    expect(events).toEqual(["a", "bc"]);
  });

  test.each([[[]], [[""]], [["a\n"]], [["a\n", ""]], [["\n\n"]]])(
    "are not made of nothing at the end of the input (%j)",
    (chunks) => {
      const { events, end } = split(chunks);
      const before = [...events];
      end();
      end();
      expect(events).toEqual(before);
    },
  );

  test("are whole wherever the input is cut, within characters and line breaks too", () => {
    const text = '{"a":"é€😀"}\r\n\n{"b":"ü"}\nz\n';
    for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
      expect(split(inChunks(text, size)).events).toEqual(['{"a":"é€😀"}', "", '{"b":"ü"}', "z"]);
    }
  });

  test("are what any text has, however it is cut", () => {
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
    "is reported once and not kept, in chunks of %i bytes",
    (size) => {
      const text = `before\n${LONG.repeat(5)}\nafter\n`;
      expect(split(inChunks(text, size)).events).toEqual(["before", "!", "after"]);
    },
  );

  test("is reported when its excess is seen, not at its end", () => {
    expect(split([LONG]).events).toEqual(["!"]);
  });

  test("is measured in bytes, without its line break", () => {
    expect(split([`${"x".repeat(MAX)}\n`]).events).toEqual(["x".repeat(MAX)]);
    expect(split([`${"é".repeat(MAX / 2)}\n`]).events).toEqual(["é".repeat(MAX / 2)]);
    expect(split([`${"é".repeat(MAX / 2)}x\n`]).events).toEqual(["!"]);
  });

  test("may be followed by another one", () => {
    expect(split([`${LONG}\n${LONG}\na\n`]).events).toEqual(["!", "!", "a"]);
  });

  test("may be the last one, without a line break", () => {
    const { events, end } = split(["a\n", LONG]);
    end();
    expect(events).toEqual(["a", "!"]);
  });

  test("is reported once where it is the last one, and ends with it", () => {
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
