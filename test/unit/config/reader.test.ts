import { isAbsolute } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSwitch, wholeNumber } from "../../../src/config/parsers.ts";
import {
  createReader,
  type Environment,
  type FlagsOf,
  findHome,
  firstSet,
  isPlaceholder,
  NO_HOME,
} from "../../../src/config/reader.ts";
import { messagesOf } from "../../support/settings.ts";

const TABLE = {
  name: { flag: "--name", argument: "text", variables: ["TINY_NAME", "OLD_NAME"], description: "a name" },
  count: { flag: "--count", argument: "number", variables: ["TINY_COUNT"], description: "a count" },
  loud: { flag: "--loud", variables: ["TINY_LOUD"], description: "a switch" },
  safe: { flag: "--safe", variables: ["TINY_SAFE"], isSafetySwitch: true, description: "a safety switch" },
} as const;

type Name = keyof typeof TABLE;

function readerOf(flags: FlagsOf<Name>, env: Environment = {}) {
  return createReader<Name>(TABLE, flags, env);
}

describe("find", () => {
  test.each([
    ["flag before variables", { name: "a" }, { TINY_NAME: "b", OLD_NAME: "c" }, ["a", "--name"]],
    ["first variable before the next", {}, { TINY_NAME: "b", OLD_NAME: "c" }, ["b", "TINY_NAME"]],
    ["next variable if the first is blank", {}, { TINY_NAME: " ", OLD_NAME: "c" }, ["c", "OLD_NAME"]],
    ["variable if the flag is blank", { name: "" }, { TINY_NAME: "b" }, ["b", "TINY_NAME"]],
    ["trims whitespace", { name: " a\n" }, {}, ["a", "--name"]],
  ])("precedence: %s", (_, flags, env, [value, source]) => {
    expect(readerOf(flags, env).find("name")).toEqual({ value, source });
  });

  test.each([
    ["nothing is set", {}, {}],
    ["everything is blank", { name: "" }, { TINY_NAME: "\t", OLD_NAME: "" }],
    ["only other settings are set", { count: "1" }, { NAME: "x", tiny_name: "y" }],
  ])("returns undefined if %s", (_, flags, env) => {
    expect(readerOf(flags, env).find("name")).toBeUndefined();
  });

  test("returns 1 for a switch that is given, and its variable otherwise", () => {
    expect(readerOf({ loud: true }).find("loud")).toEqual({ value: "1", source: "--loud" });
    expect(readerOf({ loud: false }, { TINY_LOUD: "1" }).find("loud")).toEqual({
      value: "1",
      source: "TINY_LOUD",
    });
  });

  test("returns a fallback source last", () => {
    const reader = readerOf({}, {});
    expect(reader.find("loud", ["a login", "1"])).toEqual({ value: "1", source: "a login" });
    expect(readerOf({}, { TINY_LOUD: "0" }).find("loud", ["a login", "1"])?.source).toBe("TINY_LOUD");
  });
});

describe("read", () => {
  test("returns the parsed value, or the fallback if it is not set", () => {
    const { read, errors } = readerOf({ count: "7" }, { TINY_LOUD: "on" });
    expect([read("count", wholeNumber(9), 1), read("loud", parseSwitch, false)]).toEqual([7, true]);
    expect(readerOf({}).read("count", wholeNumber(9), undefined)).toBeUndefined();
    expect(messagesOf(errors)).toEqual([]);
  });

  test("returns the fallback for an invalid value, with an error that names its source", () => {
    const { read, errors } = readerOf({ count: "10" }, { TINY_LOUD: "maybe" });
    expect([read("count", wholeNumber(9), 1), read("loud", parseSwitch, false)]).toEqual([1, false]);
    expect(messagesOf(errors)).toEqual([
      "--count must be a whole number from 0 to 9.",
      "TINY_LOUD must be 1 or 0.",
    ]);
  });

  test("does not check an invalid variable behind a valid flag", () => {
    const { read, errors } = readerOf({ count: "7" }, { TINY_COUNT: "many" });
    expect(read("count", wholeNumber(9), 1)).toBe(7);
    expect(messagesOf(errors)).toEqual([]);
  });
});

test("an invalid value is an error of its option, and the next source applies", () => {
  const { read, errors } = readerOf({ count: "10" }, { TINY_COUNT: "7" });
  expect(read("count", wholeNumber(9), 1)).toBe(7);
  expect(errors).toEqual([{ setting: "count", message: "--count must be a whole number from 0 to 9." }]);
});

describe("a secret", () => {
  test("comes from its variable only, trimmed", () => {
    const { secret } = readerOf({ name: "a" }, { TINY_SECRET: " s3cret \n", TINY_NAME: "b" });
    expect([secret("TINY_SECRET"), secret("TINY_KEY"), secret("name")]).toEqual([
      "s3cret",
      undefined,
      undefined,
    ]);
  });

  test.each(["", " ", undefined])("is undefined if the variable is %j", (value) => {
    expect(readerOf({}, { TINY_SECRET: value }).secret("TINY_SECRET")).toBeUndefined();
  });
});

