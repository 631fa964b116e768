import * as z from "zod";
import { encodePath } from "../api.ts";
import { id, lfxTool, record, text, warnings } from "./shared/define.ts";
import { readWithSettings } from "./shared/records.ts";
import { byField, byParent, byTag, searchTool } from "./shared/search.ts";

const BASE =
  "uid slug name description public is_foundation parent_uid stage category funding funding_model charter_url " +
  "legal_entity_type legal_entity_name legal_parent_uid entity_dissolution_date entity_formation_document_url " +
  "autojoin_enabled formation_date logo_url repository_url website_url created_at updated_at";

const SETTINGS =
  "uid mission_statement announcement_date writers meeting_coordinators auditors executive_director program_manager " +
  "opportunity_owner created_at updated_at";

const EXACT_NAME = "Exact name, as in the record.";

export const PROJECT_TOOLS = [
  searchTool({
    name: "search_projects",
    recordTool: "get_project",
    type: "project",
    description:
      "Find projects and foundations by name or parent. Use it first: other tools take data.uid or data.slug " +
      "of a row.",
    fields: BASE,
    nameFilter: { parameter: "name", description: "Word prefixes of the name or an alias." },
    filters: {
      slug: byTag("project_slug", "Exact slug."),
      name_exact: { ...byField("name", EXACT_NAME), schema: text(EXACT_NAME, 500).optional() },
      parent_uid: byParent("project", "Uid of the parent project or foundation."),
      legal_parent_uid: byField("legal_parent_uid", "Uid of the legal parent."),
    },
    totalParameter: { name: "include_total", description: "Also count all matches that you can see." },
    sort: "by name",
  }),
  lfxTool("get_project", {
    description: "Read a project with its settings: mission, announcement date, and the people who run it.",
    input: z.strictObject({ uid: id("The project's uid, not its slug.") }),
    output: z.looseObject({ base: record(), settings: record(SETTINGS).optional(), warnings }),
    run: ({ uid }, { api }) => readWithSettings(api, "Project", encodePath`/projects/${uid}`),
  }),
];
