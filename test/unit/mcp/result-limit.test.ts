import { describe, expect, test } from "vitest";
import * as z from "zod";
import { createCatalog } from "../../../src/mcp/catalog.ts";
import { shortenResult } from "../../../src/mcp/result-limit.ts";
import { callTool, type ServerDefinition } from "../../../src/mcp/server.ts";
import {
  type AnyTool,
  type Caller,
  defineTool,
  LOCAL_CALLER,
  type ResultLimit,
} from "../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createRedactor } from "../../../src/shared/redact.ts";
import { contentOf, findOmissions, warningsFor } from "../../support/omissions.ts";
import { callerWith, exchange, TINY_TOOLS, type TinyApi, tinyServer } from "../../support/tiny-server.ts";

const MAX = 45_000;

type Options = {
  readonly limit?: ResultLimit;
  /** The limit of the tool `tiny_record`, which needs the grant `tiny:records`. */
  readonly recordLimit?: ResultLimit;
  readonly caller?: Caller;
  readonly server?: Partial<ServerDefinition<TinyApi>>;
};

/** Calls a tool that returns `output`: text, or an object of any fields. */
function call(output: JsonObject | string, { limit, recordLimit, caller, server }: Options = {}) {
  const [base] = TINY_TOOLS as [AnyTool<TinyApi>];
  const access = (grant: string) => ({ access: { anyOf: [grant] } });
  const tools = [
    defineTool<TinyApi, z.ZodObject, z.ZodObject>({
      ...base,
      ...access("tiny:read"),
      name: "tiny_list",
      kind: "read",
      input: z.object({}),
      output: typeof output === "string" ? undefined : z.looseObject({}),
      resultLimit: limit,
    }),
    defineTool<TinyApi, z.ZodObject, z.ZodObject>({
      ...base,
      ...access("tiny:records"),
      name: "tiny_record",
      kind: "read",
      resultLimit: recordLimit,
    }),
  ];
  const catalog = createCatalog(tools.map(toToolDefinition), async () => tools);
  const given = tinyServer({ catalog, connect: () => () => output, ...server });
  return callTool(given, "tiny_list", {}, exchange({ caller: caller ?? LOCAL_CALLER }));
}

async function textOf(output: JsonObject | string, options: Options = {}): Promise<string> {
  const { content, isError } = await call(output, options);
  expect(isError).toBeUndefined();
  return content[0]?.text ?? "";
}

async function shorten(output: JsonObject, options: Options = {}): Promise<JsonObject> {
  const shown = contentOf(await call(output, options));
  expect(JSON.stringify(shown).length).toBeLessThanOrEqual(MAX);
  return shown;
}

/** Text of a given length, in words of three letters. */
function words(length: number): string {
  return "wor ".repeat(Math.ceil(length / 4)).slice(0, length);
}

const PAGE = { rows: "rows", token: "next", size: "size" };

describe("a result", () => {
  const overhead = JSON.stringify({ text: "" }).length;

  test.each([1, 1000, MAX - overhead])("with %i characters of text is unchanged", async (length) => {
    const output = { text: words(length) };
    expect(contentOf(await call(output))).toEqual(output);
  });

  test("that is too long by one character keeps its head, and states what it omits", async () => {
    const output = { id: "a", text: words(MAX - overhead), times: 3 };
    const { warnings, ...shown } = await shorten(output);

    expect(findOmissions(output, shown)).toMatchObject([{ kind: "text", path: "text", advice: undefined }]);
    expect(warnings).toEqual(["Shortened to fit 45,000 characters: 1 text ends with what it omits."]);
    expect(JSON.stringify({ ...shown, warnings }).length).toBeGreaterThan(MAX - 500);
  });

  test("is measured as JSON, in which some characters are escaped", async () => {
    const output = { text: '\u0001"\\\n\u0000'.repeat(9000) };
    const { warnings: _, ...shown } = await shorten(output);
    expect(findOmissions(output, shown)).toHaveLength(1);
  });

  test("splits no surrogate pair, wherever it is cut", async () => {
    for (const prefix of ["", "a", "ab", "abc", '"', '"a']) {
      const text = prefix + "😀".repeat(40_000);
      const { warnings: _, ...shown } = await shorten({ text });
      expect(findOmissions({ text }, shown)).toHaveLength(1);
      expect(findOmissions(text, await textOf(text))).toHaveLength(1);
    }
  });

  test("is redacted before it is cut, so that no part of a secret is left", async () => {
    const secret = "lf_0123456789abcdef";
    const redact = createRedactor([secret]);
    for (let shift = 0; shift < 40; shift += 7) {
      const text = "x".repeat(shift) + `${secret} `.repeat(10_000);
      expect(await textOf({ text }, { server: { redact } })).not.toMatch(/lf_/);
      expect(await textOf(text, { server: { redact } })).not.toMatch(/lf_/);
    }
  });

  test("shortens the longest texts most, and no other value", async () => {
    const output = {
      id: "0".repeat(36),
      short: words(290),
      middle: words(5000),
      long: words(90_000),
      longest: words(900_000),
      url: `https://example.org/${"a".repeat(3900)}`,
      list: [1, null, true, { deep: words(250) }],
    };
    const { warnings, ...shown } = await shorten(output);

    expect(findOmissions(output, shown).map(({ path }) => path)).toEqual(["long", "longest"]);
    expect(Math.abs(String(shown.long).length - String(shown.longest).length)).toBeLessThan(50);
    expect(warnings).toEqual(["Shortened to fit 45,000 characters: 2 texts end with what they omit."]);
  });

  test("shortens a word that is longer than any URL or page token", async () => {
    const output = { token: "a".repeat(4000), blob: "a".repeat(90_000) };
    const { warnings: _, ...shown } = await shorten(output);
    expect(findOmissions(output, shown)).toMatchObject([{ path: "blob" }]);
  });

  test("keeps its own warnings", async () => {
    const own = ["Settings unavailable: Forbidden. Ask for access."];
    const { warnings } = await shorten({ text: words(90_000), warnings: own });
    expect(warnings).toEqual([...own, expect.stringContaining("1 text")]);
  });

  test("has the limit of its tool, which the definition announces", async () => {
    const output = { text: words(480_000) };
    const [tool] = TINY_TOOLS as [AnyTool<TinyApi>];
    const limit = { maxChars: 500_000 };

    expect(contentOf(await call(output, { limit }))).toEqual(output);
    expect(await textOf({ text: words(600_000) }, { limit })).toMatch(/to fit 500,000 characters/);
    expect(toToolDefinition({ ...tool, resultLimit: limit }).wire._meta).toEqual({
      "anthropic/maxResultSizeChars": 500_000,
    });
    expect(toToolDefinition({ ...tool, resultLimit: { advice: "x" } }).wire).not.toHaveProperty("_meta");
  });

  test("is whole where the server sets no limit", async () => {
    const output = { text: words(2_000_000) };
    const server = { maxResultChars: Number.POSITIVE_INFINITY };
    expect(contentOf(await call(output, { server }))).toEqual(output);
  });
});

