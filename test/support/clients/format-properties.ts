import fc from "fast-check";
import { expect } from "vitest";
import { type Format, FormatError, getIn } from "../../../src/clients/formats/format.ts";
import type { Entry, Path } from "../../../src/clients/types.ts";

/** What a property edits: an entry at `path`, and something else at `otherPath`. */
type EditCase = {
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

/** `set` loses nothing, and `remove` restores everything except blanks and containers without a value. */
export function expectRoundTrip(
  { format, path, entry }: EditCase,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, (text) => {
      const after = format.set(text, path, entry);
      expect(isSubsequence(withoutBlanks(text), withoutBlanks(after))).toBe(true);
      expectRestored(format, path, text, format.remove(after, path));
    }),
    { numRuns },
  );
}

/** Values that others add between `set` and `remove` stay, even if the entry changes in between. */
export function expectOthersKept(
  { format, path, entry, otherPath }: EditCase,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isUpdated) => {
      const installed = format.set(text, path, entry);
      const updated = isUpdated ? format.set(installed, path, { ...entry, extra: "x" }) : installed;
      const after = format.remove(format.set(updated, otherPath, { own: 1 }), path) ?? "";
      expect(isSubsequence(withoutBlanks(text), withoutBlanks(after))).toBe(true);
      expect(format.parse(after)).toEqual(format.parse(format.set(text, otherPath, { own: 1 })));
    }),
    { numRuns },
  );
}

/** A damaged text is rejected with a `FormatError`, or edited like any other. */
export function expectRejectionOrRoundTrip(
  { format, path, entry }: EditCase,
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
      expect(isSubsequence(withoutBlanks(damaged), withoutBlanks(after))).toBe(true);
      expectRestored(format, path, damaged, format.remove(after, path));
    }),
    { numRuns },
  );
  expect(rejected).toBeGreaterThan(numRuns / 10);
}

function expectRestored(
  format: Format,
  [container = ""]: Path,
  before: string,
  after: string | undefined,
): void {
  expect(prune(format.parse(after ?? ""))).toEqual(prune(format.parse(before)));
  const inner = getIn(format.parse(before), [container]);
  if (inner instanceof Map && inner.size > 0) expect(withoutBlanks(after ?? "")).toBe(withoutBlanks(before));
}

/** Without containers that contain nothing. */
function prune(data: unknown): unknown {
  if (!(data instanceof Map)) return data ?? undefined;
  const kept = [...data]
    .map(([key, inner]) => [key, prune(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return kept.length > 0 ? new Map(kept) : undefined;
}

/** Blanks between values may change, and braces with nothing inside become a block. */
function withoutBlanks(text: string): string {
  return text.replace(/\s/g, "").replaceAll("{}", "");
}

/** Whether removing characters from `whole` can give `part`, so that nothing in it was lost or changed. */
function isSubsequence(part: string, whole: string): boolean {
  let matched = 0;
  for (let index = 0; index < whole.length && matched < part.length; index += 1) {
    if (whole[index] === part[matched]) matched += 1;
  }
  return matched === part.length;
}
