import * as z from "zod";
import type { JsonObject } from "../../core/protocol.ts";
import { pathOf } from "../path.ts";
import { lfxTool } from "./define.ts";
import { id, page, paging, record, text } from "./fields.ts";
import { readRecord } from "./records.ts";
import { runSearch, type SearchRow } from "./search.ts";

const MEMBERSHIP =
  "uid tier_uid project_uid project_slug b2b_org_uid status year auto_renew renewal_type price annual_full_price " +
  "payment_frequency payment_terms agreement_date purchase_date start_date end_date company_name company_logo_url " +
  "company_domain tier_name tier_family tier_product_type created_at updated_at";

/** `tier` would be taken for the tier's name, which is `tier_name`; the project's record id is of no use outside. */
const tidy = ({ tier, project_sfid: _, ...data }: JsonObject): JsonObject =>
  tier === undefined || tier === null ? data : { ...data, tier_range: tier };

const SEARCH_NAME = "Words that the member organisation's name begins with.";

const by = (key: string, description: string) => ({ by: "filter", key, description }) as const;

const NARROWINGS = {
  project_uid: by("project_uid", "Uid of the project or foundation that they are memberships of."),
  b2b_org_uid: by("b2b_org_uid", "Uid of the organisation that holds them, as search_b2b_orgs gives it."),
  tier_uid: by("tier_uid", "Uid of the membership tier."),
  tier_name: by("tier_name", "Name of the membership tier, whole and as the records spell it."),
  // Not a parameter of its own: include_inactive says whether it is asked for.
  status: by("status", "Status of the membership."),
};

const ROW: SearchRow = {
  name: "search_members",
  type: "project_membership",
  doing: "search members",
  description:
    "List memberships: which organisations are members of a project or foundation, or what one organisation is a " +
    "member of. Use it for questions about member companies, tiers and renewals; only active memberships are found " +
    "unless asked otherwise, and all that is given must hold together. project_uid: the project, from " +
    "search_projects. b2b_org_uid: the organisation, from search_b2b_orgs. search_name: words the member's name " +
    "begins with. tier_uid: uid of the tier. tier_name: the tier's whole name. include_inactive: true for expired " +
    "and other memberships too. page_size: 1-100, 10 if left out. page_token: from the answer before.",
  fields: `${MEMBERSHIP} tier_range`,
  named: { parameter: "search_name", description: SEARCH_NAME },
  narrowings: NARROWINGS,
  sort: "none",
  tidy,
};

const searchMembers = lfxTool(ROW.name, {
  description: ROW.description,
  input: z.strictObject({
    project_uid: id(NARROWINGS.project_uid.description).optional(),
    b2b_org_uid: id(NARROWINGS.b2b_org_uid.description).optional(),
    search_name: text(SEARCH_NAME, 500).optional(),
    tier_uid: id(NARROWINGS.tier_uid.description).optional(),
    tier_name: text(NARROWINGS.tier_name.description, 500).optional(),
    include_inactive: z
      .boolean()
      .optional()
      .describe("Whether memberships of any status are found, not only those that are Active."),
    ...paging,
  }),
  output: page(ROW.fields),
  run: ({ include_inactive: all, ...given }, { api }) =>
    runSearch(ROW, all ? given : { ...given, status: "Active" }, api),
});

const getMemberMembership = lfxTool("get_member_membership", {
  description:
    "Read one membership of an organisation in a project: tier, status, price, dates and renewal. Use it when its " +
    "uid is known; search_members finds it. membership_uid: the membership's uid.",
  input: z.strictObject({ membership_uid: id("The membership's uid, as search_members gives it.") }),
  output: record(`${MEMBERSHIP} project_sfid tier`),
  run: async ({ membership_uid: uid }, { api }) => {
    const request = {
      path: pathOf`/project_memberships/${uid}`,
      query: { v: 1 },
      doing: "get member membership",
    };
    return (await readRecord(api, request)).record;
  },
});

export const MEMBERSHIP_TOOLS = [searchMembers, getMemberMembership];
