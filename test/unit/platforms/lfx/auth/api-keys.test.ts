import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createApiKeys } from "../../../../../src/platforms/lfx/auth/api-keys.ts";

const KEYS = [
  { owner: "ci", secret: "key-of-the-ci" },
  { owner: "bot", secret: "key-of-the-ci-bot" },
  { owner: "dotted", secret: "three.part.key" },
  { owner: "umlaut", secret: "schlüssel-🔑" },
];
const ownerOf = createApiKeys(KEYS);

test.each(KEYS)("the key of $owner tells that it is $owner's", ({ owner, secret }) => {
  expect(ownerOf(secret)).toBe(owner);
});

describe("a value is nobody's", () => {
  test.each([
    ["that is the beginning of a key", "key-of-the"],
    ["that begins with a key", "key-of-the-ci-"],
    ["that is a key in capitals", "KEY-OF-THE-CI"],
    ["with space around it", " key-of-the-ci "],
    ["with a zero byte behind it", "key-of-the-ci\0"],
    ["that is empty", ""],
    ["that is an owner", "ci"],
    ["that is two keys", "key-of-the-cikey-of-the-ci-bot"],
    ["of a million characters", "k".repeat(1_000_000)],
    ["that every object has", "constructor"],
  ])("%s", (_, value) => {
    expect(ownerOf(value)).toBeUndefined();
  });

  test("that is no key, whatever it is", () => {
    const secrets = new Set(KEYS.map(({ secret }) => secret));
    fc.assert(
      fc.property(fc.string(), (value) => secrets.has(value) || ownerOf(value) === undefined),
      { numRuns: 500 },
    );
  });
});

test("where there are no keys, every value is nobody's", () => {
  const none = createApiKeys([]);
  for (const value of ["", "x", "key-of-the-ci"]) expect(none(value)).toBeUndefined();
});

test("two keys may be of one owner", () => {
  const own = createApiKeys([
    { owner: "ci", secret: "old-key" },
    { owner: "ci", secret: "new-key" },
  ]);
  expect([own("old-key"), own("new-key")]).toEqual(["ci", "ci"]);
});
