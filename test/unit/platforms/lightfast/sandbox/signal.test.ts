import { describe, expect, it } from "vitest";
import {
  outcomeOf,
  type SignalRow,
  signalAt,
} from "../../../../../src/platforms/lightfast/sandbox/signal.ts";

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
    outcome: outcomeOf(input),
  };
}

/** The signal so many milliseconds after it was created. */
function later(input: string, ms: number, delayMs = DELAY) {
  return signalAt(row(input), CREATED + ms, delayMs);
}

describe("a signal moves on with the clock", () => {
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

  it("says the same whenever the same moment is asked for", () => {
    expect(later("@ada", 250)).toEqual(later("@ada", 250));
  });

  it("is classified at once where the delay is none", () => {
    expect(later("@ada", 0, 0)).toMatchObject({ status: "classified", entityLinks: [{ label: "@ada" }] });
  });

  it("is still queued where the clock was set back", () => {
    expect(later("hello", -1e6).status).toBe("queued");
  });
});

describe("a signal that names somebody", () => {
  it("becomes the team's when it is classified, and gets its links some time after", () => {
    expect(later("Ask @ada", 199)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
    expect(later("Ask @ada", 299)).toMatchObject({ visibilityScope: "team", entityLinks: [] });
    expect(later("Ask @ada", 300).entityLinks).toMatchObject([{ anchorText: "@ada" }]);
  });

  it("does not change its date when the links come", () => {
    expect(later("Ask @ada", 300).updatedAt).toBe(later("Ask @ada", 200).updatedAt);
  });
});

it("a signal that names nobody stays private and never gets links", () => {
  expect(later("hello", 1e6)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
});

describe("markers change the course", () => {
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

  it("and a signal that is not classified stays private, without classification or links", () => {
    for (const marker of ["failed", "stuck", "enqueue"]) {
      const signal = later(`[sandbox:${marker}] @ada`, 1e6);
      expect(signal).toMatchObject({ visibilityScope: "user", classification: null, entityLinks: [] });
    }
  });
});