describe("a placeholder", () => {
  test("counts as unset, so that the next source applies", () => {
    const { find, warnings } = readerOf({}, { TINY_NAME: "$NAME", OLD_NAME: "c" });
    expect(find("name")).toEqual({ value: "c", source: "OLD_NAME" });
    expect(messagesOf(warnings)).toEqual([
      "TINY_NAME holds the unexpanded placeholder $NAME, so it counts as unset.",
    ]);
  });

  test("causes one warning, however often it is read", () => {
    const { find, read, secret, warnings } = readerOf({}, { TINY_COUNT: "%COUNT%", TINY_SECRET: "{env:S}" });
    find("count");
    read("count", wholeNumber(9), 1);
    secret("TINY_SECRET");
    secret("TINY_SECRET");
    expect(warnings).toHaveLength(2);
  });

  test.each([`\${SAFE}`, `\${SAFE:-1}`, "$SAFE", "%SAFE%", "{env:SAFE}"])(
    "of a safety switch is one error, however often it is read: %s",
    (value) => {
      const { find, read, errors, warnings } = readerOf({}, { TINY_SAFE: value });
      find("safe");
      expect(read("safe", parseSwitch, false)).toBe(false);
      expect(errors).toEqual([
        {
          setting: "safe",
          message: expect.stringMatching(
            /^TINY_SAFE holds the unexpanded placeholder .+\. Set it to 1 or 0, or remove it\.$/,
          ),
        },
      ]);
      expect(warnings).toEqual([]);
    },
  );

  test("of a safety switch does not matter behind its flag, and blank is unset", () => {
    const reader = readerOf({ safe: true }, { TINY_SAFE: "$SAFE" });
    expect([reader.read("safe", parseSwitch, false), reader.errors]).toEqual([true, []]);
    const blank = readerOf({}, { TINY_SAFE: " " });
    expect([blank.read("safe", parseSwitch, false), blank.errors]).toEqual([false, []]);
  });
});

function lookUp(sources: readonly [string, string | undefined][]) {
  const warnings: string[] = [];
  return { found: firstSet(sources, (message) => warnings.push(message)), warnings };
}

describe("firstSet", () => {
  test("returns the first set value", () => {
    const sources: [string, string | undefined][] = [
      ["--flag", undefined],
      ["FIRST", "1"],
      ["SECOND", "2"],
    ];
    expect(lookUp(sources)).toEqual({ found: { value: "1", source: "FIRST" }, warnings: [] });
  });

  test.each(["", " ", "\t\n", "\u00a0"])("skips blank values (%j)", (blank) => {
    expect(lookUp([["FIRST", blank]]).found).toBeUndefined();
    expect(
      lookUp([
        ["FIRST", blank],
        ["SECOND", "2"],
      ]).found?.source,
    ).toBe("SECOND");
  });

  test("trims whitespace", () => {
    expect(lookUp([["FIRST", " \u00a0 1\n"]]).found?.value).toBe("1");
  });

  test("returns undefined without a warning if nothing is set", () => {
    expect(lookUp([["FIRST", undefined]])).toEqual({ found: undefined, warnings: [] });
  });
});

const PLAIN = [
  `\${LIGHTFAST_API_KEY}`,
  "$X",
  "$_x1",
  "%X%",
  "{env:X}",
  `\${}`,
  `\${env:X}`,
  `\${input:api-key}`,
];
const WITH_DEFAULT = [`\${X:-default}`, `\${X:=default}`, `\${X:?default}`, `\${X:-}`, `\${X:-de:-fault}`];
const PLACEHOLDERS = [...PLAIN, ...WITH_DEFAULT];

describe("an unexpanded placeholder", () => {
  test.each(PLAIN)("%s counts as unset, with a warning", (value) => {
    expect(lookUp([["FIRST", ` ${value} `]])).toEqual({
      found: undefined,
      warnings: [`FIRST holds the unexpanded placeholder ${value}, so it counts as unset.`],
    });
  });

  test.each(WITH_DEFAULT)("the warning about %s omits its default, which may be a secret", (value) => {
    expect(lookUp([["FIRST", value]])).toEqual({
      found: undefined,
      warnings: [`FIRST holds the unexpanded placeholder \${X:…}, so it counts as unset.`],
    });
  });

  test("falls back to the next source", () => {
    const { found, warnings } = lookUp([
      ["--flag", "$X"],
      ["FIRST", "1"],
    ]);
    expect(found).toEqual({ value: "1", source: "FIRST" });
    expect(warnings).toHaveLength(1);
  });

  test("causes no warning behind a value", () => {
    expect(
      lookUp([
        ["--flag", "1"],
        ["FIRST", "$X"],
      ]).warnings,
    ).toEqual([]);
  });
});

test.each([
  ...PLACEHOLDERS,
  `a\${X}`,
  "$",
  "$1",
  "lf_$X",
  "100%",
  "%",
  "%%",
  "{X}",
  "https://x/%20a",
  "x%y%",
  "a$X",
])("isPlaceholder(%s) matches the whole text only", (text) => {
  expect(isPlaceholder(text)).toBe(PLACEHOLDERS.includes(text));
});

describe("the home directory", () => {
  const noEntry = (): never => {
    throw new Error("ENOENT: no such file or directory, uv_os_homedir");
  };

  test("is that of the environment", () => {
    expect(findHome([() => "/home/ada", noEntry])).toBe("/home/ada");
    expect(isAbsolute(findHome())).toBe(true);
  });

  test.each(["", "relative", "./x"])("is that of the user database if HOME is %j", (home) => {
    expect(findHome([() => home, () => "/home/ada"])).toBe("/home/ada");
  });

  test("is absolute and holds no file for a user without an entry", () => {
    expect(findHome([noEntry, noEntry])).toBe(NO_HOME);
    expect(findHome([() => "", () => ""])).toBe(NO_HOME);
    expect(isAbsolute(NO_HOME)).toBe(true);
  });
});
