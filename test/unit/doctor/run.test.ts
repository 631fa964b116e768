import { expect, test } from "vitest";
import { type Check, failed, ok, skipped, warning } from "../../../src/doctor/check.ts";
import { type CheckReport, runChecks } from "../../../src/doctor/run.ts";

import { createContext } from "../../support/doctor.ts";
import { createGate } from "../../support/gate.ts";

function check(id: string, more: Partial<Check> = {}): Check {
  return {
    id,
    title: id.toUpperCase(),
    hint: `fix ${id}`,
    failure: "other",
    run: () => ok("fine"),
    ...more,
  };
}

function format({ id, status, summary }: CheckReport) {
  return `${id} ${status}: ${summary}`;
}

test("checks run one after the other, and each is reported when it is done", async () => {
  const events: string[] = [];
  const slow = (id: string) =>
    check(id, {
      run: async () => {
        events.push(`${id} starts`);
        await Promise.resolve();
        return ok("fine");
      },
    });
  const onReport = ({ id }: CheckReport) => void events.push(`${id} reported`);
  const reports = await runChecks([slow("a"), slow("b")], await createContext(), { onReport });
  expect(events).toEqual(["a starts", "a reported", "b starts", "b reported"]);
  expect(reports.map(format)).toEqual(["a ok: fine", "b ok: fine"]);
});

test("concurrent checks wait only for those that they name, and are reported in their order", async () => {
  const [first, second] = [createGate(), createGate()];
  const events: string[] = [];
  const waiting = (id: string, gate: { promise: Promise<unknown> }, more: Partial<Check> = {}) =>
    check(id, {
      ...more,
      run: async () => {
        events.push(`${id} starts`);
        await gate.promise;
        return failed("broken");
      },
    });
  const onReport = ({ id, status }: CheckReport) => void events.push(`${id} ${status}`);
  const end = runChecks(
    [
      waiting("a", first),
      waiting("b", second),
      check("c", { after: ["a", "b"] }),
      check("d", { needs: ["b"] }),
    ],
    await createContext(),
    { onReport, isConcurrent: true },
  );
  await expect.poll(() => events).toEqual(["a starts", "b starts"]);
  second.open();
  first.open();
  expect((await end).map(format)).toEqual([
    "a failed: broken",
    "b failed: broken",
    "c ok: fine",
    "d skipped: Skipped (B failed)",
  ]);
  expect(events.slice(2)).toEqual(["a failed", "b failed", "c ok", "d skipped"]);
});

test("checks that need a failed one are skipped with the first cause, and the others run", async () => {
  const never = () => {
    throw new Error("should not run");
  };
  const reports = await runChecks(
    [
      check("a", { run: () => failed("broken") }),
      check("b", { needs: ["a"], run: never }),
      check("c", { needs: ["b"], run: never }),
      check("d"),
    ],
    await createContext(),
  );
  expect(reports.map(format)).toEqual([
    "a failed: broken",
    "b skipped: Skipped (A failed)",
    "c skipped: Skipped (A failed)",
    "d ok: fine",
  ]);
});

test.each([
  ["does not apply", { skip: () => "not here" }],
  ["warns", { run: () => warning("doubtful") }],
  ["skips itself", { run: () => skipped("nothing there") }],
] satisfies [string, Partial<Check>][])("a check that %s does not block others", async (_, more) => {
  const [, second] = await runChecks([check("a", more), check("b", { needs: ["a"] })], await createContext());
  expect(second?.status).toBe("ok");
});

test("a check that does not apply is skipped with the reason", async () => {
  const run = () => {
    throw new Error("should not run");
  };
  const reports = await runChecks([check("a", { skip: () => "not here", run })], await createContext());
  expect(reports.map(format)).toEqual(["a skipped: not here"]);
});

test("only warnings and failures have a hint: their own, or else the check's", async () => {
  const reports = await runChecks(
    [
      check("a"),
      check("b", { run: () => warning("doubtful") }),
      check("c", { run: () => failed("broken", { hint: "replace it", failure: "usage" }) }),
      check("d", { skip: () => "not here" }),
    ],
    await createContext(),
  );
  expect(reports.map(({ hint, failure }) => [hint, failure])).toEqual([
    [undefined, undefined],
    ["fix b", undefined],
    ["replace it", "usage"],
    [undefined, undefined],
  ]);
});

test("a check that takes too long fails with its kind of failure, and the next one runs", async () => {
  const stuck = check("a", { failure: "unreachable", limitMs: 20, run: () => new Promise(() => {}) });
  const reports = await runChecks([stuck, check("b")], await createContext());
  expect(reports[0]).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: "No result within 20 ms.",
  });
  expect(reports[1]?.status).toBe("ok");
});

test("all checks together have a limit", async () => {
  const slow = () => {
    const end = performance.now() + 30;
    while (performance.now() < end);
    return ok("fine");
  };
  const reports = await runChecks([check("a", { run: slow }), check("b")], await createContext(), {
    totalMs: 20,
  });
  expect(reports.map(format)).toEqual([
    "a ok: fine",
    "b failed: Not run: all checks together took too long.",
  ]);
});

test("a check that throws is reported as a failure", async () => {
  const broken = check("a", {
    failure: "usage",
    run: () => {
      throw new Error("a bug");
    },
  });
  expect(await runChecks([broken], await createContext())).toMatchObject([
    { status: "failed", failure: "other", summary: "a bug" },
  ]);
});