describe("the statement in a row", () => {
  const output = { rows: [{ text: words(70_000) }, { text: words(400) }] };

  async function adviceIn(options: Options) {
    const { warnings: _, ...shown } = await shorten(output, {
      limit: { recordTool: "tiny_record" },
      ...options,
    });
    const [omission] = findOmissions(output, shown);
    return omission?.kind === "text" ? omission.advice : expect.unreachable("a text is shortened");
  }

  test("names the tool that returns the row whole", async () => {
    expect(await adviceIn({ recordLimit: { maxChars: 500_000 } })).toBe("tiny_record returns all");
  });

  test("does not, if that tool would shorten the row too", async () => {
    expect(await adviceIn({})).toBeUndefined();
  });

  test("does not, if the caller may not use that tool", async () => {
    const caller = callerWith("tiny:read");
    expect(await adviceIn({ recordLimit: { maxChars: 500_000 }, caller })).toBeUndefined();
  });

  test("asks for fewer rows, if a short row of a page has no such tool", async () => {
    const rows = Array(10).fill({ text: words(9000) });
    const { warnings: _, ...shown } = await shorten({ rows }, { limit: { page: PAGE } });
    const advice = findOmissions({ rows }, shown).map(
      (omission) => omission.kind === "text" && omission.advice,
    );
    expect(advice).toEqual(Array(10).fill("a smaller size returns more"));
  });
});

