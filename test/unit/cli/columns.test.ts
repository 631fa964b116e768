import { describe, expect, test } from "vitest";
import {
  displayWidth,
  formatFields,
  formatTable,
  pad,
  splitWords,
  truncate,
  wrap,
} from "../../../src/cli/columns.ts";

test.each([
  ["", 0],
  ["plain", 5],
  ["naïve", 5],
  ["nai\u0308ve", 5],
  ["发票", 4],
  ["한국어", 6],
  ["カナ、", 6],
  ["🚀", 2],
  ["👍🏽", 2],
  ["❤\ufe0f", 1],
  ["a\u200bb", 2],
])("%j takes %i columns", (text, width) => {
  expect(displayWidth(text)).toBe(width);
  expect(displayWidth(pad(text, 12))).toBe(12);
});

test.each([
  ["plain", 5, "plain"],
  ["plain", 4, "pla…"],
  ["发票已寄", 8, "发票已寄"],
  ["发票已寄", 7, "发票已…"],
  ["发票已寄", 6, "发票…"],
  ["🚀🚀🚀", 4, "🚀…"],
])("%j in %i columns is %j", (text, width, shortened) => {
  expect(truncate(text, width)).toBe(shortened);
});

test.each([
  ["", []],
  ["one  two ", ["one", "  two"]],
  ["发票 by Ada，好", ["发", "票", " by", " Ada", "，", "好"]],
  ["go 👩\u200d💻 ok", ["go", " 👩\u200d💻", " ok"]],
  ["👍🏽👍🏽", ["👍🏽", "👍🏽"]],
  ["é is one", ["é", " is", " one"]],
])("%j can break as %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

describe("table", () => {
  const HEAD = ["NAME", "KIND", "TITLE"];
  const ROWS = [
    ["a", "read", "Short"],
    ["a-long-name", "w", "Something longer"],
  ];

  test("columns are as wide as their widest cell", () => {
    expect(formatTable(HEAD, ROWS)).toBe(
      ["NAME         KIND  TITLE", "a            read  Short", "a-long-name  w     Something longer"].join(
        "\n",
      ),
    );
  });

  test("lines have no trailing spaces", () => {
    expect(
      formatTable(
        ["A", "B"],
        [
          ["x", ""],
          ["longer", "y"],
        ],
      ),
    ).toBe("A       B\nx\nlonger  y");
  });

  test("a table without rows has the header only", () => {
    expect(formatTable(HEAD, [])).toBe("NAME  KIND  TITLE");
  });

  test("a row may be shorter than the header", () => {
    expect(formatTable(["A", "B"], [["x"]])).toBe("A  B\nx");
  });

  describe("in a terminal", () => {
    test.each([80, 35])("a table that fits in %i columns is not truncated", (width) => {
      expect(formatTable(HEAD, ROWS, width)).toBe(formatTable(HEAD, ROWS));
    });

    test("a longer line is truncated with an ellipsis", () => {
      const lines = formatTable(HEAD, ROWS, 24).split("\n");
      expect(lines).toEqual([
        "NAME         KIND  TITLE",
        "a            read  Short",
        "a-long-name  w     Some…",
      ]);
    });

    test.each([1, 2, 10, 34])("no line is wider than %i columns", (width) => {
      for (const line of formatTable(HEAD, ROWS, width).split("\n"))
        expect(line.length).toBeLessThanOrEqual(width);
    });
  });
});

describe("wrap", () => {
  test("breaks between words, with a lead on the first line and an indent on the others", () => {
    expect(wrap("one two three four", 12, "- ", "  ")).toBe("- one two\n  three four");
    expect(wrap("one two three", 8, "  ")).toBe("  one\n  two\n  three");
  });

  test("does not break a word that is wider than the line", () => {
    expect(wrap("see /a/long/path now", 8)).toBe("see\n/a/long/path\nnow");
  });

  test("does not wrap without a width", () => {
    expect(wrap("one two three", undefined, "  ")).toBe("  one two three");
  });
});

test("fields are aligned, wrap below their text, and are colored afterwards", () => {
  const fields = [
    ["Id", "a"],
    ["Status", "done", (text: string) => `<${text}>`],
    ["Text", "one two three\n发票已经寄出了"],
  ] as const;
  expect(formatFields(fields, 16, (label) => label.toUpperCase()).split("\n")).toEqual([
    "ID      a",
    "STATUS  <done>",
    "TEXT    one two",
    "        three",
    "        发票已经",
    "        寄出了",
  ]);
  expect(formatFields(fields, undefined)).toContain("Text    one two three\n        发票已经寄出了");
});

test("an id or a URL that is too wide for its column starts in a line of its own, and is never broken", () => {
  const id = "signal_01234567-89ab-4cde-8f01-23456789abcd";
  const fields = [
    ["Id", id],
    ["Status", "queued"],
    ["People", "ada (https://example.com/people/ada)\nbob (email)"],
  ] as const;
  expect(formatFields(fields, 50).split("\n")).toEqual([
    "Id",
    id,
    "Status  queued",
    "People  ada (https://example.com/people/ada)",
    "        bob (email)",
  ]);
  expect(formatFields(fields, 39).split("\n")).toEqual([
    "Id",
    id,
    "Status  queued",
    "People",
    "ada (https://example.com/people/ada)",
    "bob (email)",
  ]);
  expect(formatFields(fields, 51).split("\n")[0]).toBe(`Id      ${id}`);
});

test("a URL with characters of a script without spaces stays whole", () => {
  expect(splitWords("见 https://例え.jp/発票，谢谢")).toEqual([
    "见",
    " https://例え.jp/発票",
    "，",
    "谢",
    "谢",
  ]);
});

test.each([
  ["a URL", `https://example.com/${"a".repeat(150_000)}`],
  ["a word", "a:".repeat(75_000)],
  ["words", "a ".repeat(150_000)],
])("a long text that is %s takes no longer than its length", (_, text) => {
  expect(formatFields([["Text", text]], 80).replaceAll(/\s/g, "")).toHaveLength(
    "Text".length + text.replaceAll(" ", "").length,
  );
});
