import { expect, test } from "vitest";
import { CodedError } from "../../../src/shared/errors.ts";

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
