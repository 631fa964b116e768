import { describe, expect, test } from "vitest";
import { firstSet, isPlaceholder } from "../../../src/config/values.ts";

function looked(places: readonly [string, string | undefined][]) {
  const notices: string[] = [];
  return { found: firstSet(places, (line) => notices.push(line)), notices };
}

describe("a setting is found", () => {
  test("in the first place that holds a value", () => {
    const places: [string, string | undefined][] = [
      ["--flag", undefined],
      ["FIRST", "1"],
      ["SECOND", "2"],
    ];
    expect(looked(places)).toEqual({ found: { value: "1", source: "FIRST" }, notices: [] });
  });

  test.each(["", " ", "\t\n", "\u00a0"])("not where a place holds only blanks (%j)", (blank) => {
    expect(looked([["FIRST", blank]]).found).toBeUndefined();
    expect(
      looked([
        ["FIRST", blank],
        ["SECOND", "2"],
      ]).found?.source,
    ).toBe("SECOND");
  });

  test("without the blanks around it", () => {
    expect(looked([["FIRST", " \u00a0 1\n"]]).found?.value).toBe("1");
  });

  test("nowhere, without a remark", () => {
    expect(looked([["FIRST", undefined]])).toEqual({ found: undefined, notices: [] });
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

describe("a placeholder that no client expanded", () => {
  test.each(PLAIN)("%s counts as unset, and is named", (value) => {
    expect(looked([["FIRST", ` ${value} `]])).toEqual({
      found: undefined,
      notices: [`FIRST holds the unexpanded placeholder ${value}, so it counts as unset.`],
    });
  });

  test.each(WITH_DEFAULT)("%s is named without its default, which may be a secret", (value) => {
    expect(looked([["FIRST", value]])).toEqual({
      found: undefined,
      notices: [`FIRST holds the unexpanded placeholder \${X:…}, so it counts as unset.`],
    });
  });

  test("gives way to the next place", () => {
    const { found, notices } = looked([
      ["--flag", "$X"],
      ["FIRST", "1"],
    ]);
    expect(found).toEqual({ value: "1", source: "FIRST" });
    expect(notices).toHaveLength(1);
  });

  test("is not remarked upon behind a value", () => {
    expect(
      looked([
        ["--flag", "1"],
        ["FIRST", "$X"],
      ]).notices,
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
])("%s is a placeholder only as a whole", (text) => {
  expect(isPlaceholder(text)).toBe(PLACEHOLDERS.includes(text));
});
