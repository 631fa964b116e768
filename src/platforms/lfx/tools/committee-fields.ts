import type { JsonObject } from "../../../shared/json.ts";

// The values that the committee service accepts.
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

export const VISIBILITIES = ["hidden", "basic_profile"] as const;

export const APPOINTMENTS = [
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

export const STATUSES = ["Active", "Inactive"] as const;

export const ROLES = [
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

export const VOTING_STATUSES = [
  "Alternate Voting Rep",
  "Observer",
  "Voting Rep",
  "Emeritus",
  "None",
] as const;

// Fields of the service's records, separated by spaces.
export const COMMITTEE_FIELDS =
  "uid project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode project_name sso_group_name " +
  "total_voting_repos has_mailing_list";

export const SETTINGS_FIELDS =
  "uid business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees writers " +
  "auditors created_at updated_at";

export const MEMBER_FIELDS =
  "uid committee_uid committee_name committee_category username email first_name last_name job_title " +
  "linkedin_profile role appointed_by status voting organization created_at updated_at";

/** Omits the member count, which the platform does not keep up to date. */
export function omitMemberCount({ total_members: _, ...committee }: JsonObject): JsonObject {
  return committee;
}
