import fc from "fast-check";
import { expect } from "vitest";
import { type Format, FormatError, getIn } from "../../../src/clients/formats/format.ts";
import type { Entry, Path } from "../../../src/clients/types.ts";

/** What a property edits: an entry at `path`, and something else at `otherPath`. */
type Subject = {
  readonly format: Format;
  readonly path: Path;
  readonly entry: Entry;
  readonly otherPath: Path;
};

const JUNK = [
  "",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "=",
  '"',
  "'",
  "#",
  "//",
  "/*",
  "-",
  "&a",
  "*a",
  "\t",
  "\n",
  "\0",
  "x",
];

/** `set` loses nothing, and `remove` restores every byte. */
export function expectRoundTrip(
  { format, path, entry }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, (text) => {
      const after = format.set(text, path, entry);
      expect(isSubsequence(text, after)).toBe(true);
      expect(format.remove(after, path)).toBe(text);
    }),
    { numRuns },
  );
}

/** Values that others add between `set` and `remove` stay, even if the entry changes in between. */
export function expectOthersKept(
  { format, path, entry, otherPath }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isUpdated) => {
      const installed = format.set(text, path, entry);
      const updated = isUpdated ? format.set(installed, path, { ...entry, extra: "x" }) : installed;
      const after = format.remove(format.set(updated, otherPath, { own: 1 }), path) ?? "";
      expect(isSubsequence(text, after)).toBe(true);
      expect(format.parse(after)).toEqual(format.parse(format.set(text, otherPath, { own: 1 })));
    }),
    { numRuns },
  );
}

/** A damaged text is rejected with a `FormatError`, or edited like any other. */
export function expectRejectionOrRoundTrip(
  { format, path, entry }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  let rejected = 0;
  fc.assert(
    fc.property(texts, fc.nat(), fc.constantFrom(...JUNK), fc.nat(3), (text, place, junk, length) => {
      const offset = place % (text.length + 1);
      const damaged = text.slice(0, offset) + junk + text.slice(offset + length);
      let after: string;
      try {
        fc.pre(getIn(format.parse(damaged), path) === undefined);
        after = format.set(damaged, path, entry);
      } catch (error) {
        if (fc.PreconditionFailure.isFailure(error)) throw error;
        expect(error).toBeInstanceOf(FormatError);
        rejected += 1;
        return;
      }
      expect(isSubsequence(damaged, after)).toBe(true);
      expect(format.remove(after, path)).toBe(damaged);
    }),
    { numRuns },
  );
  expect(rejected).toBeGreaterThan(numRuns / 10);
}

/** Whether removing characters from `whole` can give `part`, so that nothing in it was lost or changed. */
function isSubsequence(part: string, whole: string): boolean {
  let matched = 0;
  for (let index = 0; index < whole.length && matched < part.length; index += 1) {
    if (whole[index] === part[matched]) matched += 1;
  }
  return matched === part.length;
}
