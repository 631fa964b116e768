import { describe, expect, test } from "vitest";
import {
  createStaticTokenSource,
  readTokenExpiry,
} from "../../../../../src/platforms/lfx/client/static-token.ts";
import { createClock, refusalOf } from "../../../../support/auth/tokens.ts";
import { tokenUntil } from "../../../../support/lfx/environments.ts";

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

describe("when a token expires", () => {
  test.each([
    ["in whole seconds", 1_800_000_000],
    ["in parts of one", 1_800_000_000.5],
    ["long ago", 0],
  ])("it says itself, %s", (_, exp) => {
    expect(readTokenExpiry(tokenUntil(exp))).toBe(exp);
  });

  test.each([
    ["without a claim", tokenUntil(undefined)],
    ["with a text for a time", tokenUntil("1800000000")],
    ["with nothing for a time", tokenUntil(null)],
    ["that is no JWT", "lfx-token"],
    ["that is empty", ""],
    ["whose claims are no JSON", `x.${encode("{exp:1}")}.x`],
    ["whose claims are no object", `x.${encode("7")}.x`],
    ["whose claims are a list", `x.${encode("[1]")}.x`],
    ["whose claims are not there", "x..x"],
  ])("a token %s does not say", (_, token) => {
    expect(readTokenExpiry(token)).toBeUndefined();
  });
});

describe("a ready token", () => {
  test("is used as it is until it expires, and then refused with what to do", async () => {
    const clock = createClock();
    const token = tokenUntil(clock.seconds() + 60);
    const source = createStaticTokenSource(token, clock.now);
    clock.pass(59.999);
    expect(await source.token()).toBe(token);
    clock.pass(0.001);
    const refusal = await refusalOf(source.token());
    expect(refusal).toMatchObject({
      code: "invalid_token",
      message: "The LFX token expired at 2026-03-01T12:01:00.000Z",
      hint: expect.stringContaining("LFXMCP_LFX_TOKEN"),
    });
    expect(String(refusal)).not.toContain(token);
  });

  test("that does not say when it expires is used for as long as there are calls", async () => {
    const clock = createClock();
    const source = createStaticTokenSource("opaque", clock.now);
    clock.pass(10 * 365 * 24 * 3600);
    expect(await source.token()).toBe("opaque");
  });

  test("stays the same where it was refused: there is no other", async () => {
    const clock = createClock();
    const source = createStaticTokenSource("opaque", clock.now);
    source.invalidate("opaque");
    expect(await source.token()).toBe("opaque");
  });
});
