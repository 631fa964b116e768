import { describe, expect, test } from "vitest";
import { selectDefinitions } from "../../../src/mcp/selection.ts";
import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import type { ToolDefinition } from "../../../src/mcp/tool-definition.ts";
import * as lfx from "../../../src/platforms/lfx/catalog.ts";
import { GROUP_NAMES } from "../../../src/platforms/lfx/groups.ts";
import {
  type Backend,
  POLICY,
  TOOL_NAMES,
  TOOLSETS,
  type ToolName,
} from "../../../src/platforms/lfx/policy.ts";
import * as lightfast from "../../../src/platforms/lightfast/catalog.ts";

const TINY = ["tiny_read", "tiny_write", "tiny"].map(
  (name) =>
    ({
      kind: "read",
      access: { anyOf: [] },
      wire: {
        name,
        title: name,
        description: `Does ${name}. See tiny_write. See tiny_writer.`,
        inputSchema: {
          type: "object",
          properties: {
            description: { type: "string", description: "Any text; tiny_write knows more." },
            id: { type: "array", items: { anyOf: [{ type: "string", description: "From tiny_write." }] } },
          },
        },
        annotations: {},
      },
    }) as unknown as ToolDefinition,
);

describe("selectDefinitions", () => {
  test("returns the same definitions and texts if all tools are offered", () => {
    for (const names of [undefined, ["tiny", "tiny_write", "tiny_read"]]) {
      const { definitions, advise } = selectDefinitions(TINY, names);
      expect(definitions).toBe(TINY);
      expect(advise("Call tiny_write.")).toBe("Call tiny_write.");
    }
  });

  test("omits the others from the descriptions of tools and of parameters at any depth", () => {
    const { definitions } = selectDefinitions(TINY, ["tiny_read"]);
    expect(definitions.map(({ wire }) => wire)).toEqual([
      {
        ...TINY[0]?.wire,
        description: "Does tiny_read. See tiny_writer.",
        inputSchema: {
          type: "object",
          properties: {
            description: { type: "string", description: "Any text." },
            id: { type: "array", items: { anyOf: [{ type: "string" }] } },
          },
        },
      },
    ]);
    expect(JSON.stringify(TINY)).toContain("See tiny_write.");
  });
});

describe("advice", () => {
  const { advise } = selectDefinitions(TINY, ["tiny_read"]);

  test.each([
    ["Read it first.", "Read it first."],
    ["Call tiny_read.", "Call tiny_read."],
    ["Call tiny_read. Then call tiny_write. Done.", "Call tiny_read. Done."],
    ["Call tiny_write!", ""],
    ["Is it new? tiny_write tells. Then stop.", "Is it new? Then stop."],
    ["It takes seconds; follow it with tiny_write only if needed. Stop.", "It takes seconds. Stop."],
    ["The id: data.uid of tiny_write.", "The id."],
    ["The id, from tiny_write.", "The id."],
    ["The id, such as a, b, from tiny_read or tiny_write.", "The id, such as a, b."],
    ["Topic: tiny_write and more. Then stop.", "Topic: Then stop."],
    ["Topic: tiny_write and more.\nThen stop.", "Then stop."],
    ["First; tiny_write; last.", "First."],
    [
      "Steps:\n1. tiny_write: write.\n2. tiny_read: read.\n\nThe end.",
      "Steps:\n2. tiny_read: read.\n\nThe end.",
    ],
    [
      "Write my_tiny_write_x, tiny_writes or data.tiny_writer.",
      "Write my_tiny_write_x, tiny_writes or data.tiny_writer.",
    ],
  ])("%j becomes %j", (text, expected) => {
    expect(advise(text)).toBe(expected);
  });
});

/** What a server shows to a client that calls no tool. */
function shown({ catalog, instructions }: ReturnType<typeof lightfast.lightfastServerInfo>): string {
  return JSON.stringify([catalog.list(LOCAL_CALLER), instructions]);
}

function mentioned(text: string, names: readonly string[]): readonly string[] {
  const words = new Set(text.match(/\w+/g));
  return names.filter((name) => words.has(name));
}

/** Selections: each tool alone, all but each tool, and what each condition leaves. */
function selections<Name extends string>(names: readonly Name[], ...some: (readonly Name[])[]) {
  return [
    ...names.map((name) => [name]),
    ...names.map((name) => names.filter((other) => other !== name)),
    ...some,
  ];
}

describe("no tool that is not offered is mentioned by", () => {
  test("Lightfast, whatever is selected", () => {
    const names = lightfast.TOOL_DEFINITIONS.map(({ wire }) => wire.name);
    const reads = lightfast.TOOL_DEFINITIONS.filter(({ kind }) => kind === "read").map(
      ({ wire }) => wire.name,
    );
    const all = selections(names, reads, names);
    for (const selection of all) {
      const text = shown(lightfast.lightfastServerInfo(selection));
      expect(mentioned(text, names)).toEqual(names.filter((name) => selection.includes(name)));
    }
  });

  test.each([false, true])("LFX, whatever is selected (committees as groups: %s)", (committeesAsGroups) => {
    const backends = new Set<Backend>(["lfx", "lens", "onboarding", "userInfo"]);
    const reads = TOOL_NAMES.filter((name) => POLICY[name].kind === "read");
    const sets = TOOLSETS.map((set) =>
      TOOL_NAMES.filter((name) => [set, "every"].includes(POLICY[name].toolset)),
    );
    const readSets = sets.map((set) => set.filter((name) => reads.includes(name)));
    const groupNames = new Map([...GROUP_NAMES].map(([group, name]) => [name, group]));
    const toShown = (name: ToolName) => (committeesAsGroups && groupNames.get(name)) || name;
    for (const tools of selections(TOOL_NAMES, reads, ...sets, ...readSets)) {
      const text = shown(lfx.lfxServerInfo({ tools, backends, committeesAsGroups }) as never);
      const others = TOOL_NAMES.filter((name) => !tools.includes(name));
      expect(mentioned(text, others)).toEqual([]);
      expect(mentioned(text, others.map(toShown))).toEqual([]);
      expect(mentioned(text, tools.map(toShown))).toEqual(tools.map(toShown));
    }
  });

  test("LFX, if a service is not configured", () => {
    const text = shown(
      lfx.lfxServerInfo({
        tools: TOOL_NAMES,
        backends: new Set(["lfx"]),
        committeesAsGroups: false,
      }) as never,
    );
    const names = TOOL_NAMES.filter((name) => POLICY[name].backend !== "lfx");
    expect(mentioned(text, names)).toEqual([]);
  });
});
