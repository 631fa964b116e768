import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { AnyTool } from "../../../mcp/tool.ts";
import { parseJson } from "../../../shared/json.ts";
import type { LfxApi, RestResponse } from "../api.ts";
import { LENS_TIMEOUT_MS } from "./lens.ts";
import { lfxTool } from "./shared/define.ts";
import { oneOf, text } from "./shared/fields.ts";

/** What can be asked of the semantic layer, and so what there is help on. */
export const TOPICS = ["list_metrics", "get_dimensions", "get_dimension_values", "query"] as const;

const EXPLORE_DESCRIPTION =
  "Find out what the LFX semantic layer can be asked: its metrics, their dimensions, and the values of those. Use it " +
  "before query_lfx_semantic_layer, for all questions on contributors, activity, memberships, events, education, " +
  "numbers of maintainers, project health, and everything by country or region; names and trends of maintainers, " +
  "sponsorships of events, social listening and narrative are for query_lfx_lens. A metric is a number, a dimension a " +
  "slice of it. Copy names as they are answered and never build one (entity__field): an unknown name is an error. An " +
  "unknown value is none, it gives zero rows: look it up (Asia Pacific, not APAC; Viet Nam). Entities are join keys, " +
  "not values to group by. country__lf_region is a person's region, activity_project_id__organization_lf_region an " +
  "organisation's; both hold North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin " +
  "America, Other. Prefer country__* to asset_id__billing_country, which is free text. current_* counts what is active " +
  "only, total_contributors leaves bots out. " +
  "action: list_metrics (looks in names and descriptions only; of up to 15 metrics the dimensions' names come along), " +
  "get_dimensions (of several metrics: those they share), get_dimension_values, help (also called describe). " +
  "search: words to look for. metrics: names, comma-separated, for get_dimensions and get_dimension_values. " +
  `dimension: its qualified name, for get_dimension_values. target: of help; ${TOPICS.join(", ")}.`;

const QUERY_DESCRIPTION =
  "Ask the LFX semantic layer for metrics, sliced and filtered. Use it for contributors, activity, memberships, events, " +
  "education, numbers of maintainers, project health, and everything by country or region, once " +
  "explore_lfx_semantic_layer has told the names; where it fails, use query_lfx_lens. Copy qualified names " +
  "(entity__field), never build them: an unknown name is an error, an unknown value just gives zero rows. " +
  "metrics: names, comma-separated, such as total_contributors; several are outer-joined on the dimensions they share, " +
  "with NULL for a side that has no row. " +
  "group_by: dimensions, comma-separated, such as maintainer_key__project_slug, and never entities; trends by " +
  "metric_time__year, __quarter, __month, __week or __day. " +
  "where: MetricFlow, {{ Dimension('country__lf_region') }} = 'Europe' or " +
  "{{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'; dates yyyy-mm-dd, values as " +
  "get_dimension_values tells them. " +
  "order_by: fields of group_by or metrics, comma-separated; - in front for descending. " +
  "limit: 1-500 rows. " +
  "project_slug: for one project; where must then filter by the project as well, such as " +
  "{{ Dimension('asset_id__project_slug') }} = 'cncf', and is checked against what belongs to that foundation.";

const OVERVIEW = `The LFX semantic layer answers with numbers that are defined once for everybody.
A metric is a number (total_contributors); a dimension is a way to slice it (activity_project_id__organization_name). Entities are keys that join tables, not values to group by.

1. explore_lfx_semantic_layer, action list_metrics: find the metrics.
2. action get_dimensions: find the dimensions of those metrics.
3. action get_dimension_values: find how a value is written that is to be filtered by.
4. query_lfx_semantic_layer: ask.

Copy every name from an answer; a name that was put together from parts is an error. A value that is spelled otherwise than in the data is no error, it just finds nothing.
It knows contributors, activity, memberships, events, education, numbers of maintainers and project health, and everything by country or region. Names of maintainers, sponsorships of events, social listening, subprojects and narrative answers are for query_lfx_lens.
More: action help with target ${TOPICS.join(", ")}.`;

