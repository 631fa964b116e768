import type { Skill } from "../../mcp/resources.ts";
import type { ToolName } from "./policy.ts";
import texts from "./skills.generated.json" with { type: "json" };

/** The skills in the order of the list, each with the tools that it cannot do without. */
export const SKILL_TOOLS: Readonly<Record<keyof typeof texts, readonly ToolName[]>> = {
  "lfx-prepare-meeting": ["search_projects", "search_meetings", "get_meeting", "search_past_meetings"],
  "lfx-find-people": ["search_projects", "search_committees", "search_committee_members"],
  "lfx-memberships": ["search_projects", "search_b2b_orgs", "search_members", "get_membership_key_contacts"],
  "lfx-lens": ["search_projects", "explore_lfx_semantic_layer", "query_lfx_semantic_layer"],
};

export const SKILLS: readonly Skill[] = Object.entries(SKILL_TOOLS).map(([name, requires]) => ({
  ...texts[name as keyof typeof texts],
  requires,
}));
