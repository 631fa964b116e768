import { expect } from "vitest";

const ADDED = Symbol.for("regex equality");

/** In expected values, a regular expression stands for the texts that it matches. `toMatchObject` would accept any value. */
function equalsMatch(actual: unknown, expected: unknown): boolean | undefined {
  if (!(expected instanceof RegExp) || actual instanceof RegExp) return undefined;
  return typeof actual === "string" && actual.search(expected) >= 0;
}

// Runs before each file, and a worker keeps what earlier ones added.
if (!Reflect.get(globalThis, ADDED)) expect.addEqualityTesters([equalsMatch]);
Reflect.set(globalThis, ADDED, true);