const LIST_METRICS = `list_metrics finds metrics.
search: words to look for in the names and descriptions of metrics; dimensions and values are not searched. Left out, all metrics are listed.
Where 15 metrics or fewer are found, the names of their dimensions come along.
current_* metrics count what is active now and nothing else. total_contributors leaves bots out.
Examples: total_contributors, total_contributing_organizations, active_maintainers, current_membership_revenue.`;

const GET_DIMENSIONS = `get_dimensions lists the dimensions by which metrics can be grouped and filtered.
metrics: one name, or several with commas between; for several the dimensions are listed that all of them share.
search: words to look for among the dimensions.
Dimensions have qualified names, entity__field, with two underscores: maintainer_key__project_slug, asset_id__project_slug, asset_id__membership_tier, activity_project_id__organization_name. The same field may hang on several entities and mean another thing on each, so copy the whole name.
country__lf_region is the region of a person, activity_project_id__organization_lf_region that of an organisation. Prefer country__* to asset_id__billing_country, which is free text.`;

const GET_DIMENSION_VALUES = `get_dimension_values lists the values that a dimension holds, for where.
dimension: its qualified name. metrics: for which metrics, with commas between. search: words to look for among the values.
Use it before every filter on a name, a tier, a country or a region: an unknown value gives zero rows and no error. It is Asia Pacific, not APAC, and Viet Nam, not Vietnam.
lf_region values: North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other.`;

const QUERY = `query_lfx_semantic_layer asks for metrics.
metrics: names with commas between. Several are joined by the dimensions that they share; where one has no row its value is NULL.
group_by: dimensions with commas between. Trends: metric_time__year, metric_time__quarter, metric_time__month, metric_time__week, metric_time__day.
where: a filter in MetricFlow's syntax, every dimension wrapped, texts in single quotes:
  {{ Dimension('country__lf_region') }} = 'Europe'
  {{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'
Dates are yyyy-mm-dd. AND and OR join conditions within the one text.
order_by: fields with commas between, each of which stands in metrics or group_by; - in front for descending.
limit: at most 500 rows.
project_slug: for one project. where must then filter by the project too, on the dimension that holds its slug, and is checked against what belongs to that foundation:
  project_slug cncf, where {{ Dimension('asset_id__project_slug') }} = 'cncf'`;

/** Help on each topic; on none, an overview. */
export const HELP: Readonly<Record<(typeof TOPICS)[number] | "overview", string>> = {
  overview: OVERVIEW,
  list_metrics: LIST_METRICS,
  get_dimensions: GET_DIMENSIONS,
  get_dimension_values: GET_DIMENSION_VALUES,
  query: QUERY,
};

const ROOT = "/lfx-lens/semantic-layer";
const MAX_ROWS = 500;

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Names with commas between, or a JSON array of them as a text, which may have been escaped once more. */
function namesOf(list = ""): readonly string[] {
  const arrays = [list, list.replaceAll('\\"', '"')].map((one) => parseJson(one));
  return (arrays.find(isTexts) ?? list.split(",")).map((name) => name.trim()).filter(Boolean);
}

/** The fields that hold something: what is empty must not be sent, or it would be asked for. */
function filled<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)),
  );
}

/** JSON in a form that is easily read; anything else as it is. */
function readable({ text: body }: RestResponse): string {
  const value = parseJson(body);
  return value === undefined ? body : JSON.stringify(value, null, 2);
}

/** A text that need not be there; an empty one counts as none. */
function optional(description: string, max = 2000) {
  return z.string().trim().max(max).optional().describe(description);
}

type Needed = "metrics" | "dimension";

/** What to do where it is missing. */
const ADVICE: Readonly<Record<Needed, string>> = {
  metrics: "Find metrics with explore_lfx_semantic_layer, action list_metrics, and pass their names.",
  dimension: "Find dimensions with action get_dimensions, and pass the qualified name of one.",
};

function missing(what: Needed, where: string): ToolError {
  return new ToolError("invalid_input", `${where} needs ${what}. Nothing was sent`, { hint: ADVICE[what] });
}

type Lookup = { readonly path: string; readonly takes: readonly string[]; readonly needs: readonly Needed[] };

