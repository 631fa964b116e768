import { describe, expect, test } from "vitest";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import {
  KNOWN_SCOPES,
  POLICY,
  requiredScope,
  TOOL_ROWS,
  TOOL_SCOPES,
} from "../../../../src/platforms/lightfast/policy.ts";

describe("policy", () => {
  /** Every procedure of the REST contract. */
  const PROCEDURES = ["signals.create", "signals.get", "signals.list", "system.health"];

  const ROWS = Object.entries(POLICY);
  const exposed = ROWS.flatMap(([procedure, row]) => (row.exposed ? [{ procedure, ...row }] : []));
  const hidden = ROWS.flatMap(([procedure, row]) => (row.exposed ? [] : [{ procedure, ...row }]));

  test("every procedure has a row, and no other has", () => {
    expect(Object.keys(POLICY).sort()).toEqual(PROCEDURES);
  });

  test("every tool has a row, and no two share one", () => {
    const tools = exposed.map(({ tool }) => tool);
    expect(new Set(tools).size).toBe(tools.length);
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual(tools.sort());
  });

  describe.each(exposed)("$procedure", ({ procedure, tool, kind, access, auditEvent }) => {
    const cards = TOOL_DEFINITIONS.filter(({ wire }) => wire.name === tool);

    test("is exactly one tool, of its kind and access", () => {
      expect(cards).toHaveLength(1);
      expect(cards[0]).toMatchObject({ kind, access });
    });

    test("carries its name into the tool and the audit event", () => {
      expect(tool).toBe(`lightfast_${procedure.replace(".", "_")}`);
      expect(auditEvent).toBe(`mcp.${procedure}`);
    });

    test("asks for a scope that fits what it does", () => {
      const area = procedure.split(".")[0];
      expect(access.anyOf).toEqual([`mcp:${area}:${kind === "read" ? "read" : "write"}`]);
    });
  });

  test("all but the check of the connection need a finished organization", () => {
    const unbound = exposed.filter(({ requiresBoundOrg }) => !requiresBoundOrg);
    expect(unbound.map(({ procedure }) => procedure)).toEqual(["system.health"]);
  });

  test.each(hidden)("$procedure is hidden for a reason, and is no tool", ({ procedure, reason }) => {
    expect(reason.length).toBeGreaterThan(20);
    const name = `lightfast_${procedure.replace(".", "_")}`;
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name)).not.toContain(name);
  });
});

describe("scopes", () => {
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
    for (const { access } of TOOL_DEFINITIONS)
      expect(TOOL_SCOPES).toEqual(expect.arrayContaining([...access.anyOf]));
  });

  test("every tool has its row, under the contract's name", () => {
    expect(TOOL_ROWS.map(({ procedure, tool }) => [procedure, tool])).toEqual([
      ["signals.create", "lightfast_signals_create"],
      ["signals.get", "lightfast_signals_get"],
      ["system.health", "lightfast_system_health"],
    ]);
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual(
      TOOL_ROWS.map(({ tool }) => tool).sort(),
    );
  });

  test("a tool needs the first of the scopes that will do", () => {
    expect(requiredScope(POLICY["signals.get"])).toBe("mcp:signals:read");
    expect(requiredScope({ access: { anyOf: ["a", "b"] } })).toBe("a");
    expect(() => requiredScope({ access: { anyOf: [] } })).toThrow("needs a scope");
  });
});
