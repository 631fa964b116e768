import { describe, expect, test } from "vitest";
import { parseSwitch, wholeNumber } from "../../../src/config/parsers.ts";
import { createReader, type FlagsOf } from "../../../src/config/reader.ts";
import type { Environment } from "../../../src/config/values.ts";
import { messagesOf } from "../../support/settings.ts";

const TABLE = {
  name: { flag: "--name", argument: "text", variables: ["TINY_NAME", "OLD_NAME"], description: "a name" },
  count: { flag: "--count", argument: "number", variables: ["TINY_COUNT"], description: "a count" },
  loud: { flag: "--loud", variables: ["TINY_LOUD"], description: "a switch" },
} as const;

type Name = keyof typeof TABLE;

function readerOf(flags: FlagsOf<Name>, env: Environment = {}) {
  return createReader<Name>(TABLE, flags, env);
}

describe("a setting is found", () => {
  test.each([
    ["by its flag before any variable", { name: "a" }, { TINY_NAME: "b", OLD_NAME: "c" }, ["a", "--name"]],
    ["by its first variable before the next", {}, { TINY_NAME: "b", OLD_NAME: "c" }, ["b", "TINY_NAME"]],
    ["by a later variable, if the first is blank", {}, { TINY_NAME: " ", OLD_NAME: "c" }, ["c", "OLD_NAME"]],
    ["by a variable, if the flag is blank", { name: "" }, { TINY_NAME: "b" }, ["b", "TINY_NAME"]],
    ["without the space around it", { name: " a\n" }, {}, ["a", "--name"]],
  ])("%s", (_, flags, env, [value, source]) => {
    expect(readerOf(flags, env).find("name")).toEqual({ value, source });
  });

  test.each([
    ["where nothing is set", {}, {}],
    ["where all is blank", { name: "" }, { TINY_NAME: "\t", OLD_NAME: "" }],
    ["where only another is set", { count: "1" }, { NAME: "x", tiny_name: "y" }],
  ])("nowhere %s", (_, flags, env) => {
    expect(readerOf(flags, env).find("name")).toBeUndefined();
  });

  test("as on, where the flag takes no value and is there; else the variable counts", () => {
    expect(readerOf({ loud: true }).find("loud")).toEqual({ value: "1", source: "--loud" });
    expect(readerOf({ loud: false }, { TINY_LOUD: "1" }).find("loud")).toEqual({
      value: "1",
      source: "TINY_LOUD",
    });
  });

  test("in a place of last resort, where neither flag nor variable holds it", () => {
    const reader = readerOf({}, {});
    expect(reader.find("loud", ["a login", "1"])).toEqual({ value: "1", source: "a login" });
    expect(readerOf({}, { TINY_LOUD: "0" }).find("loud", ["a login", "1"])?.source).toBe("TINY_LOUD");
  });
});

describe("a setting is read", () => {
  test("as what it stands for, or as the fallback where it is not set", () => {
    const { read, errors } = readerOf({ count: "7" }, { TINY_LOUD: "on" });
    expect([read("count", wholeNumber(9), 1), read("loud", parseSwitch, false)]).toEqual([7, true]);
    expect(readerOf({}).read("count", wholeNumber(9), undefined)).toBeUndefined();
    expect(messagesOf(errors)).toEqual([]);
  });

  test("as the fallback where it is wrong, which is told with where it stands", () => {
    const { read, errors } = readerOf({ count: "10" }, { TINY_LOUD: "maybe" });
    expect([read("count", wholeNumber(9), 1), read("loud", parseSwitch, false)]).toEqual([1, false]);
    expect(messagesOf(errors)).toEqual([
      "--count must be a whole number from 0 to 9.",
      "TINY_LOUD must be 1 or 0.",
    ]);
  });

  test("by the flag alone, so that a wrong variable behind it troubles nobody", () => {
    const { read, errors } = readerOf({ count: "7" }, { TINY_COUNT: "many" });
    expect(read("count", wholeNumber(9), 1)).toBe(7);
    expect(messagesOf(errors)).toEqual([]);
  });
});

describe("a secret", () => {
  test("is read of its variable alone, without the space around it", () => {
    const { secret } = readerOf({ name: "a" }, { TINY_SECRET: " s3cret \n", TINY_NAME: "b" });
    expect([secret("TINY_SECRET"), secret("TINY_KEY"), secret("name")]).toEqual([
      "s3cret",
      undefined,
      undefined,
    ]);
  });

  test.each(["", " ", undefined])("is not there where the variable holds %j", (value) => {
    expect(readerOf({}, { TINY_SECRET: value }).secret("TINY_SECRET")).toBeUndefined();
  });
});

describe("a placeholder that nobody expanded", () => {
  test("counts as unset, and leaves the place to what stands behind it", () => {
    const { find, warnings } = readerOf({}, { TINY_NAME: "$NAME", OLD_NAME: "c" });
    expect(find("name")).toEqual({ value: "c", source: "OLD_NAME" });
    expect(messagesOf(warnings)).toEqual([
      "TINY_NAME holds the unexpanded placeholder $NAME, so it counts as unset.",
    ]);
  });

  test("is noticed once, however often it is looked at", () => {
    const { find, read, secret, warnings } = readerOf({}, { TINY_COUNT: "%COUNT%", TINY_SECRET: "{env:S}" });
    find("count");
    read("count", wholeNumber(9), 1);
    secret("TINY_SECRET");
    secret("TINY_SECRET");
    expect(warnings).toHaveLength(2);
  });
});
