import { describe, expect, test } from "vitest";
import { credentialOf, maskKey } from "../../../../../src/platforms/lightfast/config/api-key.ts";

const TAIL = "0123456789abcdefghijABCDEFGHIJ0123456789";
const judge = (value: string) => credentialOf({ value, source: "LIGHTFAST_API_KEY" });

test.each([`lf_${TAIL}`, "lf_a", "lf_sandbox_ready", "lf_with-dash_and.dot~"])("%s may be a key", (key) => {
  expect(judge(key)).toEqual({ state: "ready", key, source: "LIGHTFAST_API_KEY" });
});

test("no key is no fault, but something to be said", () => {
  expect(credentialOf(undefined)).toMatchObject({
    state: "missing",
    problem: "No Lightfast API key is set",
  });
});

test("what stood where a key was looked for is told with it", () => {
  const remark = "LIGHTFAST_API_KEY holds the unexpanded placeholder $KEY, so it counts as unset.";
  expect(credentialOf(undefined, [remark])).toMatchObject({
    state: "missing",
    problem: `No Lightfast API key is set: ${remark.slice(0, -1)}`,
  });
});

describe("what cannot be a key", () => {
  const FAULTS: readonly [key: string, fault: RegExp][] = [
    [`sk_${TAIL}`, /retired/],
    [`sk-lf-${TAIL}`, /retired/],
    [`ak_${TAIL}`, /retired/],
    [TAIL, /does not begin with lf_/],
    [`LF_${TAIL}`, /does not begin with lf_/],
    [`"lf_${TAIL}"`, /does not begin with lf_/],
    [`Bearer lf_${TAIL}`, /does not begin with lf_/],
    [` lf_${TAIL}`, /does not begin with lf_/],
    ["lf_", /nothing after lf_/],
    [`lf_${TAIL}\n${TAIL}`, /line breaks/],
    [`lf_${TAIL}\r\nx-evil: 1`, /line breaks/],
    [`lf_${TAIL} ${TAIL}`, /blanks/],
    [`lf_${TAIL}\u0000`, /other characters/],
    [`lf_${TAIL}ä`, /other characters/],
    [`lf_${TAIL}\u200b`, /other characters/],
    ["lf_…", /other characters/],
  ];

  test.each(FAULTS)("%j: %s", (key, fault) => {
    const credential = judge(key);
    expect(credential.state).toBe("malformed");
    const problem = "problem" in credential ? credential.problem : "";
    expect(problem).toMatch(fault);
    expect(problem).toMatch(/^The API key in LIGHTFAST_API_KEY /);
    expect(problem).not.toContain(TAIL.slice(0, 6));
    expect(credential).not.toHaveProperty("key");
  });

  test("is named by where it stood", () => {
    expect(credentialOf({ value: "x", source: "--api-key" })).toMatchObject({
      problem: "The API key in --api-key does not begin with lf_",
    });
  });
});

test.each([undefined, { value: "sk_old", source: "--api-key" }])(
  "without a usable key the advice names the variable, the login and the place where keys are made (%j)",
  (found) => {
    const credential = credentialOf(found);
    const advice = "advice" in credential ? credential.advice : "";
    expect(advice).toContain("LIGHTFAST_API_KEY");
    expect(advice).toContain("Settings > API Keys");
    expect(advice).toContain("npx -y @lightfastai/mcp login");
  },
);

test.each([`lf_${TAIL}`, "lf_123456789"])("%s is shown by its last four characters alone", (key) => {
  expect(maskKey(key)).toBe(`lf_…${key.slice(-4)}`);
});

test.each(["lf_12345678", "lf_1", "lf_", "sk_old", ""])(
  "nothing is shown of %j, which is too short",
  (key) => {
    expect(maskKey(key)).toBe("lf_…");
  },
);
