import { PROJECTS } from "../../fakes/lfx/projects.ts";

const project_uid = PROJECTS.tlf;
const committee_uid = "b0000000-0000-4000-8000-000000000001";
const member_uid = "c0000000-0000-4000-8000-000000000001";
const membership_uid = "d0000000-0000-4000-8000-000000000001";
const contact_uid = "e0000000-0000-4000-8000-000000000001";
const uid = committee_uid;
const project_slug = "pytorch";
const dates = { date_from: "2026-01-01", date_to: "2026-02-01T09:00:00Z" };
const page = { page_size: 5, page_token: "a page token" };

/** Valid arguments for each tool, as the fake LFX requires. */
export const ARGUMENTS: Readonly<Record<string, object>> = {
  search_projects: { name: "lin", parent_uid: project_uid, ...page },
  get_project: { uid: project_uid },
  search_committees: { name: "board", project_uid, ...page },
  get_committee: { uid },
  get_committee_member: { committee_uid, member_uid },
  search_committee_members: {
    committee_uid,
    project_uid,
    organization_name: "Company",
    name: "dora",
    ...page,
  },
  create_committee: {
    project_uid,
    name: "Outreach",
    category: "Newsletter",
    calendar_public: true,
    repository: "https://git.test/outreach",
    scope: ["Articles"],
    key_dates: [{ date: "2026-01", label: "First issue" }],
    chat_webhook_url: "https://hooks.slack.com/services/T/B/secret",
  },
  update_committee: { uid, description: "Meets monthly.", public: false, deliverables: ["An issue a month"] },
  update_committee_settings: { uid, member_visibility: "basic_profile", chat_webhook_url: "none" },
  delete_committee: { uid },
  create_committee_member: {
    committee_uid,
    email: "dora@company.test",
    appointed_by: "Community",
    status: "Active",
    role: { name: "Chair", start_date: "2026-01-01" },
    organization: { name: "Company" },
    skip_notification: true,
    skip_enrichment: true,
  },
  update_committee_member: {
    committee_uid,
    member_uid,
    voting: { status: "Observer" },
    job_title: "Lead",
    skip_enrichment: true,
  },
  delete_committee_member: { committee_uid, member_uid, skip_notification: true },
  get_mailing_list_service: { uid },
  get_mailing_list: { id: "145670" },
  get_mailing_list_member: { mailing_list_id: "145670", member_id: "7" },
  search_mailing_lists: { name: "dev", project_uid, ...page },
  search_mailing_list_members: { mailing_list_id: "145670", project_uid, name: "dora", ...page },
  search_members: { project_uid, b2b_org_uid: uid, search_name: "Com", tier_name: "Gold", ...page },
  get_member_membership: { membership_uid },
  get_membership_key_contacts: { membership_uid, ...page },
  get_membership_key_contact: { membership_uid, contact_uid },
  create_membership_key_contact: {
    membership_uid,
    email: "dora@company.test",
    first_name: "Dora",
    last_name: "Doe",
    role: "Legal Contact",
    board_member: false,
    send_invite: true,
  },
  update_membership_key_contact: { membership_uid, contact_uid, email: "dan@company.test", title: "Counsel" },
  delete_membership_key_contact: { membership_uid, contact_uid },
  search_meetings: { name: "call", project_uid, committee_uid, sort: "updated_desc", ...dates, ...page },
  get_meeting: { uid: "91461158520" },
  search_meeting_registrants: { meeting_id: "91461158520", committee_uid, name: "dora", ...page },
  get_meeting_registrant: { uid },
  search_past_meeting_participants: { past_meeting_id: "9-1", project_uid, name: "dora", ...page },
  get_past_meeting_participant: { uid },
  search_past_meeting_summaries: { past_meeting_id: "9-1", project_uid, ...page },
  get_past_meeting_summary: { uid },
  search_past_meetings: { project_uid, committee_uid, meeting_id: "9", date_field: "end_time", ...dates },
  get_past_meeting: { uid: "91461158520-1771596000000" },
  count_lfx_resources: {
    type: "v1_past_meeting",
    parent: `project:${project_uid}`,
    name: "call",
    tags: [`committee_uid:${committee_uid}`, `committee_uid:${uid}`],
    tags_all: [`project_uid:${project_uid}`],
    date_field: "start_time",
    ...dates,
    filters_or: ["platform:Zoom"],
    filters_all: ["visibility:public"],
  },
  list_discord_roles: { project_slug },
  find_discord_role: { project_slug, role_name: "Board Member" },
  find_discord_user: { project_slug, name: "Dora", email: "dora@company.test" },
  check_discord_user_role: { project_slug, user_id: "2", role_id: "1" },
  assign_discord_role: { project_slug, user_id: "2", user_name: "Dora", role_id: "1", role_name: "Member" },
  list_email_templates: { project_slug },
  send_email: { project_slug, mode: "draft", template_name: "welcome", variables: { name: "Dora" } },
  query_lfx_lens: { project_slugs: [project_slug], input: "Who maintains it?" },
  explore_lfx_semantic_layer: { action: "get_dimension_values", metrics: "total", dimension: "a__b" },
  query_lfx_semantic_layer: { metrics: "total", group_by: "country__lf_region", limit: 10 },
  read_lfx_semantic_layer_guidance: {},
  query_lfx_standard_metrics: {
    metric: "contributors",
    by: "org",
    project: project_slug,
    subprojects: "separate",
    org: "Company",
    subsidiaries: "combined",
    start_date: "2026-01-01",
    end_date: "2026-06-30",
    period: "month",
    order_by: "-total,org",
    limit: 10,
  },
  read_lfx_standard_metrics_guidance: {},
  search_b2b_orgs: { search_name: "Com", ...page },
  get_org_committee_seats: {
    b2b_org_uid: "0014100000CompanyA",
    foundation_uid: project_uid,
    category: "board",
    include_seats: true,
    include_membership_contacts: true,
  },
  audit_committee_coverage: { foundation_uid: project_uid, category: "Board" },
  user_info: {},
};

