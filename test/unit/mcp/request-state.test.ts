import { describe, expect, test } from "vitest";
import { createStateSigner } from "../../../src/mcp/request-state.ts";

const CLAIMS = { purpose: "confirm", round: 1, data: { name: "Board" } };
const CALL = { tool: "tiny_drop", args: { text: "x", times: 2 }, caller: "user-1" };
const MINUTE = 60_000;

let time = 1_000_000;
function signer(secret = "a secret of the deployment") {
  return createStateSigner(secret, () => time);
}

describe("a state", () => {
  test("returns its claims to the call that it was signed for, also at another instance", () => {
    const state = signer().sign(CLAIMS, CALL, MINUTE);
    expect(signer().verify(state, CALL)).toEqual(CLAIMS);
  });

  test("does not depend on the order of the arguments' fields", () => {
    const state = signer().sign(CLAIMS, { ...CALL, args: { a: { c: 1, b: [2, 1] }, d: 3 } }, MINUTE);
    expect(signer().verify(state, { ...CALL, args: { d: 3, a: { b: [2, 1], c: 1 } } })).toEqual(CLAIMS);
  });

  test("treats absent arguments as none", () => {
    const state = signer().sign(CLAIMS, { ...CALL, args: undefined }, MINUTE);
    expect(signer().verify(state, { ...CALL, args: {} })).toEqual(CLAIMS);
  });

  test("contains neither the caller's key nor the arguments", () => {
    const call = { tool: "tiny_drop", args: { text: "private words" }, caller: "lf_secret_key" };
    const state = signer().sign(CLAIMS, call, MINUTE);
    const text = Buffer.from(state.split(".")[1] ?? "", "base64url").toString();
    expect(text).toContain("confirm");
    expect(text).not.toMatch(/lf_secret_key|private words/);
  });

  test.each([
    ["another tool", { tool: "tiny_write" }],
    ["another caller", { caller: "user-2" }],
    ["no caller", { caller: undefined }],
    ["other arguments", { args: { text: "x", times: 3 } }],
    ["an additional argument", { args: { text: "x", times: 2, more: null } }],
    ["a number as a text", { args: { text: "x", times: "2" } }],
    ["items in another order", { args: [1, 2] }],
  ])("is refused for %s", (_, change) => {
    const state = signer().sign(CLAIMS, CALL, MINUTE);
    expect(signer().verify(state, { ...CALL, ...change })).toBe("mismatch");
  });

  test("is refused for arguments that are nested too deeply to serialize", () => {
    const state = signer().sign(CLAIMS, CALL, MINUTE);
    const args = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    expect(signer().verify(state, { ...CALL, args })).toBe("mismatch");
  });

  test("is refused by an instance with another secret", () => {
    expect(signer("another secret").verify(signer().sign(CLAIMS, CALL, MINUTE), CALL)).toBe("invalid");
    const own = () => createStateSigner(undefined, () => time);
    expect(own().verify(own().sign(CLAIMS, CALL, MINUTE), CALL)).toBe("invalid");
  });

  test("counts until it expires", () => {
    const [early, late] = [signer().sign(CLAIMS, CALL, MINUTE), signer().sign(CLAIMS, CALL, MINUTE)];
    time += MINUTE - 1;
    expect(signer().verify(early, CALL)).toEqual(CLAIMS);
    time += 1;
    expect(signer().verify(late, CALL)).toBe("expired");
  });

  test("counts once", () => {
    const one = signer();
    const state = one.sign(CLAIMS, CALL, MINUTE);
    expect(one.verify(state, CALL)).toEqual(CLAIMS);
    expect(one.verify(state, CALL)).toBe("used");
  });

  test("is not used up by a call that it does not belong to", () => {
    const one = signer();
    const state = one.sign(CLAIMS, CALL, MINUTE);
    expect(one.verify(state, { ...CALL, tool: "tiny_write" })).toBe("mismatch");
    expect(one.verify(state, CALL)).toEqual(CLAIMS);
  });

  test.each([
    ["a changed payload", ([version, , mac]: string[]) => [version, forged(), mac]],
    ["a signature of another payload", ([version, payload]: string[]) => [version, payload, "AAAA"]],
    ["no signature", ([version, payload]: string[]) => [version, payload]],
    ["another version", ([, payload, mac]: string[]) => ["2", payload, mac]],
    ["more parts", (parts: string[]) => [...parts, "x"]],
    [
      "over 4096 characters",
      ([version, payload, mac]: string[]) => [version, payload, `${mac}${"=".repeat(5000)}`],
    ],
    ["nothing", () => []],
  ])("is refused with %s", (_, change) => {
    const state = signer().sign(CLAIMS, CALL, MINUTE);
    expect(signer().verify(change(state.split(".")).join("."), CALL)).toBe("invalid");
  });

  test.each([null, 1, {}, []])("is refused if it is %j", (state) => {
    expect(signer().verify(state, CALL)).toBe("invalid");
  });

  test("does not get too long", () => {
    expect(() => signer().sign({ ...CLAIMS, data: "x".repeat(5000) }, CALL, MINUTE)).toThrow(/4096/);
  });
});

/** A payload without a valid signature. */
function forged(): string {
  return Buffer.from(JSON.stringify({ purpose: "confirm", round: 1, until: 1e15 })).toString("base64url");
}
