import { expect, test } from "vitest";
import { DEFAULT_TIMEOUT_MS, parseTimeout } from "../../../src/config/timeout.ts";

const parse = (value: string) => parseTimeout({ value, source: "--timeout" });

test.each([
  ["1", 1],
  ["25000", 25_000],
  ["0025", 25],
  ["2147483647", 2_147_483_647],
])("%s is %i ms", (value, ms) => {
  expect(parse(value)).toEqual({ value: ms });
});

test.each([
  "",
  "0",
  "-1",
  "+1",
  "1.5",
  "1e3",
  "0x10",
  "25s",
  "NaN",
  "Infinity",
  " 1",
  "2147483648",
  "9".repeat(400),
])("%j is none", (value) => {
  expect(parse(value)).toEqual({
    problem: "--timeout must be a whole number of milliseconds from 1 to 2147483647.",
  });
});

test("the default can be read back, and is below the minute after which clients give up", () => {
  expect(parse(String(DEFAULT_TIMEOUT_MS))).toEqual({ value: DEFAULT_TIMEOUT_MS });
  expect(DEFAULT_TIMEOUT_MS).toBeLessThan(60_000);
});