/** All tools, including those that are off by default. */
export const ALL_TOOLS = Object.keys(ARGUMENTS);

const committee = {
  description: "Writes a newsletter.",
  website: "https://outreach.test",
  enable_voting: true,
  sso_group_enabled: false,
  requires_review: true,
  public: false,
  calendar_public: false,
  display_name: "The Outreach",
  parent_uid: committee_uid,
  repository: "https://git.test/outreach",
  scope: ["Articles"],
  deliverables: ["An issue a month"],
  key_dates: [{ date: "2026-01", label: "First issue" }],
};
const external_sources = [
  { provider: "ocg", entity_type: "group", label: "Group", url: "https://groups.test/outreach" },
];
const settings = {
  business_email_required: true,
  member_visibility: "basic_profile",
  show_meeting_attendees: true,
  chat_webhook_url: "https://hooks.slack.com/services/T/B/secret",
};
const person = {
  email: "dora@company.test",
  appointed_by: "Membership Entitlement",
  status: "Inactive",
  first_name: "Dora",
  last_name: "Doe",
  job_title: "Lead",
  linkedin_profile: "https://www.linkedin.com/in/dora",
  role: { name: "Chair", start_date: "2026-01-01", end_date: "2026-12-31" },
  voting: { status: "Voting Rep", start_date: "2026-01-01", end_date: "2026-12-31" },
  organization: { name: "Company", website: "https://company.test" },
};
const contact = {
  email: "dan@company.test",
  role: "PO Contact",
  status: "Inactive",
  title: "Counsel",
  board_member: true,
  primary_contact: true,
  send_invite: false,
};

/** Further valid arguments, so that each parameter of a tool occurs. */
export const MORE_ARGUMENTS: Readonly<Record<string, readonly object[]>> = {
  create_committee: [{ project_uid, name: "Outreach", category: "Newsletter", ...committee, ...settings }],
  update_committee: [
    { uid, project_uid, name: "Outreach", category: "Other", ...committee, external_sources },
  ],
  update_committee_settings: [{ uid, ...settings }],
  create_committee_member: [{ committee_uid, ...person }],
  update_committee_member: [{ committee_uid, member_uid, ...person }],
  search_members: [{ tier_uid: uid, include_inactive: true }],
  create_membership_key_contact: [{ membership_uid, first_name: "Dan", last_name: "Doe", ...contact }],
  update_membership_key_contact: [{ membership_uid, contact_uid, ...contact }],
  search_meetings: [{ committee_uid, sort: "name_desc", date_field: "created_at", ...dates }],
  search_meeting_registrants: [{ meeting_id: "9", sort: "updated_asc" }],
  search_past_meeting_participants: [
    { past_meeting_id: "9-1", sort: "name_desc", attended_only: true, org_name: "Company", dedupe: false },
    { project_uid, committee_uid, ...dates, max_meetings: 2, name: "dora", attended_only: true },
    { committee_uid, ...dates, count_only: true },
    { past_meeting_id: "9-1", count_only: true },
  ],
  search_projects: [
    { slug: "tlf", name_exact: "The Linux Foundation", legal_parent_uid: project_uid, include_total: true },
  ],
  search_past_meeting_summaries: [{ past_meeting_id: "9-1", name: "call", sort: "updated_desc" }],
  search_past_meetings: [{ project_uid, name: "call", sort: "name_asc", ...page }],
  send_email: [
    {
      project_slug,
      mode: "send",
      template_name: "welcome",
      to_email: "dora@company.test",
      to_name: "Dora",
    },
  ],
  explore_lfx_semantic_layer: [
    { action: "list_metrics", search: "members" },
    { action: "get_dimensions", metrics: "total,active", search: "region" },
    { action: "get_dimension_values", metrics: "total", dimension: "a__b", search: "Eu", target: "query" },
  ],
  query_lfx_semantic_layer: [
    {
      metrics: "total,active",
      group_by: "country__lf_region,metric_time__year",
      where: "{{ Dimension('country__lf_region') }} = 'Europe'",
      order_by: "-total",
      limit: 10,
    },
  ],
};
