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
  /** All procedures of the REST API. */
  const PROCEDURES = ["signals.create", "signals.get", "signals.list", "system.health"];

  const ROWS = Object.entries(POLICY);
  const exposed = ROWS.flatMap(([procedure, row]) => (row.exposed ? [{ procedure, ...row }] : []));
  const hidden = ROWS.flatMap(([procedure, row]) => (row.exposed ? [] : [{ procedure, ...row }]));

  test("every procedure has a row", () => {
    expect(Object.keys(POLICY).sort()).toEqual(PROCEDURES);
  });

  test("every tool has its own row", () => {
    const tools = exposed.map(({ tool }) => tool);
    expect(new Set(tools).size).toBe(tools.length);
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual(tools.sort());
  });

  describe.each(exposed)("$procedure", ({ procedure, tool, kind, access, auditEvent }) => {
    const definitions = TOOL_DEFINITIONS.filter(({ wire }) => wire.name === tool);

    test("is one tool with its kind and access", () => {
      expect(definitions).toHaveLength(1);
      expect(definitions[0]).toMatchObject({ kind, access });
    });

    test("names its tool and its audit event", () => {
      expect(tool).toBe(`lightfast_${procedure.replace(".", "_")}`);
      expect(auditEvent).toBe(`mcp.${procedure}`);
    });

    test("requires the scope of its area and kind", () => {
      const area = procedure.split(".")[0];
      expect(access.anyOf).toEqual([`mcp:${area}:${kind === "read" ? "read" : "write"}`]);
    });
  });

  test("all except the health check need a finished setup", () => {
    const unbound = exposed.filter(({ requiresBoundOrg }) => !requiresBoundOrg);
    expect(unbound.map(({ procedure }) => procedure)).toEqual(["system.health"]);
  });

  test.each(hidden)("$procedure is hidden with a reason", ({ procedure, reason }) => {
    expect(reason.length).toBeGreaterThan(20);
    const name = `lightfast_${procedure.replace(".", "_")}`;
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name)).not.toContain(name);
  });
});

describe("scopes", () => {
  test("the known scopes are those of Lightfast's authorization server", () => {
    expect(KNOWN_SCOPES).toEqual([
      "mcp:decisions:read",
      "mcp:provider_routines:read",
      "mcp:provider_routines:write",
      "mcp:signals:read",
      "mcp:signals:write",
      "mcp:system:read",
    ]);
  });

  test("clients request the scopes of the tools only", () => {
    expect(TOOL_SCOPES).toEqual(["mcp:signals:read", "mcp:signals:write", "mcp:system:read"]);
    for (const { access } of TOOL_DEFINITIONS)
      expect(TOOL_SCOPES).toEqual(expect.arrayContaining([...access.anyOf]));
  });

  test("the tool rows have the procedures' names", () => {
    expect(TOOL_ROWS.map(({ procedure, tool }) => [procedure, tool])).toEqual([
      ["signals.create", "lightfast_signals_create"],
      ["signals.get", "lightfast_signals_get"],
      ["system.health", "lightfast_system_health"],
    ]);
    expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual(
      TOOL_ROWS.map(({ tool }) => tool).sort(),
    );
  });

  test("a tool requires the first of its alternative scopes", () => {
    expect(requiredScope(POLICY["signals.get"])).toBe("mcp:signals:read");
    expect(requiredScope({ access: { anyOf: ["a", "b"] } })).toBe("a");
    expect(() => requiredScope({ access: { anyOf: [] } })).toThrow("needs a scope");
  });
});
