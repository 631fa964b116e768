import * as z from "zod";
import { uuid } from "./routes.ts";

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

/** The fields of create and update requests. */
export const committee = {
  project_uid: uuid,
  name: text(100).min(1),
  category: z.enum(CATEGORIES),
  description: text(2000).nullish(),
  website: uri.nullish(),
  mailing_list: z.email().nullish(),
  chat_channel: text(500).nullish(),
  enable_voting: z.boolean().optional(),
  sso_group_enabled: z.boolean().optional(),
  requires_review: z.boolean().optional(),
  public: z.boolean().optional(),
  calendar: z.strictObject({ public: z.boolean() }).nullish(),
  display_name: text(100).nullish(),
  parent_uid: uuid.nullish(),
  join_mode: z.enum(["open", "invite_only", "application", "closed"]).optional(),
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
  appointed_by: z.enum(APPOINTERS),
  status: z.enum(["Active", "Inactive"]),
  role: z.strictObject({ name: z.enum(ROLES), start_date: day, end_date: day }).nullish(),
  voting: z.strictObject({ status: z.enum(VOTING), start_date: day, end_date: day }).nullish(),
  organization: z
    .strictObject({ id: z.string().nullish(), name: text(200).nullish(), website: uri.nullish() })
    .nullish(),
};
