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

describe("the expiry of a token", () => {
  test.each([
    ["in whole seconds", 1_800_000_000],
    ["in fractional seconds", 1_800_000_000.5],
    ["in 1970", 0],
  ])("is read %s", (_, exp) => {
    expect(readTokenExpiry(tokenUntil(exp))).toBe(exp);
  });

  test.each([
    ["without the claim", tokenUntil(undefined)],
    ["with a string", tokenUntil("1800000000")],
    ["with null", tokenUntil(null)],
    ["that is not a JWT", "lfx-token"],
    ["that is empty", ""],
    ["with claims that are not JSON", `x.${encode("{exp:1}")}.x`],
    ["with claims that are a number", `x.${encode("7")}.x`],
    ["with claims that are a list", `x.${encode("[1]")}.x`],
    ["without claims", "x..x"],
  ])("is unknown for a token %s", (_, token) => {
    expect(readTokenExpiry(token)).toBeUndefined();
  });
});

describe("a static token", () => {
  test("is used until it expires, then rejected with a hint", async () => {
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

  test("without an expiry is used indefinitely", async () => {
    const clock = createClock();
    const source = createStaticTokenSource("opaque", clock.now);
    clock.pass(10 * 365 * 24 * 3600);
    expect(await source.token()).toBe("opaque");
  });

  test("stays the same after it is invalidated", async () => {
    const clock = createClock();
    const source = createStaticTokenSource("opaque", clock.now);
    source.invalidate("opaque");
    expect(await source.token()).toBe("opaque");
  });
});
