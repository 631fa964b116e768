import type { AnyTool } from "../../mcp/tool.ts";
import type { LfxApi } from "./api.ts";
import { COMMITTEE_MEMBER_TOOLS } from "./tools/committee-members.ts";
import { COMMITTEE_TOOLS } from "./tools/committees.ts";
import { COUNT_TOOLS } from "./tools/counts.ts";
import { COVERAGE_TOOLS } from "./tools/coverage-audit.ts";
import { KEY_CONTACT_TOOLS } from "./tools/key-contacts.ts";
import { LENS_TOOLS } from "./tools/lens.ts";
import { MAILING_LIST_TOOLS } from "./tools/mailing-lists.ts";
import { MEETING_TOOLS } from "./tools/meetings.ts";
import { MEMBERSHIP_TOOLS } from "./tools/memberships.ts";
import { ONBOARDING_TOOLS } from "./tools/onboarding.ts";
import { SEAT_TOOLS } from "./tools/org-seats.ts";
import { PARTICIPANT_TOOLS } from "./tools/participants.ts";
import { PAST_MEETING_TOOLS } from "./tools/past-meetings.ts";
import { PROJECT_TOOLS } from "./tools/projects.ts";
import { UTILITY_TOOLS } from "./tools/utility.ts";

/** The LFX tools, grouped by resource. */
export const TOOLS: readonly AnyTool<LfxApi>[] = [
  ...PROJECT_TOOLS,
  ...COMMITTEE_TOOLS,
  ...COMMITTEE_MEMBER_TOOLS,
  ...MAILING_LIST_TOOLS,
  ...MEETING_TOOLS,
  ...PAST_MEETING_TOOLS,
  ...PARTICIPANT_TOOLS,
  ...MEMBERSHIP_TOOLS,
  ...KEY_CONTACT_TOOLS,
  ...COUNT_TOOLS,
  ...SEAT_TOOLS,
  ...COVERAGE_TOOLS,
  ...ONBOARDING_TOOLS,
  ...LENS_TOOLS,
  ...UTILITY_TOOLS,
];
