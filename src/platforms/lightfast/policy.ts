import type { Access } from "../../mcp/caller.ts";
import type { ToolKind } from "../../mcp/tool.ts";

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
