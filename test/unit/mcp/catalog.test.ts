import { describe, expect, test } from "vitest";
import * as z from "zod";
import { createCatalog, parseInput, parseOutput } from "../../../src/mcp/catalog.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import { type AnyTool, defineTool, LOCAL_CALLER, type ToolKind } from "../../../src/mcp/tool.ts";
import { type ToolDefinition, toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { WireTool } from "../../../src/mcp/types.ts";
import { callerWith, TINY_TOOLS, tinyCatalog } from "../../support/tiny-server.ts";

describe("parseInput and parseOutput", () => {
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

  test("arguments that are nested too deeply are the caller's error", () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`);
    expect(errorOf(() => parseInput(echo, deep))).toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("nested too deeply"),
    });
  });

  describe("valid arguments", () => {
    test("are returned as the schema transforms them", () => {
      const tool = defineTool({ ...echo, input: z.strictObject({ text: z.string().trim() }) });
      expect(parseInput(tool, { text: "  hi " })).toEqual({ text: "hi" });
    });

    test.each([undefined, null])("may be absent (%j)", (args) => {
      expect(parseInput(defineTool({ ...echo, input: z.object({}) }), args)).toEqual({});
    });

    test("may be anything for a tool without parameters", () => {
      expect(parseInput(defineTool({ ...echo, input: z.object({}) }), { random: 1 })).toEqual({});
    });
  });

  describe("invalid arguments", () => {
    const TABLE: readonly [args: unknown, problems: string][] = [
      [{}, '"text" is required (a string)'],
      [undefined, '"text" is required (a string)'],
      [{ text: 5 }, '"text" must be a string, got a number'],
      [{ text: null }, '"text" must be a string, got null'],
      [{ text: ["a"] }, '"text" must be a string, got an array'],
      [{ text: {} }, '"text" must be a string, got an object'],
      [{ text: "" }, '"text": must not be empty'],
      [{ text: "a", txet: "b" }, 'unknown argument "txet" (allowed: "text", "times")'],
      [{ times: "2" }, '"text" is required (a string); "times" must be a number, got a string'],
      ["text", "the value must be an object, got a string"],
      [[], "the value must be an object, got an array"],
    ];

    test.each(TABLE)("%j: %s", (args, problems) => {
      const error = errorOf(() => parseInput(echo, args));
      expect(error.message).toBe(`Invalid arguments for tiny_echo: ${problems}`);
      expect(error).toMatchObject({
        code: "invalid_input",
        hint: "Nothing was sent. Correct the arguments and call again.",
        status: undefined,
        retryable: false,
      });
    });

    test("are reported with the limit they break", () => {
      expect(errorOf(() => parseInput(echo, { text: "a", times: 10 })).message).toMatch(/"times": .*9/);
      expect(errorOf(() => parseInput(echo, { text: "a", times: 1.5 })).message).toMatch(
        /"times" must be an integer/,
      );
    });

    test("are never quoted", () => {
      const secret = "a-private-remark";
      const { message } = errorOf(() => parseInput(echo, { text: { secret }, times: secret }));
      expect(message).not.toContain(secret);
    });
  });

  describe("output", () => {
    const withKind = (kind: ToolKind) => defineTool({ ...echo, kind });

    test("keeps fields that are not in the schema", () => {
      expect(parseOutput(echo, { text: "a", later: { added: true } }, "tiny")).toEqual({
        text: "a",
        later: { added: true },
      });
    });

    test.each<[unknown, string]>([
      [{ text: 1 }, '"text" must be a string, got a number'],
      [{ text: "a", times: "2" }, '"times" must be a number, got a string'],
      [null, "the value must be an object, got null"],
      [undefined, "the value is required (an object)"],
      [[], "the value must be an object, got an array"],
    ])("%j is unusable, and the field is named", (output, problem) => {
      const error = errorOf(() => parseOutput(echo, output, "tiny"));
      expect(error).toMatchObject({
        code: "upstream_error",
        message: `The response to tiny_echo is unusable: ${problem}`,
      });
    });

    test("of a read that is unusable is retryable", () => {
      const error = errorOf(() => parseOutput(withKind("read"), {}, "tiny"));
      expect(error).toMatchObject({ retryable: true, hint: expect.stringMatching(/^Try again later/) });
    });

    test.each<ToolKind>(["write", "destructive"])("of a %s that is unusable must not be repeated", (kind) => {
      const error = errorOf(() => parseOutput(withKind(kind), {}, "tiny"));
      expect(error).toMatchObject({ retryable: false, hint: expect.stringContaining("do not repeat it") });
    });

    test("that is unusable names the nested field", () => {
      const output = z.looseObject({ list: z.array(z.looseObject({ name: z.string() })) });
      const tool = defineTool({ ...echo, output });
      const { message } = errorOf(() => parseOutput(tool, { list: [{ name: "a" }, { name: 2 }] }, "tiny"));
      expect(message).toContain('"list[1].name" must be a string, got a number');
    });
  });
});

describe("catalog", () => {
  const names = (tools: readonly WireTool[]) => tools.map((tool) => tool.name);
  const ALL = ["tiny_drop", "tiny_echo", "tiny_write"];

  describe("the list", () => {
    test("is sorted by name", () => {
      expect(names(tinyCatalog().list(LOCAL_CALLER))).toEqual(ALL);
    });

    test.each<[string[], string[]]>([
      [[], []],
      [["unheard:of"], []],
      [["tiny:read"], ["tiny_echo"]],
      [["tiny:write"], ["tiny_write"]],
      [["tiny:all"], ["tiny_echo", "tiny_write"]],
      [["tiny:write", "tiny:admin"], ["tiny_write"]],
      [["tiny:admin", "tiny:fresh"], []],
      [
        ["tiny:write", "tiny:admin", "tiny:fresh"],
        ["tiny_drop", "tiny_write"],
      ],
      [["tiny:all", "tiny:admin", "tiny:fresh"], ALL],
    ])("for the grants %j has %j", (grants, tools) => {
      expect(names(tinyCatalog().list(callerWith(...grants)))).toEqual(tools);
    });

    describe("of a tool that others may ask for", () => {
      const definitions = TINY_TOOLS.map(toToolDefinition).map((definition) => ({
        ...definition,
        access: { ...definition.access, ...(definition.kind !== "read" && { listedFor: ["tiny:read"] }) },
      }));
      const catalog = createCatalog(definitions, async () => TINY_TOOLS);

      test.each<[string[], string[]]>([
        [[], []],
        [["tiny:read"], ["tiny_echo", "tiny_write"]],
        [["tiny:write"], ["tiny_write"]],
        [["tiny:read", "tiny:admin", "tiny:fresh"], ALL],
      ])("for the grants %j has %j", (grants, tools) => {
        expect(names(catalog.list(callerWith(...grants)))).toEqual(tools);
      });

      test.each<[string, string[], string | undefined]>([
        ["tiny_write", ["tiny:read"], "tiny:write"],
        ["tiny_write", [], "tiny:write"],
        ["tiny_write", ["tiny:all"], undefined],
        ["tiny_echo", [], undefined],
        ["unheard_of", [], undefined],
        ["constructor", [], undefined],
      ])("names for %s with %j the grant %s", (name, grants, grant) => {
        expect(catalog.stepUpGrant?.(name, callerWith(...grants))).toBe(grant);
      });

      test("does not open it, and is the exception", async () => {
        const opened = catalog.open("tiny_write", callerWith("tiny:read"));
        await expect(opened).rejects.toMatchObject({ code: "insufficient_scope" });
        expect(catalog.stepUpGrant?.("tiny_write", LOCAL_CALLER)).toBeUndefined();
        expect(tinyCatalog().stepUpGrant).toBeUndefined();
      });
    });

    test("is cached by the set of grants, and frozen", () => {
      const catalog = tinyCatalog();
      const list = catalog.list(callerWith("tiny:read", "tiny:write"));
      expect(Object.isFrozen(list)).toBe(true);
      expect(catalog.list(callerWith("tiny:write", "tiny:read"))).toBe(list);
      expect(catalog.list(callerWith("tiny:read", "tiny:write", "unheard:of"))).toBe(list);
      expect(catalog.list(LOCAL_CALLER)).toBe(catalog.list(LOCAL_CALLER));
    });

    test("is cached for a bounded number of sets", () => {
      const grants = Array.from({ length: 8 }, (_, index) => `grant:${index}`);
      const definitions: ToolDefinition[] = TINY_TOOLS.slice(0, 1).flatMap((tool) =>
        grants.map((grant) => {
          const definition = toToolDefinition(tool);
          return {
            ...definition,
            access: { anyOf: [grant] },
            wire: { ...definition.wire, name: `tool_${grant}` },
          };
        }),
      );
      const catalog = createCatalog(definitions, async () => []);
      const setOf = (bits: number) => callerWith(...grants.filter((_, index) => bits & (1 << index)));
      const lists = Array.from({ length: 256 }, (_, bits) => catalog.list(setOf(bits)));
      const kept = lists.filter((list, bits) => catalog.list(setOf(bits)) === list);
      expect(kept.length).toBeLessThanOrEqual(64);
      expect(catalog.list(setOf(255))).toEqual(lists[255]);
    });
  });

  describe("a tool", () => {
    test("is opened by its name", async () => {
      const tool = await tinyCatalog().open("tiny_echo", callerWith("tiny:all"));
      expect(tool).toBe(TINY_TOOLS[1]);
    });

    test.each(["nothing", "", "Tiny_Echo", "__proto__", "constructor", "toString"])(
      "named %j does not exist, and the error lists those that do",
      async (name) => {
        await expect(tinyCatalog().open(name, callerWith("tiny:all"))).rejects.toMatchObject({
          code: "unsupported_tool",
          message: expect.stringMatching(
            name === "Tiny_Echo"
              ? /^There is no tool named "Tiny_Echo" \(did you mean "tiny_echo"\?\)$/
              : /^There is no tool named ".*"$/s,
          ),
          hint: "Call one of: tiny_echo, tiny_write.",
          retryable: false,
        });
      },
    );

    test("with a long name is quoted truncated", async () => {
      const error = await tinyCatalog()
        .open("x".repeat(5000), LOCAL_CALLER)
        .catch((reason: Error) => reason.message);
      expect(String(error).length).toBeLessThan(200);
    });

    test.each<[string, string[], string]>([
      ["tiny_echo", [], "tiny_echo needs tiny:read, which this connection lacks"],
      ["tiny_drop", ["tiny:write"], "tiny_drop needs tiny:admin and tiny:fresh, which this connection lacks"],
      [
        "tiny_drop",
        ["tiny:read"],
        "tiny_drop needs tiny:write and tiny:admin and tiny:fresh, which this connection lacks",
      ],
    ])("%s is denied to a caller with %j", async (name, grants, message) => {
      await expect(tinyCatalog().open(name, callerWith(...grants))).rejects.toMatchObject({
        code: "insufficient_scope",
        message,
      });
    });

    test("is loaded once, on the first call, and never for a denied caller", async () => {
      let loads = 0;
      const catalog = createCatalog(TINY_TOOLS.map(toToolDefinition), async () => {
        loads += 1;
        return TINY_TOOLS;
      });
      catalog.list(LOCAL_CALLER);
      await catalog.open("tiny_echo", callerWith()).catch(() => {});
      expect(loads).toBe(0);
      await Promise.all([catalog.open("tiny_echo", LOCAL_CALLER), catalog.open("tiny_drop", LOCAL_CALLER)]);
      await catalog.open("tiny_echo", LOCAL_CALLER);
      expect(loads).toBe(1);
    });

    test("is loaded again on the next call after a failed load", async () => {
      let loads = 0;
      const catalog = createCatalog(TINY_TOOLS.map(toToolDefinition), async () => {
        loads += 1;
        if (loads === 1) throw new Error("the disk was busy");
        return TINY_TOOLS;
      });
      const opened = () => catalog.open("tiny_echo", LOCAL_CALLER);
      const first = await Promise.allSettled([opened(), opened()]);
      expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(loads).toBe(1);
      expect(await opened()).toBe(TINY_TOOLS[1]);
      expect(await opened()).toBe(TINY_TOOLS[1]);
      expect(loads).toBe(2);
    });

    test("exists regardless of access, and without being loaded", () => {
      const catalog = createCatalog(TINY_TOOLS.map(toToolDefinition), () =>
        Promise.reject(new Error("loaded")),
      );
      expect(ALL.map(catalog.has)).toEqual([true, true, true]);
      expect(["nothing", "", "__proto__", "constructor"].map(catalog.has)).toEqual([
        false,
        false,
        false,
        false,
      ]);
    });

    test("with a definition but no code is an internal error", async () => {
      const catalog = createCatalog(TINY_TOOLS.map(toToolDefinition), async () => []);
      await expect(catalog.open("tiny_echo", LOCAL_CALLER)).rejects.toThrow(
        "tiny_echo has a definition but no code",
      );
    });
  });
});
