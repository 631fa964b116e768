import { expect, test } from "vitest";
import { displayWidth, pad, splitWords, truncate } from "../../../src/cli/columns.ts";

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
