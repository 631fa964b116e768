import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, parseJson, sanitizeText } from "../../../shared/json.ts";
import type { LfxApi, RestResponse } from "../api.ts";
import { unusableResponse } from "../errors.ts";
import { bounded, LARGE_RESULT, lfxTool, oneOf, text } from "./shared/define.ts";

/** Lens generates SQL and runs it on a warehouse before it responds. */
const LENS_TIMEOUT_MS = 120_000;

const QUERY_LENS = "query LFX Lens";

/** The Lens user for callers without a subject: the local user of the program. */
const ANONYMOUS = "_anonymous";

const SEMANTIC_LAYER = "/lfx-lens/semantic-layer";

const MAX_ROWS = 500;

/** Help topics. */
export const TOPICS = ["list_metrics", "get_dimensions", "get_dimension_values", "query"] as const;

const ACTIONS = ["list_metrics", "get_dimensions", "get_dimension_values", "help", "describe"] as const;

export const LENS_TOOLS = [
  lfxTool("query_lfx_lens", {
    resultLimit: { advice: 'ask a narrower question, or for "page 2"' },
    description:
      "Ask LFX Lens a question in plain language about one project or foundation; it generates and runs SQL. " +
      "Use it for what the semantic layer does not cover: who the maintainers are and how they change, " +
      "maintainers joined with activity, event sponsorships, social listening (X, Bluesky, Reddit, Hacker " +
      "News, DEV, podcasts, YouTube, LinkedIn, TikTok: mentions, sentiment, share of voice, reach), " +
      "narrative answers, subprojects, and questions that failed there. An answer takes 15 to 30 seconds and " +
      'has at most 200 rows: for more ask for "page 2", or name LIMIT and OFFSET. query_lfx_semantic_layer ' +
      "has all other topics, and everything by country or region.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      project_slug: text("The slug, such as pytorch.", 100),
      input: text("Self-contained; each call is a new conversation. Up to 4000 characters.", 4000),
    }),
    run: async ({ project_slug: slug, input }, { api, progress }) => {
      progress({ message: "LFX Lens is writing and running a query" });
      const user = api.subject || ANONYMOUS;
      const time = new Date().toISOString().slice(0, "2026-01-31T09:00:00".length);
      const response = await api.lens.send({
        method: "POST",
        safe: true,
        // A run is costly, so it is not retried.
        attempts: 1,
        path: "/workflows/lfx-lens-mcp-workflow/runs",
        form: {
          message: input,
          additional_data: JSON.stringify({ foundation: { slug } }),
          user_id: user,
          // A session of its own for each question.
          session_id: `${user}-${time}Z-${randomBytes(4).toString("hex")}`,
          stream: "false",
          background: "false",
        },
        operation: QUERY_LENS,
      });
      return readContent(response.json());
    },
  }),
  lfxTool("explore_lfx_semantic_layer", {
    resultLimit: { advice: "search for fewer" },
    description:
      "Explore the LFX semantic layer: its metrics, their dimensions, and the values of those. A metric is a " +
      "number, a dimension a slice of it; entities are join keys, not values to group by. Copy names from " +
      "results and never build them: an unknown name is an error, an unknown value gives zero rows. So look " +
      "values up: Asia Pacific, not APAC; Viet Nam. country__lf_region is a person's region, " +
      "activity_project_id__organization_lf_region an organization's. Prefer country__* to " +
      "asset_id__billing_country, which is free text. current_* counts active ones only, total_contributors " +
      "excludes bots. query_lfx_semantic_layer then queries.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      action: z
        .enum(ACTIONS, {
          error: ({ input }) =>
            input === "query" ? "use the tool that queries the semantic layer" : undefined,
        })
        .describe(
          "In this order: list_metrics (finds words of names and descriptions; up to 15 metrics come with their " +
            "dimensions), get_dimensions (of several metrics: those they share), get_dimension_values. help " +
            "explains them; describe is an alias.",
        ),
      search: optional("Words to find; default all.", 200),
      metrics: optional("Names, comma-separated; required except by list_metrics."),
      dimension: optional("Qualified name (entity__field), for get_dimension_values.", 200),
      target: oneOf(TOPICS, "Help topic; default overview.").optional(),
    }),
    run: async ({ action, search = "", metrics, dimension = "", target }, { api, advise, progress }) => {
      if (action === "help" || action === "describe") return advise(HELP[target ?? "overview"]);
      progress({ message: "Reading the semantic layer" });
      return lookUp(action, { search, metrics: parseNames(metrics).join(","), dimension }, api);
    },
  }),
  lfxTool("query_lfx_semantic_layer", {
    // The caller decides how many rows it gets.
    resultLimit: { ...LARGE_RESULT, advice: "use a smaller limit or more filters" },
    description:
      "Query metrics of the LFX semantic layer, grouped and filtered. Use it for contributors, activity, " +
      "memberships, events, education, maintainer counts, project health, and everything by country or " +
      "region. Several metrics are outer-joined on their shared dimensions, with NULL for a side without a " +
      "row. explore_lfx_semantic_layer comes first: it has the names and values to copy. query_lfx_lens " +
      "answers what fails here.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      metrics: text("Names, comma-separated, such as total_contributors."),
      group_by: optional(
        "Qualified names (entity__field), comma-separated, never entities. Trends: metric_time__year, __quarter, __month, __week or __day.",
      ),
      where: optional(
        "MetricFlow: {{ Dimension('country__lf_region') }} = 'Europe' or {{ TimeDimension('asset_id__install_date', " +
          "'DAY') }} >= '2024-01-01'; dates yyyy-mm-dd.",
        4000,
      ),
      order_by: optional("Fields of group_by or metrics, comma-separated; - in front for descending."),
      limit: z
        .int()
        .min(0)
        .max(MAX_ROWS)
        .optional()
        .describe("Maximum rows; 0 or omitted: the service's default."),
      project_slug: optional(
        "Slug of one foundation or project; where must then filter by it too, such as {{ Dimension('asset_id__project_slug') }} = 'cncf', and is checked against what belongs to it.",
        100,
      ),
    }),
    run: async ({ metrics, group_by, where, order_by, limit, project_slug }, { api, progress }) => {
      const names = parseNames(metrics);
      if (names.length === 0) throw missing("metrics", "A query");
      const json = omitEmpty<unknown>({
        project_slug,
        metrics: names,
        group_by: parseNames(group_by),
        where: where ? [where] : [],
        order_by: parseNames(order_by),
        limit,
      });
      progress({ message: "The semantic layer is running the query" });
      const path = `${SEMANTIC_LAYER}/query`;
      const operation = "query the semantic layer";
      return formatJson(await api.lens.send({ method: "POST", safe: true, path, json, operation }));
    },
  }),
];

