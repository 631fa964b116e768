import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import { ERROR_CODES } from "../../../src/mcp/errors.ts";
import type { Skill } from "../../../src/mcp/resources.ts";
import type { ToolDefinition } from "../../../src/mcp/tool-definition.ts";
import { TOOL_DEFINITIONS as LFX_TOOLS, lfxServerInfo } from "../../../src/platforms/lfx/catalog.ts";
import { toGroupDefinition, toGroupSkill } from "../../../src/platforms/lfx/groups.ts";
import { BACKENDS, TOOL_NAMES, type ToolName } from "../../../src/platforms/lfx/policy.ts";
import { SKILLS as LFX_SKILLS } from "../../../src/platforms/lfx/resources.ts";
import {
  TOOL_DEFINITIONS as LIGHTFAST_TOOLS,
  lightfastServerInfo,
} from "../../../src/platforms/lightfast/catalog.ts";
import { RESOURCES } from "../../../src/platforms/lightfast/resources.ts";
import { isObject, type JsonObject } from "../../../src/shared/json.ts";
import { exchange, tinyServer } from "../../support/tiny-server.ts";

const LIGHTFAST_SKILLS = RESOURCES.skills ?? [];

const SETS: readonly (readonly [string, readonly Skill[], readonly ToolDefinition[]])[] = [
  ["lightfast", LIGHTFAST_SKILLS, LIGHTFAST_TOOLS],
  ["lfx", LFX_SKILLS, LFX_TOOLS],
  ["lfx with groups", LFX_SKILLS.map(toGroupSkill), LFX_TOOLS.map(toGroupDefinition)],
];

const ROWS = SETS.flatMap(([set, skills, tools]) =>
  skills.map((skill) => [`${set}: ${skill.frontmatter.name}`, skill, tools] as const),
);

