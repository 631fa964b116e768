import type { Access, ToolKind } from "../../mcp/tool.ts";

/** What callers are granted: scopes, claims, and `user` for a person who signed in. */
export const GRANTS = {
  read: "read:all",
  manage: "manage:all",
  staff: "http://lfx.dev/claims/lf_staff",
  user: "user",
} as const;

/** Who may use a tool. `manage:all` includes reading. */
export const GATES = {
  read: { anyOf: [GRANTS.read, GRANTS.manage] },
  manage: { anyOf: [GRANTS.manage] },
  staff: {
    anyOf: [GRANTS.read, GRANTS.manage],
    allOf: [GRANTS.staff],
    advice: "Only Linux Foundation staff who sign in themselves have it.",
  },
  user: {
    anyOf: [GRANTS.read, GRANTS.manage],
    allOf: [GRANTS.user],
    advice: "Sign in as a person; machines and static API keys have no profile.",
  },
} as const satisfies Readonly<Record<string, Access>>;

/** The service a tool calls. Tools whose service is not configured are not listed. */
export type Backend = "lfx" | "onboarding" | "lens" | "userInfo" | "none";

export type PolicyRow = {
  readonly title: string;
  readonly kind: ToolKind;
  readonly gate: keyof typeof GATES;
  readonly backend: Backend;
  /** Whether the tool is offered if the settings name no tools. */
  readonly byDefault: boolean;
};

function lfx(title: string, kind: ToolKind = "read"): PolicyRow {
  return { title, kind, gate: kind === "read" ? "read" : "manage", backend: "lfx", byDefault: true };
}

function onboarding(title: string, kind: ToolKind = "read"): PolicyRow {
  return { title, kind, gate: "manage", backend: "onboarding", byDefault: true };
}

function lens(title: string): PolicyRow {
  return { title, kind: "read", gate: "staff", backend: "lens", byDefault: true };
}

function optIn(title: string, gate: PolicyRow["gate"], backend: Backend): PolicyRow {
  return { title, kind: "read", gate, backend, byDefault: false };
}

/** Every LFX tool: what it does, who may use it, and which service it calls. */
export const POLICY = {
  search_projects: lfx("Search Projects"),
  get_project: lfx("Get Project"),
  search_committees: lfx("Search Committees"),
  get_committee: lfx("Get Committee"),
  get_committee_member: lfx("Get Committee Member"),
  search_committee_members: lfx("Search Committee Members"),
  create_committee: lfx("Create Committee", "write"),
  update_committee: lfx("Update Committee", "update"),
  update_committee_settings: lfx("Update Committee Settings", "update"),
  delete_committee: lfx("Delete Committee", "destructive"),
  create_committee_member: lfx("Create Committee Member", "write"),
  update_committee_member: lfx("Update Committee Member", "update"),
  delete_committee_member: lfx("Delete Committee Member", "destructive"),
  get_mailing_list_service: lfx("Get Mailing List Service"),
  get_mailing_list: lfx("Get Mailing List"),
  get_mailing_list_member: lfx("Get Mailing List Member"),
  search_mailing_lists: lfx("Search Mailing Lists"),
  search_mailing_list_members: lfx("Search Mailing List Members"),
  search_members: lfx("Search Members"),
  get_member_membership: lfx("Get Member Membership"),
  get_membership_key_contacts: lfx("Get Membership Key Contacts"),
  get_membership_key_contact: lfx("Get Membership Key Contact"),
  create_membership_key_contact: lfx("Create Membership Key Contact", "write"),
  update_membership_key_contact: lfx("Update Membership Key Contact", "update"),
  delete_membership_key_contact: lfx("Delete Membership Key Contact", "destructive"),
  search_meetings: lfx("Search Meetings"),
  get_meeting: lfx("Get Meeting"),
  search_meeting_registrants: lfx("Search Meeting Registrants"),
  get_meeting_registrant: lfx("Get Meeting Registrant"),
  search_past_meeting_participants: lfx("Search Past Meeting Participants"),
  get_past_meeting_participant: lfx("Get Past Meeting Participant"),
  search_past_meeting_summaries: lfx("Search Past Meeting Summaries"),
  get_past_meeting_summary: lfx("Get Past Meeting Summary"),
  search_past_meetings: lfx("Search Past Meetings"),
  get_past_meeting: lfx("Get Past Meeting"),
  list_discord_roles: onboarding("List Discord Roles"),
  find_discord_role: onboarding("Find Discord Role"),
  find_discord_user: onboarding("Find Discord User"),
  check_discord_user_role: onboarding("Check Discord User Role"),
  assign_discord_role: onboarding("Assign Discord Role", "write"),
  list_email_templates: onboarding("List Email Templates"),
  send_email: onboarding("Send Email", "destructive"),
  query_lfx_lens: lens("Query LFX Lens"),
  explore_lfx_semantic_layer: lens("Explore LFX Semantic Layer"),
  query_lfx_semantic_layer: lens("Query LFX Semantic Layer"),
  search_b2b_orgs: lfx("Search B2B Orgs"),
  hello_world: optIn("Hello World", "read", "none"),
  user_info: optIn("User Info", "user", "userInfo"),
} as const satisfies Readonly<Record<string, PolicyRow>>;

export type ToolName = keyof typeof POLICY;

export const TOOL_NAMES = Object.keys(POLICY) as readonly ToolName[];
