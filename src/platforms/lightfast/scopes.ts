import { type ExposedProcedure, type HiddenProcedure, POLICY } from "./policy.ts";

const ROWS: readonly [string, ExposedProcedure | HiddenProcedure][] = Object.entries(POLICY);

/** What the policy says of the procedures that are tools, each with the contract's name for it. */
export const TOOL_ROWS: readonly (ExposedProcedure & { readonly procedure: string })[] = ROWS.flatMap(
  ([procedure, row]) => (row.exposed ? [{ procedure, ...row }] : []),
);

/** The scope that a token must have for a procedure; the first, where any of several will do. */
export const requiredScope = ({ access }: Pick<ExposedProcedure, "access">): string => {
  const [scope] = access.anyOf;
  if (scope === undefined) throw new Error("every tool of Lightfast needs a scope");
  return scope;
};

/** The scopes that the tools need, which are those of a usual connection. */
export const TOOL_SCOPES: readonly string[] = [...new Set(TOOL_ROWS.map(requiredScope))].sort();

/** Scopes for what Lightfast offers elsewhere and this server has no tool for; a token may carry them. */
const OTHER_SCOPES = ["mcp:decisions:read", "mcp:provider_routines:read", "mcp:provider_routines:write"];

/** Every scope that a token of Lightfast's may carry. */
export const KNOWN_SCOPES: readonly string[] = [...new Set([...TOOL_SCOPES, ...OTHER_SCOPES])].sort();