describe("where shorter texts are not enough,", () => {
  test("a page omits its last rows, and the token that continues after them", async () => {
    const row = (index: number) => ({ id: `id-${index}`, tags: Array(60).fill("a tag"), text: words(2000) });
    const output = { rows: Array.from({ length: 100 }, (_, index) => row(index)), next: "token" };
    const { warnings, ...shown } = await shorten(output, { limit: { page: PAGE } });

    const { length } = shown.rows as unknown[];
    expect(length).toBeGreaterThan(30);
    expect(shown).not.toHaveProperty("next");
    expect(warnings).toEqual([
      `Shortened to fit 45,000 characters: ${length} texts end with what they omit.`,
      `rows: the last ${100 - length} of 100 items are omitted, and so is next. Repeat this call with size ${length}, then continue with the next of that result.`,
    ]);
  });

  test("a list in a row keeps its first items, so that every row stays", async () => {
    const row = (id: number) => ({
      id,
      list: Array.from({ length: 900 }, (_, index) => ({ index, name: "a" })),
    });
    const output = { rows: Array.from({ length: 20 }, (_, index) => row(index)), next: "token" };
    const { warnings, ...shown } = await shorten(output, {
      limit: { page: PAGE, recordTool: "tiny_record" },
    });

    const omissions = findOmissions(output, shown);
    expect(omissions).toHaveLength(20);
    expect(warnings).toEqual(
      warningsFor(omissions).map((start, index) =>
        index === 0 ? start : `${start}; tiny_record returns all.`,
      ),
    );
  });

  test.each([
    ["many fields", { id: "a", ...Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, i])) }],
    ["a field with a long name", { id: "a", ["n".repeat(100_000)]: 1, last: 2 }],
    [
      "many fields in an object",
      { id: "a", data: Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, i])) },
    ],
    ["lists in lists", { id: "a", list: [[[Array(50_000).fill(0)]], [], Array(9).fill([])] }],
    [
      "many lists",
      {
        id: "a",
        ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, Array(900).fill(i)])),
      },
    ],
  ])("an object keeps its first fields: %s", async (_, output) => {
    const { warnings, ...shown } = await shorten(output);

    const expected = warningsFor(findOmissions(output, shown));
    expect(shown.id).toBe("a");
    expect(expected.length).toBeGreaterThan(1);
    const stated = (warnings as string[]).slice(0, expected.length);
    expect(stated.map((warning, index) => warning.startsWith(expected[index] ?? "?"))).not.toContain(false);
  });

  test("a page omits rows rather than parts of URLs", async () => {
    const url = `https://example.org/${"a".repeat(2000)}`;
    const output = { rows: Array(100).fill({ url }), next: "token" };
    const { rows } = await shorten(output, { limit: { page: PAGE } });
    expect(rows).toEqual(Array((rows as unknown[]).length).fill({ url }));
  });

  test("one row is shown in part", async () => {
    const row = Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`f${index}`, index]));
    const output = { rows: [row, { id: 2 }], next: "token" };
    const { warnings, rows, next } = await shorten(output, { limit: { page: PAGE } });

    expect(rows).toHaveLength(1);
    expect(next).toBeUndefined();
    expect(warnings).toEqual([
      "Shortened to fit 45,000 characters.",
      expect.stringMatching(/^rows: the last 1 of 2 items are omitted.* Repeat this call with size 1,/),
      expect.stringMatching(/^rows\[0\]: the last [\d,]+ of 9,000 fields are omitted\.$/),
    ]);
  });
});

describe("a value of odd shape", () => {
  test("with very many fields is listed once, and few of them are read", () => {
    const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, index]));
    let [listed, read] = [0, 0];
    const observed = new Proxy(fields, {
      ownKeys: (target) => {
        listed += 1;
        return Reflect.ownKeys(target);
      },
      get: (target, name) => {
        read += 1;
        return Reflect.get(target, name);
      },
    });
    const text = JSON.stringify({ inner: fields });
    const result = { content: [{ type: "text" as const, text }], structuredContent: { inner: observed } };
    const shown = contentOf(shortenResult(result, MAX, {}, []));

    expect(JSON.stringify(shown).length).toBeLessThanOrEqual(MAX);
    expect(shown.warnings).toHaveLength(2);
    expect(listed).toBe(1);
    expect(read).toBeLessThan(500_000);
  });

  test("that is nested too deep for the stack keeps its outer levels, and states where it ends", async () => {
    let value: JsonObject = { text: words(1000) };
    for (let depth = 0; depth < 2000; depth += 1) value = { a: value };
    const output = { text: words(90_000), value };
    const { warnings, ...shown } = await shorten(output);

    expect(shown.text).toMatch(/^wor .*characters omitted]$/);
    expect(String(warnings)).toMatch(/value\.a\.a\..*: the last 1 of 1 fields are omitted\./);
  });
});

describe("a text result", () => {
  const advice = "ask for less";

  test("keeps its head, and states what it omits and how to get it", async () => {
    const output = words(90_000);
    const shown = await textOf(output, { limit: { advice } });

    expect(shown.length).toBeGreaterThan(MAX - 50);
    expect(shown.length).toBeLessThanOrEqual(MAX);
    expect(findOmissions(output, shown)).toMatchObject([{ kind: "text", advice }]);
  });

  const rows = (length: number) => Array.from({ length }, (_, id) => ({ id, name: "a name of a row" }));

  test("that is JSON loses its indentation first", async () => {
    const output = { rows: rows(900) };
    expect(JSON.stringify(output, null, 2).length).toBeGreaterThan(MAX);
    expect(await textOf(JSON.stringify(output, null, 2))).toBe(JSON.stringify(output));
  });

  test("that is an object stays JSON, and has warnings", async () => {
    const output = { rows: rows(9000), total: 9000 };
    const { warnings, ...shown } = JSON.parse(await textOf(JSON.stringify(output), { limit: { advice } }));
    const [first, second] = warningsFor(findOmissions(output, shown));
    expect(warnings).toEqual([first, `${second}; ${advice}.`]);
  });

  test("that is a list ends with the warnings", async () => {
    const output = rows(9000);
    const [list = "", ...warnings] = (await textOf(JSON.stringify(output, null, 2))).split("\n");
    const [first, second] = warningsFor(findOmissions(output, JSON.parse(list)));
    expect(warnings).toEqual([first, `${second}.`]);
  });

  test.each([
    ["a number that JavaScript rounds", "[123456789012345678901,"],
    ["a number in another form", "[1.0,"],
    ["a repeated name", '[{"a":1,"a":2},'],
  ])("that is JSON with %s is cut as text", async (_, start) => {
    const output = `${start}${"0,".repeat(40_000)}0]`;
    expect(findOmissions(output, await textOf(output))).toMatchObject([{ kind: "text" }]);
  });
});
