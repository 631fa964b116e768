import * as z from "zod";
import { type Answers, once, type Route, repeated } from "./routes.ts";

const TYPES = [
  "project",
  "committee",
  "committee_member",
  "groupsio_mailing_list",
  "groupsio_member",
  "v1_meeting",
  "v1_meeting_registrant",
  "v1_past_meeting",
  "v1_past_meeting_participant",
  "v1_past_meeting_recording",
  "v1_past_meeting_transcript",
  "v1_past_meeting_summary",
  "project_membership",
  "key_contact",
  "b2b_org",
] as const;

const text = z.string().min(1);
const pair = z.string().regex(/^\w+:.+$/, "is not field:value");
const date = z.string().regex(/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/);
const pageSize = z
  .string()
  .regex(/^\d+$/)
  .refine((size) => Number(size) >= 1 && Number(size) <= 1000);

const CONDITIONS = {
  v: once(z.literal("1")),
  type: once(z.enum(TYPES)).optional(),
  name: once(text).optional(),
  parent: once(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]*:[a-zA-Z0-9_-]+$/)).optional(),
  tags: repeated(pair).optional(),
  tags_all: repeated(pair).optional(),
  filters: repeated(pair).optional(),
  filters_all: repeated(pair).optional(),
  filters_or: repeated(pair).optional(),
  date_field: once(text).optional(),
  date_from: once(date).optional(),
  date_to: once(date).optional(),
};

const tagName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

const COUNT = z
  .strictObject({
    ...CONDITIONS,
    group_by: once(tagName).optional(),
    group_by_size: once(pageSize).optional(),
  })
  .refine(({ group_by, group_by_size }) => group_by || !group_by_size, {
    error: "group_by_size needs group_by",
  });

const QUERY = z
  .strictObject({
    ...CONDITIONS,
    cel_filter: once(text.max(1000)).optional(),
    filter_grants: once(z.literal("direct")).optional(),
    sort: once(z.enum(["", "name_asc", "name_desc", "updated_asc", "updated_desc", "best_match"])).optional(),
    page_size: once(pageSize).optional(),
    page_token: once(text).optional(),
  })
  .refine(({ name, parent, type, tags, filter_grants }) => name ?? parent ?? type ?? tags ?? filter_grants, {
    error: "name, parent, type, tags or filter_grants is required",
  })
  .refine(({ date_field, date_from, date_to }) => date_field || !(date_from || date_to), {
    error: "dates need a date_field",
  });

/** The query service. */
export function queryRoutes(answers: Answers<"count" | "resources">): readonly Route[] {
  return [
    { at: "GET /query/resources/count", query: COUNT, answer: answers.count },
    { at: "GET /query/resources", query: QUERY, answer: answers.resources },
  ];
}
