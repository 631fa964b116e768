import { expect, test } from "vitest";
import { findClosest } from "../../../src/shared/suggest.ts";

const COMMANDS = ["tools", "call", "login", "logout", "http", "lfx"];

test.each([
  ["tool", "tools"],
  ["cal", "call"],
  ["LOGIN", "login"],
  ["logut", "logout"],
  ["htpp", "http"],
  ["lf", "lfx"],
])("%j is closest to %j", (word, closest) => {
  expect(findClosest(word, COMMANDS)).toBe(closest);
});

test.each(["", "x", "frobnicate", "installation", "zz"])("%j is close to none", (word) => {
  expect(findClosest(word, COMMANDS)).toBeUndefined();
});

test("without candidates there is no closest one", () => {
  expect(findClosest("call", [])).toBeUndefined();
});
