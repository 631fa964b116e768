import fc from "fast-check";
import { describe, expect, inject, test } from "vitest";
import { apply, type Preview } from "../../../src/clients/apply.ts";
import { createJob, makeHome, prepare, toUninstall } from "../../support/clients/jobs.ts";
import { SECRET_TEXTS } from "../../support/clients/secret-texts.ts";

/** Each run edits a file twice. */
const RUNS = inject("propertyRuns") / 2;
const TIMEOUT_MS = 120_000;

async function skipWait(): Promise<void> {}

describe.each(["cursor", "codex", "goose"] as const)("%s: what belongs to others", (id) => {
  test("appears in no result, preview or error", { timeout: TIMEOUT_MS }, async () => {
    const home = makeHome();
    const job = createJob(id, { home });
    await fc.assert(
      fc.asyncProperty(
        SECRET_TEXTS[id],
        fc.nat(),
        fc.constantFrom("", "{", "]", ": *", "= ="),
        async (one, place, junk) => {
          const offset = place % one.text.length;
          const file = prepare(job, one.text.slice(0, offset) + junk + one.text.slice(offset));
          const shown: unknown[] = [];
          const approve = async (preview: Preview) => shown.push({ ...preview, job: undefined }) > 0;
          const results = [
            await apply(job, approve, skipWait),
            await apply(toUninstall(job), approve, skipWait),
          ];
          if (junk === "") expect(results.map(({ outcome }) => outcome)).toEqual(["written", "removed"]);
          const text = JSON.stringify([results, shown]).replaceAll(file, "");
          const found = one.secrets.filter(
            (secret) => text.includes(secret) || text.includes(secret.slice(0, 8)),
          );
          expect(found).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
