import type { AnyTool } from "../core/tool.ts";
import type { LfxApi } from "./api.ts";
import { COMMITTEE_TOOLS } from "./tools/committee.ts";
import { COMMITTEE_MEMBER_TOOLS } from "./tools/committee-member.ts";
import { COMMITTEE_WRITE_TOOLS } from "./tools/committee-write.ts";
import { DISCORD_TOOLS } from "./tools/discord.ts";
import { EMAIL_TOOLS } from "./tools/email.ts";
import { KEY_CONTACT_TOOLS } from "./tools/key-contact.ts";
import { LENS_TOOLS } from "./tools/lens.ts";
import { MAILING_LIST_TOOLS } from "./tools/mailing-list.ts";
import { MEETING_TOOLS } from "./tools/meeting.ts";
import { MEMBERSHIP_TOOLS } from "./tools/membership.ts";
import { ORGANISATION_TOOLS } from "./tools/organisation.ts";
import { PAST_MEETING_TOOLS } from "./tools/past-meeting.ts";
import { PROJECT_TOOLS } from "./tools/project.ts";
import { SEMANTIC_LAYER_TOOLS } from "./tools/semantic-layer.ts";
import { UTILITY_TOOLS } from "./tools/utility.ts";

/** The tools of LFX, by the families of what they are about. */
export const TOOLS: readonly AnyTool<LfxApi>[] = [
  ...PROJECT_TOOLS,
  ...COMMITTEE_TOOLS,
  ...COMMITTEE_WRITE_TOOLS,
  ...COMMITTEE_MEMBER_TOOLS,
  ...MAILING_LIST_TOOLS,
  ...MEETING_TOOLS,
  ...PAST_MEETING_TOOLS,
  ...MEMBERSHIP_TOOLS,
  ...KEY_CONTACT_TOOLS,
  ...ORGANISATION_TOOLS,
  ...DISCORD_TOOLS,
  ...EMAIL_TOOLS,
  ...LENS_TOOLS,
  ...SEMANTIC_LAYER_TOOLS,
  ...UTILITY_TOOLS,
];
