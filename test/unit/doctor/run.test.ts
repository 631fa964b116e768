import { expect, test } from "vitest";
import { failed, ok, skipped, warning } from "../../../src/doctor/finding.ts";
import { type Check, type CheckReport, runChecks } from "../../../src/doctor/run.ts";

import { subjectOf } from "../../support/subject.ts";

function check(id: string, more: Partial<Check> = {}): Check {
  return {
    id,
    title: id.toUpperCase(),
    hint: `mend ${id}`,
    failure: "other",
    run: () => ok("fine"),
    ...more,
  };
}

function stateOf({ id, status, summary }: CheckReport) {
  return `${id} ${status}: ${summary}`;
}

test("checks are carried out one after the other, and each is reported as it is done", async () => {
  const events: string[] = [];
  const slow = (id: string) =>
    check(id, {
      run: async () => {
        events.push(`${id} begins`);
        await Promise.resolve();
        return ok("fine");
      },
    });
  const reports = await runChecks([slow("a"), slow("b")], await subjectOf(), ({ id }) =>
    events.push(`${id} told`),
  );
  expect(events).toEqual(["a begins", "a told", "b begins", "b told"]);
  expect(reports.map(stateOf)).toEqual(["a ok: fine", "b ok: fine"]);
});

test("what stands on a failed check is skipped and names the first cause, and all else goes on", async () => {
  const never = () => {
    throw new Error("was carried out");
  };
  const reports = await runChecks(
    [
      check("a", { run: () => failed("broken") }),
      check("b", { needs: ["a"], run: never }),
      check("c", { needs: ["b"], run: never }),
      check("d"),
    ],
    await subjectOf(),
  );
  expect(reports.map(stateOf)).toEqual([
    "a failed: broken",
    "b skipped: Not tried, because of what was found under A.",
    "c skipped: Not tried, because of what was found under A.",
    "d ok: fine",
  ]);
});

test.each([
  ["does not apply", { skip: () => "not here" }],
  ["only warns", { run: () => warning("doubtful") }],
  ["skips itself", { run: () => skipped("nothing there") }],
] satisfies [string, Partial<Check>][])("a check that %s holds nothing up", async (_, more) => {
  const [, second] = await runChecks([check("a", more), check("b", { needs: ["a"] })], await subjectOf());
  expect(second?.status).toBe("ok");
});

test("a check that does not apply is not carried out, and says why", async () => {
  const run = () => {
    throw new Error("was carried out");
  };
  const reports = await runChecks([check("a", { skip: () => "not here", run })], await subjectOf());
  expect(reports.map(stateOf)).toEqual(["a skipped: not here"]);
});

test("only what is not well has advice, its own or else the check's", async () => {
  const reports = await runChecks(
    [
      check("a"),
      check("b", { run: () => warning("doubtful") }),
      check("c", { run: () => failed("broken", { hint: "turn it round", failure: "usage" }) }),
      check("d", { skip: () => "not here" }),
    ],
    await subjectOf(),
  );
  expect(reports.map(({ hint, failure }) => [hint, failure])).toEqual([
    [undefined, undefined],
    ["mend b", undefined],
    ["turn it round", "usage"],
    [undefined, undefined],
  ]);
});

test("a check that takes too long fails as what it stands for, and the next goes on", async () => {
  const stuck = check("a", { failure: "unreachable", limitMs: 20, run: () => new Promise(() => {}) });
  const reports = await runChecks([stuck, check("b")], await subjectOf());
  expect(reports[0]).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: "No result within 20 ms.",
  });
  expect(reports[1]?.status).toBe("ok");
});

test("all checks together have an end, too", async () => {
  const greedy = () => {
    const end = performance.now() + 30;
    while (performance.now() < end);
    return ok("fine");
  };
  const reports = await runChecks(
    [check("a", { run: greedy }), check("b")],
    await subjectOf(),
    undefined,
    20,
  );
  expect(reports.map(stateOf)).toEqual(["a ok: fine", "b failed: There was no time left for it."]);
});

test("a check that breaks is a finding like any other", async () => {
  const broken = check("a", {
    failure: "usage",
    run: () => {
      throw new Error("a fault of ours");
    },
  });
  expect(await runChecks([broken], await subjectOf())).toMatchObject([
    { status: "failed", failure: "other", summary: "a fault of ours" },
  ]);
});
