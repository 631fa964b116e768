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
    advice: "Only Linux Foundation staff and machines have it.",
  },
  user: {
    anyOf: [GRANTS.read, GRANTS.manage],
    allOf: [GRANTS.user],
    advice: "Sign in as a person; machines and static API keys have no profile.",
  },
} as const satisfies Readonly<Record<string, Access>>;

/** The kinds of tools that run only once the user has confirmed them, by the setting `confirm`. */
export const CONFIRMED_KINDS = {
  destructive: new Set(["update", "destructive"]),
  writes: new Set(["write", "update", "destructive"]),
  never: new Set(),
} as const satisfies Readonly<Record<string, ReadonlySet<ToolKind>>>;

export type ConfirmationMode = keyof typeof CONFIRMED_KINDS;

/**
 * OAuth clients, by the start of their id, that request the scopes of the authorization server and none of those that
 * this server advertises. Each installation of Codex has an id of its own.
 */
export const SCOPE_BLIND_CLIENTS: readonly string[] = ["https://chatgpt.com/oauth/codex/"];

/** The service a tool calls or explains. Over HTTP, a complete configuration lists no tool whose service is not configured. */
export type Backend = (typeof BACKENDS)[number];

export const BACKENDS = ["lfx", "onboarding", "lens", "userInfo"] as const;

/** The sets of tools that operators choose from. */
export const TOOLSETS = ["committees", "meetings", "mailing-lists", "members", "onboarding", "lens"] as const;

type Toolset = (typeof TOOLSETS)[number];

export type PolicyRow = {
  readonly title: string;
  readonly kind: ToolKind;
  /** `every` if all toolsets need the tool, `none` if it is only offered by name. */
  readonly toolset: Toolset | "every" | "none";
  readonly gate: keyof typeof GATES;
  readonly backend: Backend;
  /** Whether the tool is offered if the settings name no tools. */
  readonly byDefault: boolean;
  /** Whether the tool answers from this program and calls nothing. */
  readonly isLocal?: boolean;
  /** Whether most questions start with the tool, see `Tool`. */
  readonly alwaysLoad?: boolean;
};

function lfx(toolset: PolicyRow["toolset"], title: string, kind: ToolKind = "read"): PolicyRow {
  return { title, kind, toolset, gate: kind === "read" ? "read" : "manage", backend: "lfx", byDefault: true };
}

function onboarding(title: string, kind: ToolKind = "read"): PolicyRow {
  return {
    title,
    kind,
    toolset: "onboarding",
    gate: "manage",
    backend: "onboarding",
    byDefault: true,
  };
}

function lens(title: string, row: Partial<PolicyRow> = {}): PolicyRow {
  return { title, kind: "read", toolset: "lens", gate: "staff", backend: "lens", byDefault: true, ...row };
}

/** Only offered by name, also of a toolset. */
const OPT_IN = { toolset: "none", byDefault: false } as const;

const LOCAL = { isLocal: true } as const;

/** One for each kind of question. More would fill the context of clients that defer tools to keep it free. */
const FIRST = { alwaysLoad: true } as const;

/** Every LFX tool: what it does, who may use it, and which service it calls. */
export const POLICY = {
  search_projects: { ...lfx("every", "Search Projects"), ...FIRST },
  get_project: lfx("every", "Get Project"),
  search_committees: { ...lfx("committees", "Search Committees"), ...FIRST },
  get_committee: lfx("committees", "Get Committee"),
  get_committee_member: lfx("committees", "Get Committee Member"),
  search_committee_members: lfx("committees", "Search Committee Members"),
  create_committee: lfx("committees", "Create Committee", "write"),
  update_committee: lfx("committees", "Update Committee", "update"),
  update_committee_settings: lfx("committees", "Update Committee Settings", "update"),
  delete_committee: lfx("committees", "Delete Committee", "destructive"),
  create_committee_member: lfx("committees", "Create Committee Member", "write"),
  update_committee_member: lfx("committees", "Update Committee Member", "update"),
  delete_committee_member: lfx("committees", "Delete Committee Member", "destructive"),
  get_mailing_list_service: lfx("mailing-lists", "Get Mailing List Service"),
  get_mailing_list: lfx("mailing-lists", "Get Mailing List"),
  get_mailing_list_member: lfx("mailing-lists", "Get Mailing List Member"),
  search_mailing_lists: lfx("mailing-lists", "Search Mailing Lists"),
  search_mailing_list_members: lfx("mailing-lists", "Search Mailing List Members"),
  search_members: { ...lfx("members", "Search Members"), ...FIRST },
  get_member_membership: lfx("members", "Get Member Membership"),
  get_membership_key_contacts: lfx("members", "Get Membership Key Contacts"),
  get_membership_key_contact: lfx("members", "Get Membership Key Contact"),
  create_membership_key_contact: lfx("members", "Create Membership Key Contact", "write"),
  update_membership_key_contact: lfx("members", "Update Membership Key Contact", "update"),
  delete_membership_key_contact: lfx("members", "Delete Membership Key Contact", "destructive"),
  search_meetings: { ...lfx("meetings", "Search Meetings"), ...FIRST },
  get_meeting: lfx("meetings", "Get Meeting"),
  search_meeting_registrants: lfx("meetings", "Search Meeting Registrants"),
  get_meeting_registrant: lfx("meetings", "Get Meeting Registrant"),
  search_past_meeting_participants: lfx("meetings", "Search Past Meeting Participants"),
  get_past_meeting_participant: lfx("meetings", "Get Past Meeting Participant"),
  search_past_meeting_summaries: lfx("meetings", "Search Past Meeting Summaries"),
  get_past_meeting_summary: lfx("meetings", "Get Past Meeting Summary"),
  search_past_meetings: lfx("meetings", "Search Past Meetings"),
  get_past_meeting: lfx("meetings", "Get Past Meeting"),
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
  read_lfx_semantic_layer_guidance: lens("Read LFX Semantic Layer Guidance", LOCAL),
  query_lfx_standard_metrics: lens("Query LFX Standard Metrics", OPT_IN),
  read_lfx_standard_metrics_guidance: lens("Read LFX Standard Metrics Guidance", { ...OPT_IN, ...LOCAL }),
  search_b2b_orgs: lfx("members", "Search B2B Orgs"),
  count_lfx_resources: lfx("every", "Count LFX Resources"),
  get_org_committee_seats: lfx("members", "Get Organization Committee Seats"),
  audit_committee_coverage: lfx("committees", "Audit Committee Coverage"),
  user_info: { ...lfx("every", "User Info"), gate: "user", backend: "userInfo" },
} as const satisfies Readonly<Record<string, PolicyRow>>;

export type ToolName = keyof typeof POLICY;

export const TOOL_NAMES = Object.keys(POLICY) as readonly ToolName[];

/** Names in the lists of the original LFX server's deployments that have no tool here. Such a list still works. */
export const FOREIGN_TOOLS: readonly string[] = ["hello_world", "list_membership_actions"];
