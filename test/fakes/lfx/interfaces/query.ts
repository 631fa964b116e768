import type { JsonObject } from "../../../../src/shared/json.ts";
import {
  integer,
  list,
  messageOnly,
  nonEmpty,
  oneOf,
  pattern,
  type Schemas,
  type Service,
  string,
  text,
  v,
} from "./schema.ts";

/**
 * Each type of document with the types of its parents and the names of its tags, as the services index them. A query by
 * any other parent or tag is accepted, and finds nothing. No tags: they are not documented.
 */
const DOCUMENTS: Readonly<Record<string, { readonly parents: string; readonly tags?: string }>> = {
  project: { parents: "project", tags: "project_slug" },
  committee: {
    parents: "project committee",
    tags: "committee_uid project_uid project_slug parent_uid category display_name sso_group_name",
  },
  committee_member: {
    parents: "committee",
    tags:
      "committee_member_uid committee_uid committee_category username email voting_status organization_id " +
      "organization_name organization_website project_uid project_slug",
  },
  groupsio_mailing_list: { parents: "project committee groupsio_service" },
  groupsio_member: { parents: "project groupsio_mailing_list", tags: "mailing_list_uid project_uid" },
  v1_meeting: { parents: "project committee", tags: "meeting_id project_uid committee_uid" },
  v1_meeting_registrant: { parents: "meeting committee", tags: "registrant_uid committee_uid email" },
  v1_past_meeting: {
    parents: "project committee",
    tags: "past_meeting_id meeting_id project_uid committee_uid",
  },
  v1_past_meeting_participant: {
    parents: "past_meeting project committee",
    tags: "past_meeting_participant_uid meeting_and_occurrence_id project_uid committee_uid email is_attended",
  },
  v1_past_meeting_recording: {
    parents: "past_meeting project committee",
    tags: "past_meeting_recording_id meeting_and_occurrence_id committee_uid",
  },
  v1_past_meeting_transcript: {
    parents: "past_meeting project committee",
    tags: "past_meeting_transcript_id meeting_and_occurrence_id committee_uid",
  },
  v1_past_meeting_summary: {
    parents: "past_meeting project committee",
    tags: "past_meeting_summary_id meeting_and_occurrence_id committee_uid meeting_id",
  },
  project_membership: { parents: "project" },
  key_contact: { parents: "project", tags: "b2b_org_uid" },
  b2b_org: { parents: "b2b_org" },
};

function anyOf(names: string, rest: string): JsonObject {
  return pattern(`^(?:${names.replaceAll(" ", "|")}):${rest}$`);
}

const fieldFilters = list(pattern("^[\\w.]+:.+$"));
// RFC 3339 or a day.
const date = pattern("^\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d))?$");

const conditions: Schemas = {
  v,
  type: oneOf(Object.keys(DOCUMENTS).join(", ")),
  name: nonEmpty,
  parent: pattern("^[a-zA-Z][a-zA-Z0-9_]*:[a-zA-Z0-9_-]+$"),
  tags: list(string),
  tags_all: list(string),
  filters: fieldFilters,
  filters_all: fieldFilters,
  filters_or: fieldFilters,
  date_field: nonEmpty,
  date_from: date,
  date_to: date,
};

/** What the service requires beyond its document, and what a query must say to find anything. */
const rules: JsonObject = {
  anyOf: ["name", "parent", "type", "tags", "filter_grants"].map((name) => ({ required: [name] })),
  dependencies: {
    date_from: ["date_field"],
    date_to: ["date_field"],
    filter_grants: ["type"],
    group_by_size: ["group_by"],
  },
  allOf: Object.entries(DOCUMENTS).map(([type, { parents, tags }]) => {
    const tag = tags ? anyOf(tags, ".+") : string;
    return {
      if: { properties: { type: { const: type } }, required: ["type"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { parent: anyOf(parents, ".+"), tags: list(tag), tags_all: list(tag) } },
    };
  }),
};

const REFUSALS = [400, 500, 503];

/** Query service v0.4.26, and the grouped count of a later version. */
export const QUERY_SERVICE: Service = {
  refusalBody: messageOnly,
  operations: {
    "GET /query/resources": {
      query: {
        ...conditions,
        cel_filter: text(1000),
        filter_grants: oneOf("direct"),
        sort: oneOf("name_asc, name_desc, updated_asc, updated_desc, best_match"),
        page_token: string,
        page_size: integer(1, 1000),
      },
      queryRules: rules,
      required: ["v"],
      refusals: REFUSALS,
    },
    "GET /query/resources/count": {
      query: {
        ...conditions,
        group_by: { ...pattern("^[a-z][a-z0-9_]*$"), ...text(64) },
        group_by_size: integer(1, 1000),
        metric: text(80),
      },
      queryRules: rules,
      required: ["v"],
      refusals: REFUSALS,
    },
  },
};
