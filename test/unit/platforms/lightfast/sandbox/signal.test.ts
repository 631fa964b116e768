import { describe, expect, it } from "vitest";
import { analyze, type SignalRow, signalAt } from "../../../../../src/platforms/lightfast/sandbox/signal.ts";

const CREATED = Date.UTC(2026, 0, 1);
const DELAY = 100;

function row(input: string): SignalRow {
  return {
    number: 1,
    id: "signal_00000000-0000-0000-0000-000000000000",
    orgId: "org",
    userId: "user",
    input,
    createdAt: CREATED,
    analysis: analyze(input),
  };
}

/** The signal `ms` milliseconds after it was created. */
function later(input: string, ms: number, delayMs = DELAY) {
  return signalAt(row(input), CREATED + ms, delayMs);
}

describe("a signal changes with the clock", () => {
  it.each([
    [0, "queued", 0],
    [99, "queued", 0],
    [100, "processing", 100],
    [199, "processing", 100],
    [200, "classified", 200],
    [1e9, "classified", 200],
  ])("after %i ms it is %s", (ms, status, updated) => {
    const signal = later("hello", ms);
    expect(signal.status).toBe(status);
    expect(signal.createdAt).toBe(new Date(CREATED).toISOString());
    expect(signal.updatedAt).toBe(new Date(CREATED + updated).toISOString());
    expect(signal.classification === null).toBe(status !== "classified");
  });

  it("is the same whenever the same time is given", () => {
    expect(later("@ada", 250)).toEqual(later("@ada", 250));
  });

  it("is classified at once without a delay", () => {
    expect(later("@ada", 0, 0)).toMatchObject({ status: "classified", entityLinks: [{ label: "@ada" }] });
  });

  it("is queued if the clock was set back", () => {
    expect(later("hello", -1e6).status).toBe("queued");
  });
});

describe("a signal with a contact", () => {
  it("becomes visible to the team when classified, and gets its links later", () => {
    expect(later("Ask @ada", 199)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
    expect(later("Ask @ada", 299)).toMatchObject({ visibilityScope: "team", entityLinks: [] });
    expect(later("Ask @ada", 300).entityLinks).toMatchObject([{ anchorText: "@ada" }]);
  });

  it("keeps its date when the links appear", () => {
    expect(later("Ask @ada", 300).updatedAt).toBe(later("Ask @ada", 200).updatedAt);
  });
});

it("a signal without a contact stays private and gets no links", () => {
  expect(later("hello", 1e6)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
});

describe("markers change the lifecycle", () => {
  it.each([
    ["[sandbox:failed] @ada", ["queued", "processing", "failed", "failed"]],
    ["[sandbox:stuck] @ada", ["queued", "processing", "processing", "processing"]],
    ["[sandbox:enqueue] @ada", ["failed", "failed", "failed", "failed"]],
    ["[sandbox:slow] @ada", ["queued", "processing", "classified", "classified"]],
    ["[sandbox:broken] @ada", ["queued", "processing", "classified", "classified"]],
    ["[sandbox:unknown] @ada", ["queued", "processing", "classified", "classified"]],
  ])("of %s", (input, statuses) => {
    expect([0, 100, 200, 300].map((ms) => later(input, ms).status)).toEqual(statuses);
  });

  it("so that an unclassified signal stays private, without classification or links", () => {
    for (const marker of ["failed", "stuck", "enqueue"]) {
      const signal = later(`[sandbox:${marker}] @ada`, 1e6);
      expect(signal).toMatchObject({ visibilityScope: "user", classification: null, entityLinks: [] });
    }
  });
});
