import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import { createCatalog } from "../../../src/mcp/catalog.ts";
import { cardOf, type ToolCard } from "../../../src/mcp/tool-definition.ts";
import type { WireTool } from "../../../src/mcp/types.ts";
import { callerWith, TINY_TOOLS, tinyCatalog } from "../../support/tiny-server.ts";

const names = (tools: readonly WireTool[]) => tools.map((tool) => tool.name);
const ALL = ["tiny_drop", "tiny_echo", "tiny_write"];

describe("the list", () => {
  test("is in the order of names, whatever the order of the tools", () => {
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

  test("is made once for each set of grants, and frozen", () => {
    const catalog = tinyCatalog();
    const list = catalog.list(callerWith("tiny:read", "tiny:write"));
    expect(Object.isFrozen(list)).toBe(true);
    expect(catalog.list(callerWith("tiny:write", "tiny:read"))).toBe(list);
    expect(catalog.list(callerWith("tiny:read", "tiny:write", "unheard:of"))).toBe(list);
    expect(catalog.list(LOCAL_CALLER)).toBe(catalog.list(LOCAL_CALLER));
  });

  test("is remembered for a bounded number of sets", () => {
    const grants = Array.from({ length: 8 }, (_, index) => `grant:${index}`);
    const cards: ToolCard[] = TINY_TOOLS.slice(0, 1).flatMap((tool) =>
      grants.map((grant) => {
        const card = cardOf(tool);
        return { ...card, access: { anyOf: [grant] }, wire: { ...card.wire, name: `tool_${grant}` } };
      }),
    );
    const catalog = createCatalog(cards, async () => []);
    const setOf = (bits: number) => callerWith(...grants.filter((_, index) => bits & (1 << index)));
    const lists = Array.from({ length: 256 }, (_, bits) => catalog.list(setOf(bits)));
    const kept = lists.filter((list, bits) => catalog.list(setOf(bits)) === list);
    expect(kept.length).toBeLessThanOrEqual(64);
    expect(catalog.list(setOf(255))).toEqual(lists[255]);
  });
});

describe("a tool", () => {
  test("is found by its name", async () => {
    const tool = await tinyCatalog().open("tiny_echo", callerWith("tiny:all"));
    expect(tool).toBe(TINY_TOOLS[1]);
  });

  test.each(["nothing", "", "Tiny_Echo", "__proto__", "constructor", "toString"])(
    "named %j does not exist, and those that do are named",
    async (name) => {
      await expect(tinyCatalog().open(name, callerWith("tiny:all"))).rejects.toMatchObject({
        code: "unsupported_tool",
        message: `There is no tool named ${JSON.stringify(name)}`,
        hint: "Call one of: tiny_echo, tiny_write.",
        retryable: false,
      });
    },
  );

  test("with a long name is quoted in part", async () => {
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
  ])("%s is closed to a caller with %j", async (name, grants, message) => {
    await expect(tinyCatalog().open(name, callerWith(...grants))).rejects.toMatchObject({
      code: "insufficient_scope",
      message,
    });
  });

  test("is loaded once, at the first call, and never for a caller who may not use it", async () => {
    let loads = 0;
    const catalog = createCatalog(TINY_TOOLS.map(cardOf), async () => {
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

  test("is loaded again at the next call where loading failed", async () => {
    let loads = 0;
    const catalog = createCatalog(TINY_TOOLS.map(cardOf), async () => {
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

  test("is there or not, whoever may use it, and without being loaded", () => {
    const catalog = createCatalog(TINY_TOOLS.map(cardOf), () => Promise.reject(new Error("loaded")));
    expect(ALL.map(catalog.has)).toEqual([true, true, true]);
    expect(["nothing", "", "__proto__", "constructor"].map(catalog.has)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test("with a card and no code is a fault of ours", async () => {
    const catalog = createCatalog(TINY_TOOLS.map(cardOf), async () => []);
    await expect(catalog.open("tiny_echo", LOCAL_CALLER)).rejects.toThrow("tiny_echo has a card but no code");
  });
});
