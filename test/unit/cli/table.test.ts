import { describe, expect, test } from "vitest";
import { table } from "../../../src/cli/table.ts";

const HEAD = ["NAME", "KIND", "TITLE"];
const ROWS = [
  ["a", "read", "Short"],
  ["a-long-name", "w", "Something longer"],
];

test("columns are as wide as their widest cell", () => {
  expect(table(HEAD, ROWS)).toBe(
    ["NAME         KIND  TITLE", "a            read  Short", "a-long-name  w     Something longer"].join(
      "\n",
    ),
  );
});

test("no line ends in blanks", () => {
  expect(
    table(
      ["A", "B"],
      [
        ["x", ""],
        ["longer", "y"],
      ],
    ),
  ).toBe("A       B\nx\nlonger  y");
});

test("without rows there is the head alone", () => {
  expect(table(HEAD, [])).toBe("NAME  KIND  TITLE");
});

test("a row may be shorter than the head", () => {
  expect(table(["A", "B"], [["x"]])).toBe("A  B\nx");
});

describe("in a terminal", () => {
  test.each([80, 35])("of %i columns a table that fits is left whole", (width) => {
    expect(table(HEAD, ROWS, width)).toBe(table(HEAD, ROWS));
  });

  test("a line that does not fit is cut, and says so", () => {
    const lines = table(HEAD, ROWS, 24).split("\n");
    expect(lines).toEqual([
      "NAME         KIND  TITLE",
      "a            read  Short",
      "a-long-name  w     Some…",
    ]);
  });

  test.each([1, 2, 10, 34])("of %i columns no line is wider", (width) => {
    for (const line of table(HEAD, ROWS, width).split("\n")) expect(line.length).toBeLessThanOrEqual(width);
  });
});
