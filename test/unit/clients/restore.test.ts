import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { apply } from "../../../src/clients/apply.ts";
import { entryOf } from "../../../src/clients/entries.ts";
import { find, plainOf } from "../../../src/clients/formats/data.ts";
import { FORMATS } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/table.ts";
import { besides, makeHome, prepare, read, taskIn, undoing, yes } from "../../support/clients/homes.ts";
import { DAMAGED, textsOf } from "../../support/clients/texts.ts";

/** Linux takes every text; the others, whose paths and commands alone differ, take every third. */
const isTaken = (platform: string, index: number): boolean =>
  platform === "linux" || index % 3 === (platform === "darwin" ? 0 : 1);

const CASES = CLIENTS.flatMap((client) =>
  ["darwin", "win32", "linux"].map((platform) => ({ id: client.id, platform, client })),
);

describe.each(CASES)("$id on $platform", ({ id, platform, client }) => {
  const texts = textsOf(client.format, client.keyPath[0] ?? "").filter((_, index) =>
    isTaken(platform, index),
  );

  test.each(texts)("%s: install and uninstall restore the file byte for byte", async (_, text) => {
    const task = taskIn(id, { home: makeHome(), platform });
    const file = prepare(task, text);
    expect(await apply(task, yes)).toMatchObject({ client: id, file, outcome: "written" });
    const entry = find(FORMATS[client.format].parse(read(file)), [...client.keyPath, "lightfast"]);
    expect(plainOf(entry)).toEqual(entryOf(client, task.server));
    expect(await apply(undoing(task), yes)).toMatchObject({ client: id, file, outcome: "removed" });
    expect(read(file)).toBe(text);
  });

  test("a file that was not there is gone again", async () => {
    const task = taskIn(id, { home: makeHome(), platform });
    const file = prepare(task);
    expect(await apply(task, yes)).toMatchObject({ file, outcome: "written" });
    expect(read(file)).toMatch(/lightfast/);
    expect(await apply(undoing(task), yes)).toMatchObject({ file, outcome: "removed" });
    expect(besides(file).filter((name) => !name.includes(".lightfast-backup-"))).toEqual(
      client.home ? [".claude"] : [],
    );
  });

  test.each(DAMAGED[client.format])(
    "the damaged file %j is left alone and named with %s",
    async (text, place) => {
      const task = taskIn(id, { home: makeHome(), platform });
      const file = prepare(task, text);
      const before = besides(file);
      for (const one of [task, undoing(task)]) {
        const { outcome, message } = await apply(one, () => Promise.reject(new Error("asked")));
        expect(outcome).toBe("failed");
        expect(message).toContain(`${file}:${place}: `);
      }
      expect(readFileSync(file)).toEqual(Buffer.from(text));
      expect(besides(file)).toEqual(before);
    },
  );
});
