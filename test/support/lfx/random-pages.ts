import type { JsonObject } from "../../../src/shared/json.ts";

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number from `low` to `high`, each magnitude as likely as another. */
export function logUniform(random: Random, low: number, high: number): number {
  return Math.round(low * (high / low) ** random());
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

const LENGTH = 1_200_000;

/** Long texts of every kind: prose, another script, pairs of surrogates, escaped characters, and words without end. */
const SOURCES = [
  'The committee agreed on "three" actions.\n',
  "委員会はロードマップについて話し合いました。",
  "Done 😀🚀 👩‍💻 ",
  '\u0000\u0001"\\\\\t\u2028',
  "https://example.org/aVeryLongPathOfAFile/",
  "ünïcödé and spaces ",
].map((text) => text.repeat(LENGTH / text.length));

/** Any part of a source. A few begin or end with half of a pair. */
function longText(random: Random, chars: number): string {
  const source = pick(random, SOURCES);
  const start = Math.floor(random() * Math.max(source.length - chars, 1));
  const text = source.slice(start, start + chars);
  return random() < 0.003 ? text : text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}

function list<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length: Math.max(Math.round(length), 0) }, (_, index) => item(index));
}

type Field = (random: Random, chars: number) => unknown;

/** The kinds of large fields, each of about a number of characters. Texts are the most common. */
const FIELDS: readonly Field[] = [
  longText,
  longText,
  longText,
  longText,
  longText,
  (random, chars) =>
    list(chars / 70, (index) => ({
      occurrence_id: `${index}`,
      start_time: "2026-01-31T09:00:00Z",
      duration: random(),
    })),
  (random, chars) => list(chars / 90, () => longText(random, 80)),
  (_, chars) => list(chars / 50, (index) => [index, [null, true, { name: "nested" }]]),
  (random, chars) => ({ purpose: longText(random, chars / 2), more: { notes: longText(random, chars / 2) } }),
];

/** A field that only shortening of the record itself makes fit. */
const ODD_FIELDS: readonly Field[] = [
  (_, chars) => Object.fromEntries(list(chars / 20, (index) => [`field_${index}`, index])),
  (_, chars) => ({ ["name".repeat(chars / 4)]: 1 }),
];

function randomRow(random: Random, index: number, chars: number): JsonObject {
  const data: Record<string, unknown> = {
    uid: `${index}`.padStart(36, "0"),
    name: longText(random, Math.floor(random() * 60)),
    url: `https://example.org/${"p".repeat(random() * 300)}`,
    count: Math.floor(random() * 1e9),
    ratio: random() * 1e-7,
    public: random() < 0.5,
    parent: null,
  };
  const count = Math.ceil(random() * 3);
  for (let field = 0; field < count; field++) {
    const kind = pick(random, random() < 0.05 ? ODD_FIELDS : FIELDS);
    data[`field_${field}`] = kind(random, (chars / count) * random() * 2);
  }
  return { ...data, updated_at: "2026-01-31T09:00:00Z" };
}

/** A page of the query service with very roughly `chars` characters. */
export function randomPage(random: Random, chars: number): JsonObject {
  const length = logUniform(random, 1, 100);
  const row = (index: number) => ({
    type: "v1_thing",
    id: `v1_thing:${index}`,
    data: randomRow(random, index, chars / length),
  });
  return { resources: list(length, row), ...(random() < 0.5 && { page_token: longText(random, 30) || "t" }) };
}