/** Where each action asks, with which parameters, and what it cannot do without. */
const LOOKUPS = {
  list_metrics: { path: "/metrics", takes: ["search"], needs: [] },
  get_dimensions: { path: "/dimensions", takes: ["metrics", "search"], needs: ["metrics"] },
  get_dimension_values: {
    path: "/dimension-values",
    takes: ["dimension", "metrics", "search"],
    needs: ["metrics", "dimension"],
  },
} as const satisfies Readonly<Record<string, Lookup>>;

const ACTIONS = ["list_metrics", "get_dimensions", "get_dimension_values", "help", "describe"] as const;

async function lookUp(
  action: keyof typeof LOOKUPS,
  given: Readonly<Record<string, string>>,
  { lens }: LfxApi,
): Promise<string> {
  const { path, takes, needs }: Lookup = LOOKUPS[action];
  const lacking = needs.find((name) => !given[name]);
  if (lacking) throw missing(lacking, action);
  const query = filled(Object.fromEntries(takes.map((name) => [name, given[name] ?? ""])));
  return readable(
    await lens.send({
      method: "GET",
      path: `${ROOT}${path}`,
      query,
      operation: "explore the semantic layer",
    }),
  );
}

const explore = lfxTool("explore_lfx_semantic_layer", {
  description: EXPLORE_DESCRIPTION,
  timeoutMs: LENS_TIMEOUT_MS,
  input: z.strictObject({
    action: z
      .enum(ACTIONS, {
        error: ({ input }) =>
          input === "query" ? "queries are asked with the tool query_lfx_semantic_layer" : undefined,
      })
      .describe(
        "list_metrics, then get_dimensions, then get_dimension_values for what is filtered by; help explains each " +
          "(describe is the same). Names in later steps are copied from the answers before.",
      ),
    search: optional("Words to look for in names and descriptions; everything if left out.", 200),
    metrics: optional(
      "Names of metrics, comma-separated. get_dimensions and get_dimension_values need them.",
    ),
    dimension: optional("Qualified name, entity__field, of the dimension whose values are wanted.", 200),
    target: oneOf(TOPICS, "What help is about; an overview if left out.").optional(),
  }),
  run: async ({ action, search = "", metrics, dimension = "", target }, { api }) =>
    action === "help" || action === "describe"
      ? HELP[target ?? "overview"]
      : lookUp(action, { search, metrics: namesOf(metrics).join(","), dimension }, api),
});

const query = lfxTool("query_lfx_semantic_layer", {
  description: QUERY_DESCRIPTION,
  timeoutMs: LENS_TIMEOUT_MS,
  input: z.strictObject({
    metrics: text("Names of metrics, comma-separated, copied from explore_lfx_semantic_layer."),
    group_by: optional(
      "Dimensions to slice by, comma-separated qualified names; a single total if left out.",
    ),
    where: optional(
      "Filter in MetricFlow's syntax, such as {{ Dimension('country__lf_region') }} = 'Europe'; no filter if left out.",
      4000,
    ),
    order_by: optional("Fields of group_by or metrics, comma-separated; - in front for descending."),
    limit: z
      .int()
      .min(0)
      .max(MAX_ROWS)
      .optional()
      .describe(`Most rows to answer, 1 to ${MAX_ROWS}; left to the service if 0 or left out.`),
    project_slug: optional(
      "Slug of the one project or foundation that is asked about; all if left out.",
      100,
    ),
  }),
  run: async ({ metrics, group_by, where, order_by, limit, project_slug }, { api }) => {
    const names = namesOf(metrics);
    if (names.length === 0) throw missing("metrics", "A query");
    const asked = {
      project_slug,
      metrics: names,
      group_by: namesOf(group_by),
      where: where ? [where] : [],
      order_by: namesOf(order_by),
      limit,
    };
    return readable(
      await api.lens.send({
        method: "POST",
        safe: true,
        path: `${ROOT}/query`,
        json: filled<unknown>(asked),
        operation: "query the semantic layer",
      }),
    );
  },
});

export const SEMANTIC_LAYER_TOOLS: readonly AnyTool<LfxApi>[] = [explore, query];
