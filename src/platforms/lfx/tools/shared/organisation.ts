import { PAGES } from "./fields.ts";
import { searchTool } from "./search.ts";

const searchB2bOrgs = searchTool({
  name: "search_b2b_orgs",
  type: "b2b_org",
  doing: "search B2B orgs",
  description:
    "Find companies and other organisations that are, or could be, members of projects, by name or internet domain. " +
    "Use it to turn a company's name into the b2b_org_uid that search_members takes. search_name: words that its " +
    `name or domain begins with. ${PAGES}`,
  fields:
    "uid name description phone website primary_domain domain_aliases logo_url industry sector crunch_base_url " +
    "number_of_employees status is_member parent_uid parent_detail is_parent created_at updated_at",
  named: {
    parameter: "search_name",
    description: "Words that the organisation's name, an alias or its domain begins with.",
  },
  narrowings: {},
  sort: "none",
});

export const ORGANISATION_TOOLS = [searchB2bOrgs];