/** A call in a text: `tool(argument, argument: value)`. */
const CALL = /`(\w+)\(([^)`]*)\)`/g;
const CODE = /`([^`]+)`/g;

function textOf({ files }: Skill): string {
  return files.map(({ text }) => text).join("\n");
}

type Argument = readonly [name: string, value: string | undefined];

function callsIn(text: string): readonly (readonly [tool: string, args: readonly Argument[]])[] {
  return [...text.matchAll(CALL)].map(([, tool = "", list = ""]) => [
    tool,
    list
      .split(", ")
      .filter(Boolean)
      .map((part): Argument => {
        const [name = "", value] = part.split(": ");
        return [name, value];
      }),
  ]);
}

/** What is wrong with an argument, for the tool's schema. */
function faultOf({ wire }: ToolDefinition, [name, value]: Argument): string | undefined {
  const { properties } = wire.inputSchema;
  const schema = isObject(properties) ? properties[name] : undefined;
  if (!isObject(schema)) return `${wire.name} has no ${name}`;
  if (value === undefined) return undefined;
  const { type, enum: values } = schema;
  const isValid = Array.isArray(values)
    ? values.includes(value)
    : type === "boolean"
      ? value === "true" || value === "false"
      : type !== "integer" || /^\d+$/.test(value);
  return isValid ? undefined : `${name} of ${wire.name} cannot be ${value}`;
}

describe.each(ROWS)("%s", (_, skill, tools) => {
  const byName = new Map(tools.map((tool) => [tool.wire.name, tool]));
  const text = textOf(skill);

  test("calls tools that exist, with arguments that they take", () => {
    const calls = callsIn(text);
    expect(calls).not.toEqual([]);
    const faults = calls.flatMap(([name, args]) => {
      const tool = byName.get(name);
      return tool ? args.map((arg) => faultOf(tool, arg)).filter(Boolean) : [`there is no ${name}`];
    });
    expect(faults).toEqual([]);
  });

  test("gives each call all required arguments", () => {
    const incomplete = callsIn(text).flatMap(([name, args]) => {
      const required = (byName.get(name)?.wire.inputSchema.required ?? []) as readonly string[];
      const missing = required.filter((key) => !args.some(([given]) => given === key));
      return missing.map((key) => `${name} needs ${key}`);
    });
    expect(incomplete).toEqual([]);
  });

  test("names no tool or argument that does not exist", () => {
    const known = new Set<string>([...ERROR_CODES, ...(JSON.stringify(tools).match(/\w+/g) ?? [])]);
    const words = [...text.matchAll(CODE)].flatMap(([, code = ""]) => code.match(/\b[a-z]\w*_\w+/g) ?? []);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });

  test("requires tools that exist and that it calls", () => {
    const called = new Set(callsIn(text).map(([name]) => name));
    expect(skill.requires).not.toEqual([]);
    expect(skill.requires.filter((name) => !byName.has(name) || !called.has(name))).toEqual([]);
  });

  test("keeps the limits of the format", () => {
    const { name, description } = skill.frontmatter;
    expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(name.length).toBeLessThanOrEqual(64);
    expect(description.length).toBeGreaterThan(50);
    expect(description.length).toBeLessThanOrEqual(1024);
    expect(description).toMatch(/\. Use (?:when|for) /);
  });

  test("is short, and refers to files that exist", () => {
    const [manifest, ...others] = skill.files;
    // A model reads the whole file when it loads the skill.
    expect(manifest?.text.length).toBeLessThan(4000);
    const mentioned = [...text.matchAll(/`(references\/[\w./-]+)`/g)].map(([, path]) => path);
    expect(others.map(({ path }) => path)).toEqual([...new Set(mentioned)]);
  });
});

test("every folder in skills/ is served, with the text of its files", () => {
  const served = [...LIGHTFAST_SKILLS, ...LFX_SKILLS];
  expect(served.map(({ frontmatter }) => frontmatter.name).sort()).toEqual(readdirSync("skills").sort());
  for (const { frontmatter, files } of served)
    for (const { path, text } of files)
      expect(readFileSync(`skills/${frontmatter.name}/${path}`, "utf8").replaceAll("\r\n", "\n")).toBe(text);
});

test("with groups, no text calls them committees where a tool does not", () => {
  for (const skill of LFX_SKILLS.map(toGroupSkill))
    expect(textOf(skill).match(/.*\bcommittees?\b.*/g) ?? []).toEqual([]);
});

describe("the skills of a selection of tools", () => {
  const list = async (info: Pick<ReturnType<typeof lfxServerInfo>, "catalog" | "loadResources">) => {
    const server = tinyServer(info as JsonObject);
    const response = await createDispatch(server)({ id: 1, method: "skills/list", params: {} }, exchange());
    const { skills } = ("result" in response ? response.result : {}) as {
      skills: { frontmatter: { name: string } }[];
    };
    return skills.map(({ frontmatter }) => frontmatter.name);
  };
  const lfx = (tools: readonly ToolName[], backends: readonly (typeof BACKENDS)[number][] = BACKENDS) =>
    list(lfxServerInfo({ tools, backends: new Set(backends), committeesAsGroups: false }));
  const lightfast = (tools?: readonly string[]) => list(lightfastServerInfo(tools) as never);

  test("are all, if all tools are offered", async () => {
    expect(await lightfast()).toEqual(["lightfast-record-signals", "lightfast-act-on-signals"]);
    expect(await lfx(TOOL_NAMES)).toEqual([
      "lfx-prepare-meeting",
      "lfx-find-people",
      "lfx-memberships",
      "lfx-lens",
    ]);
  });

  test.each<[readonly string[], readonly string[]]>([
    [["lightfast_signals_get"], ["lightfast-act-on-signals"]],
    [["lightfast_signals_create", "lightfast_system_health"], ["lightfast-record-signals"]],
    [["lightfast_system_health"], []],
  ])("%j are %j", async (tools, skills) => {
    expect(await lightfast(tools)).toEqual(skills);
  });

  test("omit LFX Lens, if it is not configured", async () => {
    expect(await lfx(TOOL_NAMES, ["lfx"])).not.toContain("lfx-lens");
  });

  test("are none of LFX without its searches", async () => {
    expect(await lfx(["get_project", "user_info"])).toEqual([]);
  });

  test("have the names of groups, if committees are called that", async () => {
    const info = lfxServerInfo({ tools: TOOL_NAMES, backends: new Set(BACKENDS), committeesAsGroups: true });
    expect(await list(info)).toHaveLength(4);
  });
});
