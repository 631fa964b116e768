import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { id, text } from "./shared/define.ts";
import { recordTool } from "./shared/records.ts";
import { byField, searchTool } from "./shared/search.ts";

const MEMBERSHIP =
  "uid tier_uid project_uid project_slug b2b_org_uid status year auto_renew renewal_type price annual_full_price " +
  "payment_frequency payment_terms agreement_date purchase_date start_date end_date company_name company_logo_url " +
  "company_domain tier_name tier_family tier_product_type created_at updated_at";

const TIER_NAME = "Full name of the tier, as in the records.";

export const MEMBERSHIP_TOOLS = [
  searchTool({
    name: "search_members",
    recordTool: "get_member_membership",
    type: "project_membership",
    description:
      "List memberships with tier, price and dates: the member companies (not people) of a project or " +
      "foundation, or one company's memberships. Only active ones, unless include_inactive is true. " +
      "get_membership_key_contacts lists a membership's contacts.",
    fields: `${MEMBERSHIP} tier_range`,
    nameFilter: { parameter: "search_name", description: "Word prefixes of the organization's name." },
    filters: {
      project_uid: byField("project_uid", "Uid of the project or foundation."),
      b2b_org_uid: byField("b2b_org_uid", "Uid of the organization."),
      tier_uid: byField("tier_uid", "Uid of the tier."),
      tier_name: { ...byField("tier_name", TIER_NAME), schema: text(TIER_NAME, 500).optional() },
    },
    defaultFilter: {
      filter: "status:Active",
      disabledBy: "include_inactive",
      description: "Find any status, not only Active.",
    },
    sort: "none",
    transform: renameTier,
  }),
  recordTool("get_member_membership", {
    description: "Read a company's membership in a project: tier, status, price, dates and renewal.",
    input: z.strictObject({ membership_uid: id("The membership's uid.") }),
    path: ({ membership_uid: uid }) => encodePath`/project_memberships/${uid}`,
    query: { v: 1 },
  }),
  searchTool({
    name: "search_b2b_orgs",
    type: "b2b_org",
    operation: "search B2B orgs",
    description:
      "Find companies and other organizations, members or not, by name or internet domain. search_members " +
      "takes data.uid of a row as b2b_org_uid.",
    fields:
      "uid name description phone website primary_domain domain_aliases logo_url industry sector crunch_base_url " +
      "number_of_employees status is_member parent_uid parent_detail is_parent created_at updated_at",
    nameFilter: {
      parameter: "search_name",
      description: "Word prefixes of the name, an alias or the domain.",
    },
    filters: {},
    sort: "none",
  }),
];

/** `tier` is a price range that reads like the tier's name; `project_sfid` is an internal record id. */
function renameTier({ tier, project_sfid: _, ...data }: JsonObject): JsonObject {
  return tier === undefined || tier === null ? data : { ...data, tier_range: tier };
}
