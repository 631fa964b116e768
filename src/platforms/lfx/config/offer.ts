import { type Backend, POLICY, type PolicyRow, type ToolName } from "../policy.ts";
import type { LfxUpstream } from "./resolve.ts";

/**
 * What can be called with what is configured.
 * @param hasUsers whether callers are people who signed in, so that their profiles can be asked for
 */
export const backendsOf = (
  { lfx, onboarding, lens, client }: LfxUpstream,
  hasUsers: boolean,
): ReadonlySet<Backend> => {
  const there: Readonly<Record<Backend, boolean>> = {
    none: true,
    lfx: lfx !== undefined,
    onboarding: onboarding !== undefined && lfx !== undefined && client !== undefined,
    lens: lens !== undefined && client !== undefined,
    userInfo: hasUsers,
  };
  const names: readonly Backend[] = ["none", "lfx", "onboarding", "lens", "userInfo"];
  return new Set(names.filter((name) => there[name]));
};

const ROWS: Readonly<Record<ToolName, PolicyRow>> = POLICY;

/** Of the tools that somebody asked for, those that can work and those that cannot. */
export const sortOut = (
  tools: readonly ToolName[],
  backends: ReadonlySet<Backend>,
): { readonly able: readonly ToolName[]; readonly unable: readonly ToolName[] } => {
  const able = tools.filter((name) => backends.has(ROWS[name].backend));
  return { able, unable: tools.filter((name) => !able.includes(name)) };
};
