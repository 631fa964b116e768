import type { JsonObject } from "../../../shared/json.ts";

/** The fields of a committee. */
export const BASE =
  "uid project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode project_name sso_group_name " +
  "total_voting_repos has_mailing_list";

/** The fields of its settings. */
export const SETTINGS =
  "uid business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees writers " +
  "auditors created_at updated_at";

/** The fields of one of its members. */
export const MEMBER =
  "uid committee_uid committee_name committee_category username email first_name last_name job_title " +
  "linkedin_profile role appointed_by status voting organization created_at updated_at";

/** The platform's count of a committee's members cannot be relied on, so nobody is told it. */
export const withoutCount = ({ total_members: _, ...committee }: JsonObject): JsonObject => committee;
