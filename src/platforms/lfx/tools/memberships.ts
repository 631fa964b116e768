import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { lfxTool } from "./shared/define.ts";
import { id, PAGING_TEXT, record, text } from "./shared/fields.ts";
import { readRecord } from "./shared/records.ts";
import { searchTool } from "./shared/search.ts";

const MEMBERSHIP =
  "uid tier_uid project_uid project_slug b2b_org_uid status year auto_renew renewal_type price annual_full_price " +
  "payment_frequency payment_terms agreement_date purchase_date start_date end_date company_name company_logo_url " +
  "company_domain tier_name tier_family tier_product_type created_at updated_at";

/** `tier` would be taken for the tier's name, which is `tier_name`; the project's record id is of no use outside. */
function tidy({ tier, project_sfid: _, ...data }: JsonObject): JsonObject {
  return tier === undefined || tier === null ? data : { ...data, tier_range: tier };
}

function by(key: string, description: string) {
  return { by: "filter", key, description } as const;
}

const searchMembers = searchTool({
  name: "search_members",
  type: "project_membership",
  operation: "search members",
  description:
    "List memberships: which organisations are members of a project or foundation, or what one organisation is a " +
    "member of. Use it for questions about member companies, tiers and renewals; only active memberships are found " +
    "unless asked otherwise, and all that is given must hold together. project_uid: the project, from " +
    "search_projects. b2b_org_uid: the organisation, from search_b2b_orgs. search_name: words the member's name " +
    "begins with. tier_uid: uid of the tier. tier_name: the tier's whole name. include_inactive: true for expired " +
    `and other memberships too. ${PAGING_TEXT}`,
  fields: `${MEMBERSHIP} tier_range`,
  nameFilter: {
    parameter: "search_name",
    description: "Words that the member organisation's name begins with.",
  },
  filters: {
    project_uid: by("project_uid", "Uid of the project or foundation that they are memberships of."),
    b2b_org_uid: by("b2b_org_uid", "Uid of the organisation that holds them, as search_b2b_orgs gives it."),
    tier_uid: by("tier_uid", "Uid of the membership tier."),
    tier_name: {
      ...by("tier_name", "Name of the membership tier, whole and as the records spell it."),
      schema: (description) => text(description, 500),
    },
  },
  defaultFilter: {
    filter: "status:Active",
    liftedBy: "include_inactive",
    description: "Whether memberships of any status are found, not only those that are Active.",
  },
  sort: "none",
  transform: tidy,
});

const getMemberMembership = lfxTool("get_member_membership", {
  description:
    "Read one membership of an organisation in a project: tier, status, price, dates and renewal. Use it when its " +
    "uid is known; search_members finds it. membership_uid: the membership's uid.",
  input: z.strictObject({ membership_uid: id("The membership's uid, as search_members gives it.") }),
  output: record(`${MEMBERSHIP} project_sfid tier`),
  run: async ({ membership_uid: uid }, { api }) => {
    const request = {
      path: encodePath`/project_memberships/${uid}`,
      query: { v: 1 },
      operation: "get member membership",
    };
    return (await readRecord(api, request)).record;
  },
});

export const MEMBERSHIP_TOOLS = [searchMembers, getMemberMembership];

const searchB2bOrgs = searchTool({
  name: "search_b2b_orgs",
  type: "b2b_org",
  operation: "search B2B orgs",
  description:
    "Find companies and other organisations that are, or could be, members of projects, by name or internet domain. " +
    "Use it to turn a company's name into the b2b_org_uid that search_members takes. search_name: words that its " +
    `name or domain begins with. ${PAGING_TEXT}`,
  fields:
    "uid name description phone website primary_domain domain_aliases logo_url industry sector crunch_base_url " +
    "number_of_employees status is_member parent_uid parent_detail is_parent created_at updated_at",
  nameFilter: {
    parameter: "search_name",
    description: "Words that the organisation's name, an alias or its domain begins with.",
  },
  filters: {},
  sort: "none",
});

export const ORGANIZATION_TOOLS = [searchB2bOrgs];
