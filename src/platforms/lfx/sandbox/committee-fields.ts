import * as z from "zod";
import { type Fields, uuid } from "./routes.ts";

export const CATEGORIES = [
  "Ambassador",
  "Board",
  "Code of Conduct",
  "Committers",
  "Expert Group",
  "Finance Committee",
  "Government Advisory Council",
  "Legal Committee",
  "Maintainers",
  "Marketing Committee/Sub Committee",
  "Marketing Mailing List",
  "Marketing Oversight Committee/Marketing Advisory Committee",
  "Newsletter",
  "Other",
  "Product Security",
  "Special Interest Group",
  "Technical Advisory Committee",
  "Technical Mailing List",
  "Technical Oversight Committee",
  "Technical Steering Committee",
  "Working Group",
] as const;

const APPOINTERS = [
  "Community",
  "Membership Entitlement",
  "Vote of End User Member Class",
  "Vote of TSC Committee",
  "Vote of TAC Committee",
  "Vote of Academic Member Class",
  "Vote of Lab Member Class",
  "Vote of Marketing Committee",
  "Vote of Governing Board",
  "Vote of General Member Class",
  "Vote of End User Committee",
  "Vote of TOC Committee",
  "Vote of Gold Member Class",
  "Vote of Silver Member Class",
  "Vote of Strategic Membership Class",
  "None",
] as const;

const ROLES = [
  "Chair",
  "Developer Seat",
  "TAC/TOC Representative",
  "Director",
  "Lead",
  "None",
  "Secretary",
  "Technical Lead",
  "Treasurer",
  "Vice Chair",
  "LF Staff",
] as const;

const VOTING = ["Alternate Voting Rep", "Observer", "Voting Rep", "Emeritus", "None"] as const;

function text(max: number) {
  return z.string().max(max);
}
const uri = z.url();
const day = z.iso.date().nullish();

const httpUri = uri.regex(/^https?:\/\/[^\s/$.?#]\S*$/);
const keyDate = z.looseObject({ date: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/), label: text(200) });
const externalSource = z.looseObject({
  provider: z.literal("ocg"),
  entity_type: z.enum(["community", "group", "event"]),
  label: text(200),
  url: httpUri.max(2048),
});

/** The fields of create and update requests. The service ignores those that it does not know. */
export const committee = {
  project_uid: uuid,
  name: text(100).min(1),
  category: z.enum(CATEGORIES),
  description: text(2000).nullish(),
  website: httpUri.nullish(),
  mailing_list: z.email().nullish(),
  chat_channel: text(500).nullish(),
  enable_voting: z.boolean().optional(),
  sso_group_enabled: z.boolean().optional(),
  requires_review: z.boolean().optional(),
  public: z.boolean().optional(),
  calendar: z.looseObject({ public: z.boolean().optional() }).nullish(),
  display_name: text(100).nullish(),
  parent_uid: uuid.nullish(),
  join_mode: z.enum(["open", "invite_only", "application", "closed"]).optional(),
  repository: httpUri.nullish(),
  scope: z.array(text(500)).max(50).nullish(),
  deliverables: z.array(text(500)).max(50).nullish(),
  key_dates: z.array(keyDate).max(50).nullish(),
  external_sources: z.array(externalSource).max(50).nullish(),
};

const person = z.strictObject({
  avatar: z.string().nullish(),
  email: z.string().nullish(),
  name: z.string().nullish(),
  username: z.string(),
});

export const settingsFields = {
  business_email_required: z.boolean().optional(),
  last_reviewed_at: z.string().nullish(),
  last_reviewed_by: z.string().nullish(),
  member_visibility: z.enum(["hidden", "basic_profile"]).optional(),
  show_meeting_attendees: z.boolean().optional(),
  chat_webhook_url: text(500)
    .regex(/^$|^https:\/\/hooks\.slack\.com\/\S*$/)
    .optional(),
  writers: z.array(person).nullish(),
  auditors: z.array(person).nullish(),
};

export const memberFields = {
  email: z.email(),
  username: text(100).nullish(),
  first_name: text(100).nullish(),
  last_name: text(100).nullish(),
  job_title: text(200).nullish(),
  linkedin_profile: uri.regex(/linkedin\.com\//).nullish(),
  appointed_by: z.enum(APPOINTERS).optional(),
  status: z.enum(["Active", "Inactive"]).optional(),
  role: z.looseObject({ name: z.enum(ROLES), start_date: day, end_date: day }).nullish(),
  voting: z.looseObject({ status: z.enum(VOTING), start_date: day, end_date: day }).nullish(),
  organization: z
    .looseObject({ id: z.string().nullish(), name: text(200).nullish(), website: uri.nullish() })
    .nullish(),
};

/** What the service maintains of a record, whatever an update request says. */
const MAINTAINED = {
  committee: [
    "uid",
    "project_name",
    "sso_group_name",
    "total_members",
    "total_voting_repos",
    "has_mailing_list",
    "created_at",
    "updated_at",
  ],
  settings: ["uid", "has_chat_webhook", "created_at", "updated_at"],
  member: ["uid", "committee_uid", "committee_name", "committee_category", "created_at", "updated_at"],
} as const;

export type ReplacedKind = keyof typeof MAINTAINED;

/** What the service keeps of the settings if an update request has none. */
const KEPT_IF_MISSING = ["writers", "auditors"];

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

/** The record after an update, which replaces all of it. A service that knows more fields keeps those, too. */
export function replaceRecord(kind: ReplacedKind, before: Fields, body: Fields): Fields {
  const maintained = pick(before, MAINTAINED[kind]);
  if (kind !== "settings") return { ...body, ...maintained };
  const { chat_webhook_url: webhook, ...settings } = body;
  return {
    ...pick(before, KEPT_IF_MISSING),
    ...settings,
    ...maintained,
    ...(webhook !== undefined && { has_chat_webhook: webhook !== "" }),
  };
}
