import { describe, expect, test } from "vitest";
import { oneOf, parseSwitch, wholeNumber } from "../../../src/config/part-parsers.ts";

const from = (value: string) => ({ value, source: "--x" });

describe("a whole number", () => {
  test.each([
    ["0", 0],
    ["7", 7],
    ["65535", 65_535],
    ["007", 7],
  ])("may be %s", (text, value) => {
    expect(wholeNumber(65_535)(from(text))).toEqual({ value });
  });

  test.each(["65536", "-1", "+1", "1.0", "1e3", "0x10", "1_000", "", "one", "٣", "1 2", "9".repeat(400)])(
    "may not be %j",
    (text) => {
      expect(wholeNumber(65_535)(from(text))).toEqual({
        problem: "--x must be a whole number from 0 to 65535.",
      });
    },
  );
});

describe("one of some words", () => {
  const parse = oneOf(["oauth", "none"]);

  test("is taken as it is", () => {
    expect(parse(from("none"))).toEqual({ value: "none" });
  });

  test.each(["None", "oauth,none", "", "constructor", "non"])("is not %j", (text) => {
    expect(parse(from(text))).toEqual({ problem: "--x must be one of oauth, none." });
  });
});

describe("a switch", () => {
  test.each(["1", "true", "True", "yes", "ON"])("is on with %s", (text) => {
    expect(parseSwitch(from(text))).toEqual({ value: true });
  });

  test.each(["0", "false", "FALSE", "no", "off"])("is off with %s", (text) => {
    expect(parseSwitch(from(text))).toEqual({ value: false });
  });

  test.each(["2", "", "on off", "truth", "-1", "01"])("is neither with %j", (text) => {
    expect(parseSwitch(from(text))).toEqual({ problem: "--x must be 1 or 0." });
  });
});
