import fc from "fast-check";
import { expect } from "vitest";
import { type Format, FormatError, find } from "../../../src/clients/formats/format.ts";
import type { Entry, Path } from "../../../src/clients/types.ts";

/** Whether a text can be had from another one by taking characters out: nothing of it was lost or changed. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (let index = 0; index < whole.length && at < part.length; index += 1) {
    if (whole[index] === part[at]) at += 1;
  }
  return at === part.length;
}

type Subject = { readonly format: Format; readonly path: Path; readonly entry: Entry; readonly other: Path };

/** Putting an entry in loses nothing, and taking it out again restores every byte. */
export function restores(
  { format, path, entry }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, (text) => {
      const after = format.set(text, path, entry);
      expect(isWithin(text, after)).toBe(true);
      expect(format.remove(after, path)).toBe(text);
    }),
    { numRuns },
  );
}

/** What others put into the file meanwhile stays, whether our entry was changed in between or not. */
export function keepsOthers(
  { format, path, entry, other }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isRenewed) => {
      const ours = format.set(text, path, entry);
      const renewed = isRenewed ? format.set(ours, path, { ...entry, extra: "x" }) : ours;
      const after = format.remove(format.set(renewed, other, { own: 1 }), path) ?? "";
      expect(isWithin(text, after)).toBe(true);
      expect(format.parse(after)).toEqual(format.parse(format.set(text, other, { own: 1 })));
    }),
    { numRuns },
  );
}

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

/** A text with a fault somewhere is refused with its place, or else edited like any other. */
export function refusesOrRestores(
  { format, path, entry }: Subject,
  texts: fc.Arbitrary<string>,
  numRuns: number,
): void {
  let refused = 0;
  fc.assert(
    fc.property(texts, fc.nat(), fc.constantFrom(...JUNK), fc.nat(3), (text, place, junk, length) => {
      const at = place % (text.length + 1);
      const damaged = text.slice(0, at) + junk + text.slice(at + length);
      let after: string;
      try {
        fc.pre(find(format.parse(damaged), path) === undefined);
        after = format.set(damaged, path, entry);
      } catch (error) {
        if (fc.PreconditionFailure.isFailure(error)) throw error;
        expect(error).toBeInstanceOf(FormatError);
        refused += 1;
        return;
      }
      expect(isWithin(damaged, after)).toBe(true);
      expect(format.remove(after, path)).toBe(damaged);
    }),
    { numRuns },
  );
  expect(refused).toBeGreaterThan(numRuns / 10);
}
