import type { Access, ToolKind } from "../../mcp/tool.ts";

/** What a caller must have been granted: by the scopes of his token, by claims in it, and by being a user at all. */
export const GRANTS = {
  read: "read:all",
  manage: "manage:all",
  staff: "http://lfx.dev/claims/lf_staff",
  user: "user",
} as const;

/** Who may use a tool. Whoever may manage may also read. */
export const GATES = {
  read: { anyOf: [GRANTS.read, GRANTS.manage] },
  manage: { anyOf: [GRANTS.manage] },
  staff: {
    anyOf: [GRANTS.read, GRANTS.manage],
    allOf: [GRANTS.staff],
    advice: "Only staff of the Linux Foundation who sign in themselves have it.",
  },
  user: {
    anyOf: [GRANTS.read, GRANTS.manage],
    allOf: [GRANTS.user],
    advice: "Sign in as a person; machines and static API keys have no profile.",
  },
} as const satisfies Readonly<Record<string, Access>>;

/** What a tool calls: a tool whose back end is not configured does not exist. */
export type Backend = "lfx" | "onboarding" | "lens" | "userInfo" | "none";

export type PolicyRow = {
  readonly kind: ToolKind;
  readonly gate: keyof typeof GATES;
  readonly backend: Backend;
  /** Whether it is there without being named in the list of tools. */
  readonly byDefault: boolean;
  /** Where it is not made of the name's words. */
  readonly title?: string;
};

function lfx(kind: ToolKind, gate: PolicyRow["gate"] = "read", title?: string): PolicyRow {
  return {
    kind,
    gate,
    backend: "lfx",
    byDefault: true,
    ...(title && { title }),
  };
}
function manage(kind: ToolKind): PolicyRow {
  return lfx(kind, "manage");
}
function onboarding(kind: ToolKind): PolicyRow {
  return { ...manage(kind), backend: "onboarding" };
}
function lens(title: string): PolicyRow {
  return { ...lfx("read", "staff", title), backend: "lens" };
}
function optIn(gate: PolicyRow["gate"], backend: Backend): PolicyRow {
  return {
    kind: "read",
    gate,
    backend,
    byDefault: false,
  };
}

/** Every tool of LFX: what it does, who may use it, and what it calls. */
export const POLICY = {
  search_projects: lfx("read"),
  get_project: lfx("read"),
  search_committees: lfx("read"),
  get_committee: lfx("read"),
  get_committee_member: lfx("read"),
  search_committee_members: lfx("read"),
  create_committee: manage("write"),
  update_committee: manage("update"),
  update_committee_settings: manage("update"),
  delete_committee: manage("destructive"),
  create_committee_member: manage("write"),
  update_committee_member: manage("update"),
  delete_committee_member: manage("destructive"),
  get_mailing_list_service: lfx("read"),
  get_mailing_list: lfx("read"),
  get_mailing_list_member: lfx("read"),
  search_mailing_lists: lfx("read"),
  search_mailing_list_members: lfx("read"),
  search_members: lfx("read"),
  get_member_membership: lfx("read"),
  get_membership_key_contacts: lfx("read"),
  get_membership_key_contact: lfx("read"),
  create_membership_key_contact: manage("write"),
  update_membership_key_contact: manage("update"),
  delete_membership_key_contact: manage("destructive"),
  search_meetings: lfx("read"),
  get_meeting: lfx("read"),
  search_meeting_registrants: lfx("read"),
  get_meeting_registrant: lfx("read"),
  search_past_meeting_participants: lfx("read"),
  get_past_meeting_participant: lfx("read"),
  search_past_meeting_summaries: lfx("read"),
  get_past_meeting_summary: lfx("read"),
  search_past_meetings: lfx("read"),
  get_past_meeting: lfx("read"),
  list_discord_roles: onboarding("read"),
  find_discord_role: onboarding("read"),
  find_discord_user: onboarding("read"),
  check_discord_user_role: onboarding("read"),
  assign_discord_role: onboarding("write"),
  list_email_templates: onboarding("read"),
  send_email: onboarding("destructive"),
  query_lfx_lens: lens("Query LFX Lens"),
  explore_lfx_semantic_layer: lens("Explore LFX Semantic Layer"),
  query_lfx_semantic_layer: lens("Query LFX Semantic Layer"),
  search_b2b_orgs: lfx("read", "read", "Search B2B Orgs"),
  hello_world: optIn("read", "none"),
  user_info: optIn("user", "userInfo"),
} as const satisfies Readonly<Record<string, PolicyRow>>;

export type ToolName = keyof typeof POLICY;

export const TOOL_NAMES = Object.keys(POLICY) as readonly ToolName[];

/** A tool's name in words: `get_committee_member` is "Get Committee Member". */
export function titleOf(name: ToolName): string {
  const row: PolicyRow = POLICY[name];
  return (
    row.title ?? name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => ` ${letter.toUpperCase()}`).trim()
  );
}