/** The content of a run. @throws ToolError if the run failed or has no content */
function readContent(run: unknown): string {
  const { content, status } = isObject(run) ? run : {};
  const answer = typeof content === "string" ? content : JSON.stringify(content ?? "");
  if (status === "ERROR") {
    const reason = content ? `Workflow error, "${sanitizeText(answer)}"` : "Workflow error";
    throw new ToolError("upstream_error", `Failed to ${QUERY_LENS}: ${reason}`, {
      hint: "Ask a narrower or simpler question. It is safe to try again.",
      status: 200,
      retryable: true,
    });
  }
  if (!content) throw unusableResponse(QUERY_LENS, "the response has no content");
  return answer;
}

/** An optional string that may be empty. */
function optional(description: string, max = 2000) {
  return bounded(max).optional().describe(description);
}

/** Splits comma-separated names. Models also send a JSON array as a string, sometimes escaped once more. */
function parseNames(list = ""): readonly string[] {
  const schema = z.array(z.string());
  const arrays = [list, list.replaceAll('\\"', '"')].map((text) => schema.safeParse(parseJson(text)).data);
  return (arrays.find(Boolean) ?? list.split(",")).map((name) => name.trim()).filter(Boolean);
}

/** Omits empty values, which the service would take as conditions. */
function omitEmpty<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)),
  );
}

/** Indents JSON; returns any other text as is. */
function formatJson({ text: body }: RestResponse): string {
  const value = parseJson(body);
  return value === undefined ? body : JSON.stringify(value, null, 2);
}

type Required = "metrics" | "dimension";

type Lookup = {
  readonly path: string;
  readonly parameters: readonly string[];
  readonly required: readonly Required[];
};

const LOOKUPS = {
  list_metrics: { path: "/metrics", parameters: ["search"], required: [] },
  get_dimensions: { path: "/dimensions", parameters: ["metrics", "search"], required: ["metrics"] },
  get_dimension_values: {
    path: "/dimension-values",
    parameters: ["dimension", "metrics", "search"],
    required: ["metrics", "dimension"],
  },
} as const satisfies Readonly<Record<string, Lookup>>;

