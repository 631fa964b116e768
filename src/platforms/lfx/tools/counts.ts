import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { count } from "../client/query.ts";
import { assertCountable } from "../people/counts.ts";
import { bounded, dateLimits, lfxTool, oneOf, text, toDateRange } from "./shared/define.ts";

/** The types that can be counted, each with the types of its parents. Absent if they are not documented. */
const TYPES = {
  committee: ["project", "committee"],
  committee_member: ["committee"],
  v1_meeting: ["project", "committee"],
  v1_meeting_registrant: ["meeting", "committee"],
  v1_past_meeting: ["project", "committee"],
  v1_past_meeting_participant: ["past_meeting", "project", "committee"],
  project: ["project"],
  project_membership: undefined,
  b2b_org: undefined,
  groupsio_mailing_list: ["project", "committee", "groupsio_service"],
  groupsio_member: ["project", "groupsio_mailing_list"],
} as const satisfies Readonly<Record<string, readonly string[] | undefined>>;

type CountedType = keyof typeof TYPES;

const TYPE_NAMES = Object.keys(TYPES) as CountedType[];

const PARENT = /^[A-Za-z]\w*:[\w-]+$/;

const PAIR = /^[^:\s]+:\s*\S/;

const MAX_PAIRS = 100;

/** A list of `name:value`, whose value may contain colons. */
function pairs(description: string) {
  const pair = bounded(500).regex(PAIR, "must be name:value");
  return z
    .array(pair)
    .refine(({ length }) => length <= MAX_PAIRS, `must have at most ${MAX_PAIRS} entries`)
    .optional()
    .describe(description);
}

export const COUNT_TOOLS = [
  lfxTool("count_lfx_resources", {
    description:
      "Count the records of one type that match and that you can see, without reading them. Only records of LFX v2 " +
      "count. explore_lfx_semantic_layer leads to the number of all projects of a foundation, and to other figures.",
    input: z.strictObject({
      type: oneOf(TYPE_NAMES, "What to count."),
      parent: bounded(300)
        .regex(PARENT, "must be type:uid, such as committee:<uid>")
        .optional()
        .describe(
          "project:<uid> (members of committees: tag project_uid:<uid>), committee:<uid>, meeting:<id> or past_meeting:<id>.",
        ),
      name: text("Word prefixes of the name.", 500).optional(),
      tags: pairs("name:value of which one must match, such as project_uid:<uid>."),
      tags_all: pairs("Such tags of which all must match."),
      date_field: text("The field that the dates limit; required with them.", 100).optional(),
      ...dateLimits(),
      filters_or: pairs("field:value, exact, of which one must match."),
      filters_all: pairs("Such fields of which all must match."),
    }),
    output: z.looseObject({
      count: z.int(),
      complete: z.boolean(),
      visibility: z.string(),
      note: z.string(),
    }),
    run: async (input, { api }) => {
      const { type, parent, name, tags_all: tags, tags: anyTags, filters_all: filters } = input;
      const { date_field: field, filters_or: anyFilters } = input;
      if (field === undefined && (input.date_from ?? input.date_to) !== undefined)
        throw new ToolError("invalid_input", "date_field is required with date_from or date_to", {
          hint: "Nothing was sent. Name the field, such as start_time or created_at.",
        });
      await assertCountable(input, api);
      const dates = field === undefined ? undefined : toDateRange([field], input);
      const conditions = { type, parent, name, tags, anyTags, filters, anyFilters, dates };
      const counted = await count(api, { ...conditions, operation: "count resources" });
      const notes = [
        SCOPE,
        counted.complete ? "" : LOWER_BOUND,
        counted.count === 0 ? explainParent(type, parent) : "",
      ];
      return { ...counted, visibility: "caller", note: notes.filter(Boolean).join(" ") };
    },
  }),
];

const SCOPE = "Counts only records of LFX v2 that you can see.";
const LOWER_BOUND = "The count stopped early and is a lower bound: narrow the filters.";

/** By type: what its records have a tag for, although it is no parent of theirs. */
const TAGS: Readonly<Partial<Record<CountedType, readonly string[]>>> = { committee_member: ["project"] };

/** Why a count is 0 whose parent no record of the type has. */
function explainParent(type: CountedType, parent = ""): string {
  const parents: readonly string[] | undefined = TYPES[type];
  const [given = ""] = parent.split(":");
  if (!given || !parents || parents.includes(given)) return "";
  const advice = TAGS[type]?.includes(given) ? ` Use the tag ${given}_uid:<uid>.` : "";
  return `No ${type} has a parent ${given}, only ${parents.join(", ")}.${advice}`;
}
