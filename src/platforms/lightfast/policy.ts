import type { Access, ToolKind } from "../../mcp/tool.ts";

/** The card of a signal. */
export const SIGNAL_VIEW = "ui://lightfast/signal.html";

/** The procedures of the REST API. Each needs a row in `POLICY`. */
export type Procedure = "signals.create" | "signals.get" | "signals.list" | "system.health";

/** A procedure that is a tool. */
export type ExposedProcedure = {
  readonly exposed: true;
  readonly tool: string;
  readonly kind: ToolKind;
  readonly access: Access;
  /** Whether the organization's setup must be finished. */
  readonly requiresBoundOrg: boolean;
  /** Whether conversations start with the tool, see `Tool`. */
  readonly alwaysLoad: boolean;
  /** The page with which clients show its results, see `Tool`. */
  readonly view?: typeof SIGNAL_VIEW;
  readonly auditEvent: string;
};

/** A procedure that is not a tool, with the reason. */
export type HiddenProcedure = { readonly exposed: false; readonly reason: string };

/** Which procedures are tools, and with which access. Nothing else decides that. */
export const POLICY = {
  "signals.create": {
    exposed: true,
    tool: "lightfast_signals_create",
    kind: "write",
    access: { anyOf: ["mcp:signals:write"] },
    requiresBoundOrg: true,
    alwaysLoad: true,
    view: SIGNAL_VIEW,
    auditEvent: "mcp.signals.create",
  },
  "signals.get": {
    exposed: true,
    tool: "lightfast_signals_get",
    kind: "read",
    access: { anyOf: ["mcp:signals:read"] },
    requiresBoundOrg: true,
    alwaysLoad: true,
    view: SIGNAL_VIEW,
    auditEvent: "mcp.signals.get",
  },
  "signals.list": {
    exposed: false,
    reason: "A broad listing would flood the model's context with an organization's signals.",
  },
  "system.health": {
    exposed: true,
    tool: "lightfast_system_health",
    kind: "read",
    access: { anyOf: ["mcp:system:read"] },
    requiresBoundOrg: false,
    alwaysLoad: true,
    auditEvent: "mcp.system.health",
  },
} as const satisfies Readonly<Record<Procedure, ExposedProcedure | HiddenProcedure>>;

type ToolRow = ExposedProcedure & { readonly procedure: string };

/** The rows that are tools. */
export const TOOL_ROWS: readonly ToolRow[] = Object.entries(POLICY).flatMap(([procedure, row]) =>
  row.exposed ? [{ procedure, ...row }] : [],
);

/** The scope that a token needs; the first, if one of several is enough. */
export function requiredScope({ access }: Pick<ExposedProcedure, "access">): string {
  const [scope] = access.anyOf;
  if (scope === undefined) throw new Error("every Lightfast tool needs a scope");
  return scope;
}

/** The scopes of some tools, which clients request. @param tools their names */
export function scopesOf(tools: readonly string[]): readonly string[] {
  const rows = TOOL_ROWS.filter(({ tool }) => tools.includes(tool));
  return [...new Set(rows.map(requiredScope))].sort();
}

/** The scopes of all tools. */
export const TOOL_SCOPES = scopesOf(TOOL_ROWS.map(({ tool }) => tool));

/** Scopes of Lightfast features without a tool here. Tokens may contain them. */
const OTHER_SCOPES = ["mcp:decisions:read", "mcp:provider_routines:read", "mcp:provider_routines:write"];

/** Every scope that a Lightfast token may contain. */
export const KNOWN_SCOPES: readonly string[] = [...new Set([...TOOL_SCOPES, ...OTHER_SCOPES])].sort();
