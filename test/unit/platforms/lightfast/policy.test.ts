import { describe, expect, test } from "vitest";
import { CARDS } from "../../../../src/platforms/lightfast/cards.generated.ts";
import { POLICY } from "../../../../src/platforms/lightfast/policy.ts";

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
  expect(CARDS.map(({ wire }) => wire.name).sort()).toEqual(tools.sort());
});

describe.each(exposed)("$procedure", ({ procedure, tool, kind, access, auditEvent }) => {
  const cards = CARDS.filter(({ wire }) => wire.name === tool);

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
  expect(CARDS.map(({ wire }) => wire.name)).not.toContain(name);
});
