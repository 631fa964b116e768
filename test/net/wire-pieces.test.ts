import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes, lines, outcomeOf } from "../support/wire-outcome.ts";

/** Bytes in pieces, cut at these places of each thousand. */
const cut = (whole: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set(places.map((place) => Math.floor((place * whole.length) / 1000)))].sort(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, index) => Buffer.from(whole.subarray(from, at[index] ?? whole.length)));
};

const anyBody = fc.string({ unit: "binary", maxLength: 300 });
const anyChunks = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 8 })
  .map((all) =>
    Buffer.concat([
      ...all.flatMap((one) => [bytes(`${one.length.toString(16)};a=b\r\n`), one, bytes("\r\n")]),
      bytes("0\r\nx: y\r\n\r\n"),
    ]),
  );
const anyAnswer = fc.oneof(
  anyBody.map((body) =>
    Buffer.from(lines("HTTP/1.1 200 OK", `Content-Length: ${Buffer.byteLength(body)}`, "", body)),
  ),
  anyBody.map((body) =>
    Buffer.from(lines("HTTP/1.1 100 Continue", "", "HTTP/1.1 503 No", "retry-after: 1", "", body)),
  ),
  anyChunks.map((body) =>
    Buffer.concat([bytes(lines("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "")), body]),
  ),
);
const anyPlaces = fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 40 });

test("where an answer is cut into pieces makes no difference", () => {
  fc.assert(
    fc.property(anyAnswer, anyPlaces, (answer, places) => {
      const whole = outcomeOf([Buffer.from(answer)]);
      expect(whole).toBeTypeOf("object");
      expect(outcomeOf(cut(answer, places))).toEqual(whole);
      expect(outcomeOf([...answer].map((byte) => Buffer.from([byte])))).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test("whatever comes is an answer or a failure when the connection has ended, and the same in any pieces", () => {
  const anyDamage = fc
    .tuple(anyAnswer, fc.nat(400), fc.uint8Array({ maxLength: 6 }))
    .map(([answer, at, put]) => {
      const place = Math.min(at, answer.length);
      return Buffer.concat([answer.subarray(0, place), put, answer.subarray(place + put.length)]);
    });
  fc.assert(
    fc.property(
      fc.oneof(
        anyDamage,
        fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
      ),
      anyPlaces,
      (garbage, places) => {
        const whole = outcomeOf([Buffer.from(garbage)]);
        const inPieces = outcomeOf(cut(garbage, places));
        // Bytes behind an answer may come after it has been read.
        if (typeof whole === "string") expect(inPieces).toBe(whole);
        else expect(inPieces).toMatchObject({ status: whole.status, body: whole.body });
      },
    ),
    { numRuns: 2000 },
  );
});