async function lookUp(
  action: keyof typeof LOOKUPS,
  input: Readonly<Record<string, string>>,
  { lens }: LfxApi,
): Promise<string> {
  const { path, parameters, required }: Lookup = LOOKUPS[action];
  const absent = required.find((name) => !input[name]);
  if (absent) throw missing(absent, action);
  const query = omitEmpty(Object.fromEntries(parameters.map((name) => [name, input[name] ?? ""])));
  const operation = "explore the semantic layer";
  return formatJson(await lens.send({ method: "GET", path: `${SEMANTIC_LAYER}${path}`, query, operation }));
}

const MISSING_HINTS: Readonly<Record<Required, string>> = {
  metrics: "Pass names of metrics. explore_lfx_semantic_layer lists them with action list_metrics.",
  dimension: "Find dimensions with action get_dimensions, and pass a qualified name.",
};

function missing(name: Required, subject: string): ToolError {
  return new ToolError("invalid_input", `${subject} requires ${name}. Nothing was sent`, {
    hint: MISSING_HINTS[name],
  });
}

/** Help texts by topic. */
export const HELP: Readonly<Record<(typeof TOPICS)[number] | "overview", string>> = {
  overview: `The LFX semantic layer answers with metrics that have one shared definition.
A metric is a number (total_contributors); a dimension is a way to slice it (activity_project_id__organization_name). Entities are keys that join tables, not values to group by.

1. explore_lfx_semantic_layer, action list_metrics: find the metrics.
2. action get_dimensions: find the dimensions of those metrics.
3. action get_dimension_values: find the spelling of filter values.
4. query_lfx_semantic_layer: query.

Copy every name from a result; a name built from parts is an error. A value spelled differently from the data is not an error, it finds nothing.
It covers contributors, activity, memberships, events, education, maintainer counts and project health, and everything by country or region. Use query_lfx_lens for maintainers' names, event sponsorships, social listening, subprojects and narrative answers.
More: action help with target ${TOPICS.join(", ")}.`,

  list_metrics: `list_metrics finds metrics.
search: words to find in metric names and descriptions; dimensions and values are not searched. Without it, all metrics are listed.
If 15 metrics or fewer are found, the names of their dimensions are included.
current_* metrics count only what is active now. total_contributors excludes bots.
Examples: total_contributors, total_contributing_organizations, active_maintainers, current_membership_revenue.`,

  get_dimensions: `get_dimensions lists the dimensions by which metrics can be grouped and filtered.
metrics: one name, or several separated by commas; for several, only shared dimensions are listed.
search: words to find in the dimensions.
Dimensions have qualified names, entity__field, with two underscores: maintainer_key__project_slug, asset_id__project_slug, asset_id__membership_tier, activity_project_id__organization_name. The same field can exist on several entities with different meanings, so copy the whole name.
country__lf_region is a person's region, activity_project_id__organization_lf_region an organization's. Prefer country__* to asset_id__billing_country, which is free text.`,

  get_dimension_values: `get_dimension_values lists the values of a dimension, for where.
dimension: its qualified name. metrics: metric names, comma-separated. search: words to find in the values.
Use it before every filter on a name, a tier, a country or a region: an unknown value gives zero rows and no error. It is Asia Pacific, not APAC, and Viet Nam, not Vietnam.
lf_region values: North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other.`,

  query: `query_lfx_semantic_layer queries metrics.
metrics: names, comma-separated. Several are joined on their shared dimensions, with NULL for a side without a row.
group_by: dimensions, comma-separated. Trends: metric_time__year, metric_time__quarter, metric_time__month, metric_time__week, metric_time__day.
where: a filter in MetricFlow syntax, every dimension wrapped, strings in single quotes:
  {{ Dimension('country__lf_region') }} = 'Europe'
  {{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'
Dates are yyyy-mm-dd. Combine conditions with AND and OR.
order_by: fields of metrics or group_by, comma-separated; - in front for descending.
limit: at most 500 rows.
project_slug: for one project. where must then filter by the project too, on the dimension with its slug, and is checked against what belongs to that foundation:
  project_slug cncf, where {{ Dimension('asset_id__project_slug') }} = 'cncf'`,
};
