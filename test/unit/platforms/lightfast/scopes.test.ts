import { expect, test } from "vitest";
import { CARDS } from "../../../../src/platforms/lightfast/cards.generated.ts";
import { POLICY } from "../../../../src/platforms/lightfast/policy.ts";
import {
  KNOWN_SCOPES,
  requiredScope,
  TOOL_ROWS,
  TOOL_SCOPES,
} from "../../../../src/platforms/lightfast/scopes.ts";

test("the known scopes are the six that Lightfast's authorization server supports", () => {
  expect(KNOWN_SCOPES).toEqual([
    "mcp:decisions:read",
    "mcp:provider_routines:read",
    "mcp:provider_routines:write",
    "mcp:signals:read",
    "mcp:signals:write",
    "mcp:system:read",
  ]);
});

test("a usual connection needs the scopes of the tools and no other", () => {
  expect(TOOL_SCOPES).toEqual(["mcp:signals:read", "mcp:signals:write", "mcp:system:read"]);
  for (const { access } of CARDS) expect(TOOL_SCOPES).toEqual(expect.arrayContaining([...access.anyOf]));
});

test("every tool has its row, under the contract's name", () => {
  expect(TOOL_ROWS.map(({ procedure, tool }) => [procedure, tool])).toEqual([
    ["signals.create", "lightfast_signals_create"],
    ["signals.get", "lightfast_signals_get"],
    ["system.health", "lightfast_system_health"],
  ]);
  expect(CARDS.map(({ wire }) => wire.name).sort()).toEqual(TOOL_ROWS.map(({ tool }) => tool).sort());
});

test("a tool needs the first of the scopes that will do", () => {
  expect(requiredScope(POLICY["signals.get"])).toBe("mcp:signals:read");
  expect(requiredScope({ access: { anyOf: ["a", "b"] } })).toBe("a");
  expect(() => requiredScope({ access: { anyOf: [] } })).toThrow("needs a scope");
});
