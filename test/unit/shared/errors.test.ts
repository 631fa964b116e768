import { expect, test } from "vitest";
import { CodedError, codeOf } from "../../../src/shared/errors.ts";

class Spilled extends CodedError {
  static override readonly code: string = "SPILLED";
}

test("an instance has its class's code", () => {
  expect(new Spilled("the cup fell")).toMatchObject({ message: "the cup fell", code: Spilled.code });
});

test("a code given to the constructor replaces the class's", () => {
  expect(new Spilled("the cup fell", { code: "SPILLED_HOT" }).code).toBe("SPILLED_HOT");
});

test("the cause is kept", () => {
  const cause = new Error("the table moved");
  expect(new Spilled("the cup fell", { cause }).cause).toBe(cause);
});

test.each([
  ["a system error", Object.assign(new Error("gone"), { code: "ENOENT" }), "ENOENT"],
  ["an error of this package", new Spilled("the cup fell"), "SPILLED"],
  ["an error without a code", new Error("gone"), undefined],
  ["an error with a number", Object.assign(new Error("gone"), { code: 20 }), undefined],
  ["something else that was thrown", { code: "ENOENT" }, undefined],
])("the code of %s", (_, error, code) => {
  expect(codeOf(error)).toBe(code);
});
