import type { Access, ToolKind } from "../../mcp/tool.ts";

/** Every procedure of the REST contract. A new one must be given a row in `POLICY` or nothing compiles. */
export type Procedure = "signals.create" | "signals.get" | "signals.list" | "system.health";

/** A procedure that is a tool: its name, what it does, what it asks of the caller, and how it is audited. */
export type ExposedProcedure = {
  readonly exposed: true;
  readonly tool: string;
  readonly kind: ToolKind;
  readonly access: Access;
  /** Whether the organization must have finished its setup. */
  readonly requiresBoundOrg: boolean;
  readonly auditEvent: string;
};

/** A procedure that no model may call, with the reason. */
export type HiddenProcedure = { readonly exposed: false; readonly reason: string };

/** What MCP shows of Lightfast. The one place that decides; transports only carry it. */
export const POLICY = {
  "signals.create": {
    exposed: true,
    tool: "lightfast_signals_create",
    kind: "write",
    access: { anyOf: ["mcp:signals:write"] },
    requiresBoundOrg: true,
    auditEvent: "mcp.signals.create",
  },
  "signals.get": {
    exposed: true,
    tool: "lightfast_signals_get",
    kind: "read",
    access: { anyOf: ["mcp:signals:read"] },
    requiresBoundOrg: true,
    auditEvent: "mcp.signals.get",
  },
  "signals.list": {
    exposed: false,
    reason: "A broad listing would pour an organization's signals into a model's context.",
  },
  "system.health": {
    exposed: true,
    tool: "lightfast_system_health",
    kind: "read",
    access: { anyOf: ["mcp:system:read"] },
    requiresBoundOrg: false,
    auditEvent: "mcp.system.health",
  },
} as const satisfies Readonly<Record<Procedure, ExposedProcedure | HiddenProcedure>>;

const ROWS: readonly [string, ExposedProcedure | HiddenProcedure][] = Object.entries(POLICY);

/** What the policy says of the procedures that are tools, each with the contract's name for it. */
export const TOOL_ROWS: readonly (ExposedProcedure & { readonly procedure: string })[] = ROWS.flatMap(
  ([procedure, row]) => (row.exposed ? [{ procedure, ...row }] : []),
);

/** The scope that a token must have for a procedure; the first, where any of several will do. */
export function requiredScope({ access }: Pick<ExposedProcedure, "access">): string {
  const [scope] = access.anyOf;
  if (scope === undefined) throw new Error("every tool of Lightfast needs a scope");
  return scope;
}

/** The scopes that the tools need, which are those of a usual connection. */
export const TOOL_SCOPES: readonly string[] = [...new Set(TOOL_ROWS.map(requiredScope))].sort();

/** Scopes for what Lightfast offers elsewhere and this server has no tool for; a token may carry them. */
const OTHER_SCOPES = ["mcp:decisions:read", "mcp:provider_routines:read", "mcp:provider_routines:write"];

/** Every scope that a token of Lightfast's may carry. */
export const KNOWN_SCOPES: readonly string[] = [...new Set([...TOOL_SCOPES, ...OTHER_SCOPES])].sort();
