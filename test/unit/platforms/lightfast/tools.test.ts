import { describe, expect, test } from "vitest";
import { parseInput, parseOutput } from "../../../../src/mcp/catalog.ts";
import type { AnyTool } from "../../../../src/mcp/tool.ts";

import type { LightfastApi } from "../../../../src/platforms/lightfast/api.ts";
import { TOOLS } from "../../../../src/platforms/lightfast/tools.ts";
import { withDeadline } from "../../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../../src/shared/json.ts";

function toolNamed(name: string): AnyTool<LightfastApi> {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}

const health = toolNamed("lightfast_system_health");
const create = toolNamed("lightfast_signals_create");
const get = toolNamed("lightfast_signals_get");

const ZEROS = "signal_00000000-0000-0000-0000-000000000000";
const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

describe("the input of a signal", () => {
  const accepted = (input: unknown): unknown => {
    try {
      return parseInput(create, { input }).input;
    } catch {
      return undefined;
    }
  };

  test.each([
    ["hi", "hi"],
    ["  hi  ", "hi"],
    ["\u00a0\ufeffhi\n", "hi"],
    ["a", "a"],
    ["x".repeat(4000), "x".repeat(4000)],
    [` ${"x".repeat(4000)} `, "x".repeat(4000)],
    ["😀".repeat(2000), "😀".repeat(2000)],
  ])("is sent trimmed (case %#)", (input, sent) => {
    expect(accepted(input)).toBe(sent);
  });

  test.each(["", " ", "\u00a0\ufeff\n", "x".repeat(4001), "😀".repeat(2001), 5, null, undefined, ["hi"]])(
    "is rejected before a request (case %#)",
    (input) => {
      expect(accepted(input)).toBeUndefined();
    },
  );

  test("that is too long is rejected with one problem, which has the limit", () => {
    for (const input of ["x".repeat(4001), "😀".repeat(4001)]) {
      expect(() => parseInput(create, { input })).toThrow(
        /^Invalid arguments for \w+: "input": [^;]*4000[^;]*$/,
      );
    }
  });
});

describe("a signal's id", () => {
  test.each([ID, ZEROS])("may be %s", (id) => {
    expect(parseInput(get, { id })).toEqual({ id });
  });

  test.each([
    ID.toUpperCase(),
    ID.replace("signal_", "sig_"),
    `${ID}\n`,
    ` ${ID}`,
    ID.slice("signal_".length),
    ID.slice(0, -1),
    `${ID}0`,
    "",
    7,
  ])("may not be %j", (id) => {
    expect(() => parseInput(get, { id })).toThrow(/"id"/);
  });
});

describe("arguments", () => {
  test("of the health check are ignored", () => {
    for (const args of [undefined, {}, { random_string: "x" }]) expect(parseInput(health, args)).toEqual({});
  });

  test.each([
    [create, { input: "hi", priority: "high" }, /unknown argument "priority" \(allowed: "input"\)/],
    [get, { id: ID, signalId: ID }, /unknown argument "signalId" \(allowed: "id"\)/],
    [create, undefined, /"input" is required/],
    [get, {}, /"id" is required/],
  ])("that are unknown or missing are reported (case %#)", (tool, args, problem) => {
    expect(() => parseInput(tool, args)).toThrow(problem);
  });
});

describe("a response", () => {
  const signal = { id: ID, input: "hi", status: "classified" };
  const legacy = { ...signal, classification: { schemaVersion: "signal.classification.v1", title: "Hi" } };

  test.each<[AnyTool<LightfastApi>, JsonObject]>([
    [health, { status: "ok" }],
    [health, { status: "ok", timestamp: "2026-01-01T00:00:00.000Z", version: "0.1.0", region: "eu" }],
    [create, { id: ID, status: "queued" }],
    [create, { id: "sig_of_a_later_kind", status: "accepted", visibilityScope: "org" }],
    [get, signal],
    [get, { ...signal, classification: null, entityLinks: [] }],
    [get, legacy],
    [get, { ...signal, entityLinks: [{ anchorText: "Ada", anchorOccurrence: 121, resolvedPerson: null }] }],
    [get, { ...signal, classification: { routing: { review: { reason: null }, routes: { bots: {} } } } }],
  ])("may lack optional fields and have new ones (case %#)", (tool, output) => {
    expect(parseOutput(tool, output, "lightfast-mcp")).toEqual(output);
  });

  test.each<[AnyTool<LightfastApi>, unknown, RegExp]>([
    [health, {}, /"status" is required/],
    [create, { status: "queued" }, /"id" is required/],
    [create, { id: "", status: "queued" }, /"id"/],
    [get, { id: ID, input: "hi" }, /"status" is required/],
    [
      get,
      { ...signal, classification: { title: 4 } },
      /"classification\.title" must be a string, got a number/,
    ],
    [get, { ...signal, entityLinks: [{ confidence: "1" }] }, /"entityLinks\[0\]\.confidence"/],
    [get, [], /must be an object, got an array/],
  ])("is rejected without essential fields (case %#)", (tool, output, problem) => {
    expect(() => parseOutput(tool, output, "lightfast-mcp")).toThrow(problem);
  });
});

test("each tool sends one request", async () => {
  const sent: string[] = [];
  const send = async (...parts: string[]) => void sent.push(parts.join(" "));
  const api: LightfastApi = {
    health: () => send("health"),
    createSignal: (input) => send("create", input),
    getSignal: (id) => send("get", id),
  };
  await withDeadline(1000, new AbortController().signal, async (deadline) => {
    const context = { api, deadline, progress: () => {}, advise: String };
    await health.run({}, context);
    await create.run({ input: "hi" }, context);
    await get.run({ id: ID }, context);
  });
  expect(sent).toEqual(["health", "create hi", `get ${ID}`]);
});
