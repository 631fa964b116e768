import { expect, test } from "vitest";
import { scriptLine } from "../../../../src/cli/commands/sandbox.ts";

const SCRIPT = "C:\\Program Files\\tool.cmd";

test.each([
  ["a b", '"a b"'],
  ["", '""'],
  ["install", "install"],
  ["--prefix=C:\\a", '"--prefix=C:\\a"'],
  ["C:\\a\\b.js", "C:\\a\\b.js"],
  ["a&b|c<d>e^f(g)!h!", '"a&b|c<d>e^f(g)!h!"'],
  ['say "hi"&calc', '"say ""hi""&calc"'],
  ["C:\\folder\\", '"C:\\folder\\\\"'],
  ['a\\"b', '"a\\\\""b"'],
  ["%PATH%", '"%%cd:~,%PATH%%cd:~,%"'],
  ["100%", '"100%%cd:~,%"'],
])("on Windows a script gets %j as one word, in which nothing has a meaning for cmd.exe", (word, quoted) => {
  expect(scriptLine([SCRIPT, word])).toBe(`""${SCRIPT}" ${quoted}"`);
});

test.each(["a\nb", "a\rcalc", "a\0b"])(
  "%j cannot reach a script, whose command line it would end",
  (word) => {
    expect(() => scriptLine([SCRIPT, word])).toThrow("cannot get a line break");
  },
);
