import { describe, expect, test } from "vitest";
import * as z from "zod";
import { parseInput, parseOutput } from "../../../src/mcp/catalog.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import { type AnyTool, defineTool, type ToolKind } from "../../../src/mcp/tool.ts";
import { TINY_TOOLS } from "../../support/tiny-server.ts";

const echo = TINY_TOOLS[1] as AnyTool<unknown>;

const errorOf = (work: () => unknown): ToolError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error("expected a ToolError");
};

describe("arguments that fit", () => {
  test("are handed on as the schema makes them", () => {
    const tool = defineTool({ ...echo, input: z.strictObject({ text: z.string().trim() }) });
    expect(parseInput(tool, { text: "  hi " })).toEqual({ text: "hi" });
  });

  test.each([undefined, null])("may be left out altogether (%j)", (args) => {
    expect(parseInput(defineTool({ ...echo, input: z.object({}) }), args)).toEqual({});
  });

  test("of a tool without parameters may be anything", () => {
    expect(parseInput(defineTool({ ...echo, input: z.object({}) }), { random: 1 })).toEqual({});
  });
});

describe("arguments that do not fit", () => {
  const TABLE: readonly [args: unknown, problems: string][] = [
    [{}, "`text` is required (string)"],
    [undefined, "`text` is required (string)"],
    [{ text: 5 }, "`text` must be string, got a number"],
    [{ text: null }, "`text` must be string, got null"],
    [{ text: ["a"] }, "`text` must be string, got an array"],
    [{ text: {} }, "`text` must be string, got an object"],
    [{ text: "" }, "`text`: must not be empty"],
    [{ text: "a", txet: "b" }, "unknown `txet` (allowed: `text`, `times`)"],
    [{ times: "2" }, "`text` is required (string); `times` must be number, got a string"],
    ["text", "the value must be object, got a string"],
    [[], "the value must be object, got an array"],
  ];

  test.each(TABLE)("%j: %s", (args, problems) => {
    const error = errorOf(() => parseInput(echo, args));
    expect(error.message).toBe(`The arguments of tiny_echo do not fit: ${problems}`);
    expect(error).toMatchObject({
      code: "invalid_input",
      hint: "Nothing was sent. Correct the arguments and call again.",
      status: undefined,
      retryable: false,
    });
  });

  test("are told by the limit that they broke", () => {
    expect(errorOf(() => parseInput(echo, { text: "a", times: 10 })).message).toMatch(/`times`: .*9/);
    expect(errorOf(() => parseInput(echo, { text: "a", times: 1.5 })).message).toMatch(/`times` must be int/);
  });

  test("are not quoted", () => {
    const secret = "a-private-remark";
    const { message } = errorOf(() => parseInput(echo, { text: { secret }, times: secret }));
    expect(message).not.toContain(secret);
  });
});

describe("an answer", () => {
  const withKind = (kind: ToolKind) => defineTool({ ...echo, kind });

  test("that fits keeps what the schema does not know", () => {
    expect(parseOutput(echo, { text: "a", later: { added: true } })).toEqual({
      text: "a",
      later: { added: true },
    });
  });

  test.each<[unknown, string]>([
    [{ text: 1 }, "`text` must be string, got a number"],
    [{ text: "a", times: "2" }, "`times` must be number, got a string"],
    [null, "the value must be object, got null"],
    [undefined, "the value is required (object)"],
    [[], "the value must be object, got an array"],
  ])("of %j is unusable, and the field is named", (output, problem) => {
    const error = errorOf(() => parseOutput(echo, output));
    expect(error).toMatchObject({
      code: "upstream_error",
      message: `The answer to tiny_echo is unusable: ${problem}`,
    });
  });

  test("that is unusable may be read again", () => {
    const error = errorOf(() => parseOutput(withKind("read"), {}));
    expect(error).toMatchObject({ retryable: true, hint: expect.stringMatching(/^Try again later/) });
  });

  test.each<ToolKind>(["write", "destructive"])(
    "to a %s that is unusable must not be asked for again",
    (kind) => {
      const error = errorOf(() => parseOutput(withKind(kind), {}));
      expect(error).toMatchObject({ retryable: false, hint: expect.stringContaining("do not repeat it") });
    },
  );

  test("that is unusable names the place within it", () => {
    const output = z.looseObject({ list: z.array(z.looseObject({ name: z.string() })) });
    const tool = defineTool({ ...echo, output });
    const { message } = errorOf(() => parseOutput(tool, { list: [{ name: "a" }, { name: 2 }] }));
    expect(message).toContain("`list[1].name` must be string, got a number");
  });
});
