import { describe, expect, test } from "vitest";
import type { RestClient, RestRequest } from "../../../../../src/platforms/lfx/api.ts";
import { checkAccess } from "../../../../../src/platforms/lfx/client/access-check.ts";
import { isObject } from "../../../../../src/shared/json.ts";

/** LFX, which answers a check with these lines. */
function lfxWith(answer: (requests: readonly string[]) => unknown) {
  const sent: RestRequest[] = [];
  const lfx: RestClient = {
    send: async (request) => {
      sent.push(request);
      const requests = isObject(request.json) ? (request.json.requests as readonly string[]) : [];
      return { text: "", etag: undefined, json: () => ({ results: answer(requests) }) };
    },
  };
  return { lfx, sent };
}

const line = (request: string, result: unknown = true) => `${request}@user:ada@acme.example\t${result}`;

describe("a check of several relations", () => {
  test("returns those that are granted, in whatever order the results come", async () => {
    const { lfx, sent } = lfxWith((requests) =>
      requests.map((one) => line(one, one.endsWith("writer"))).reverse(),
    );

    const granted = await checkAccess(lfx, [
      "committee:1#writer",
      "committee:1#auditor",
      "committee:11#writer",
    ]);

    expect(granted).toEqual(new Set(["committee:1#writer", "committee:11#writer"]));
    expect(sent).toMatchObject([{ method: "POST", path: "/access-check", query: { v: 1 }, safe: true }]);
  });

  test("asks for distinct relations in batches of 100", async () => {
    const { lfx, sent } = lfxWith((requests) => requests.map((one) => line(one)));
    const relations = Array.from({ length: 250 }, (_, index) => `committee:${index}#writer`);

    expect((await checkAccess(lfx, [...relations, ...relations])).size).toBe(250);

    const sizes = sent.map(({ json }) => (json as { requests: readonly string[] }).requests.length);
    expect(sizes).toEqual([100, 100, 50]);
  });

  test("sends nothing for none", async () => {
    const { lfx, sent } = lfxWith(() => []);
    expect(await checkAccess(lfx, [])).toEqual(new Set());
    expect(sent).toEqual([]);
  });

  const [A, B] = ["committee:1#writer", "committee:2#writer"];

  test.each<[what: string, results: unknown, why: RegExp]>([
    ["is missing", [line(A)], /expected 2 results, but received 1/],
    ["comes twice, and another not at all", [line(A), line(A)], /a check has no result/],
    ["is for another check", [line(A), line("committee:3#writer")], /another check/],
    ["is neither true nor false", [line(A), line(B, "TRUE")], /unknown format/],
    ["has no tab", [line(A), `${B}@user:ada`], /unknown format/],
    ["has a second tab", [line(A), `${B}@user:ada\tfalse\ttrue`], /unknown format/],
    ["has no user", [line(A), `${B}\ttrue`], /unknown format/],
    ["is no text", [line(A), true], /unknown format/],
    ["is one too many", [line(A), line(B), line(A)], /received 3/],
  ])("fails if a result %s", async (_, results, why) => {
    await expect(checkAccess(lfxWith(() => results).lfx, [A, B])).rejects.toThrow(why);
  });
});
