import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, parseJson, sanitizeText } from "../../../shared/json.ts";
import type { LfxApi, RestResponse } from "../api.ts";
import { textWithoutSecrets } from "../client/secrets.ts";
import { unusableResponse } from "../errors.ts";
import { bounded, day, LARGE_RESULT, lfxTool, oneOf, text } from "./shared/define.ts";

/** Lens generates SQL and runs it on a warehouse before it responds. */
const LENS_TIMEOUT_MS = 120_000;

const QUERY_LENS = "query LFX Lens";

/** The Lens user for callers without a subject: the local user of the program. */
const ANONYMOUS = "_anonymous";

const SEMANTIC_LAYER = "/lfx-lens/semantic-layer";

const MAX_SLUGS = 25;
const MAX_SLUG_BYTES = 128;

const ACTIONS = ["list_metrics", "get_dimensions", "get_dimension_values", "help", "describe"] as const;

const FAMILIES = [
  "memberships",
  "member_organizations",
  "new_members",
  "new_member_organizations",
  "lost_member_organizations",
  "paying_member_organizations",
  "membership_churn",
  "contributors",
  "contributions",
  "contributing_organizations",
  "participants",
  "maintainers",
  "maintainer_contributions",
  "project_health",
  "software_value",
  "event_registrations",
  "event_sponsorships",
  "speakers",
  "training_enrollments",
  "certifications",
  "social_mentions",
  "social_reach",
] as const;

export const LENS_TOOLS = [
  lfxTool("query_lfx_lens", {
    resultLimit: { advice: 'ask a narrower question, or for "page 2"' },
    description:
      "Ask LFX Lens a question in plain language; it generates and runs SQL. Use it last: for questions across " +
      "domains (maintainers joined with activity, event sponsorships), social listening (mentions, sentiment, share " +
      "of voice), narrative answers, and questions that failed elsewhere. State concrete dates: the default is the " +
      "last 12 months. An answer takes 15 to 30 seconds and has at most 200 rows: for more ask for " +
      '"page 2", or name ORDER BY, LIMIT and OFFSET. query_lfx_semantic_layer comes first, and has everything by ' +
      "country or region.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      input: text("Self-contained; each call is a new conversation. Up to 4000 characters.", 4000),
      project_slugs: z
        .array(z.string())
        .refine(({ length }) => length <= MAX_SLUGS, `must have at most ${MAX_SLUGS} slugs`)
        .refine(
          (slugs) => slugs.every(isSlug),
          `must have slugs of at most ${MAX_SLUG_BYTES} bytes, without control characters`,
        )
        .optional()
        .describe(
          `Exact slugs of projects or foundations, combined with OR, at most ${MAX_SLUGS}. Omit for all of the LF; tlf is not that.`,
        ),
    }),
    run: async ({ input, project_slugs: slugs = [] }, { api, progress }) => {
      progress({ message: "LFX Lens is writing and running a query" });
      const user = api.subject || ANONYMOUS;
      const time = new Date().toISOString().slice(0, "2026-01-31T09:00:00".length);
      const projects = new Set(slugs.map((slug) => slug.trim()).filter(Boolean));
      const response = await api.lens.send({
        method: "POST",
        safe: true,
        // A run is costly, so it is not retried.
        attempts: 1,
        path: "/workflows/lfx-lens-mcp-workflow/runs",
        form: {
          message: input,
          additional_data: JSON.stringify({ project_slugs: [...projects] }),
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
      "values up: Asia Pacific, not APAC; Viet Nam. read_lfx_semantic_layer_guidance comes first, once per " +
      "conversation. query_lfx_semantic_layer then queries.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      action: z
        .enum(ACTIONS, {
          error: ({ input }) =>
            input === "query" ? "use the tool that queries the semantic layer" : undefined,
        })
        .describe(
          "In this order: list_metrics (finds words of names and descriptions; up to 15 metrics come with their " +
            "dimensions), get_dimensions (of several metrics: those they share), get_dimension_values. help and " +
            "describe return the guidance.",
        ),
      search: optional("Words to find; default all.", 200),
      metrics: optional("Names, comma-separated; required except by list_metrics."),
      dimension: optional("Qualified name (entity__field), for get_dimension_values.", 200),
      // Sent by clients that have cached an older list of tools.
      target: optional("Ignored."),
    }),
    run: async ({ action, search = "", metrics, dimension = "" }, { api, advise, progress }) => {
      if (action === "help" || action === "describe") return advise(await readGuidance("semanticLayer"));
      progress({ message: "Reading the semantic layer" });
      return lookUp(action, { search, metrics: parseNames(metrics).join(","), dimension }, api);
    },
  }),
  lfxTool("query_lfx_semantic_layer", {
    // The caller decides how many rows it gets.
    resultLimit: { ...LARGE_RESULT, advice: "use a smaller limit or more filters" },
    description:
      "Query metrics of the LFX semantic layer, grouped and filtered. Use it for contributors, activity, " +
      "memberships, events, training, maintainers, project health, and everything by country or region. Several " +
      "metrics are outer-joined on their shared dimensions, with NULL for a side without a row. Scope is a filter " +
      "on a slug: a whole foundation is project__foundation_slug, never project_slug, which counts only the " +
      "foundation's own bucket; no filter is all of the LF, and tlf is not. explore_lfx_semantic_layer comes " +
      "first: it has the names and values to copy. query_lfx_lens answers what fails here.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      metrics: text("Names, comma-separated, such as total_contributors."),
      group_by: optional(
        "Qualified names (entity__field), comma-separated, never entities. Trends: metric_time__year, __quarter, __month, __week or __day.",
      ),
      where: optional(
        "MetricFlow: {{ Dimension('project__foundation_slug') }} = 'cncf' AND {{ TimeDimension('metric_time', 'DAY') }} " +
          ">= '2026-01-01'; dates yyyy-mm-dd.",
        4000,
      ),
      order_by: optional("Fields of group_by or metrics, comma-separated; - in front for descending."),
      limit: z.int().optional().describe("Maximum rows; default all."),
    }),
    run: async ({ metrics, group_by, where, order_by, limit = 0 }, { api, progress }) => {
      const names = parseNames(metrics);
      if (names.length === 0) throw missing("metrics", "A query");
      const json = omitEmpty<unknown>({
        metrics: names,
        group_by: parseNames(group_by),
        where: where ? [where] : [],
        order_by: parseNames(order_by),
        limit: Math.max(limit, 0),
      });
      progress({ message: "The semantic layer is running the query" });
      const path = `${SEMANTIC_LAYER}/query`;
      const operation = "query the semantic layer";
      return formatJson(await api.lens.send({ method: "POST", safe: true, path, json, operation }));
    },
  }),
  lfxTool("read_lfx_semantic_layer_guidance", {
    description:
      "Read how to query the LFX semantic layer: routing, syntax, scopes and values. Read it once per conversation, " +
      "before explore_lfx_semantic_layer and query_lfx_semantic_layer.",
    input: z.object({}),
    run: async (_, { advise }) => advise(await readGuidance("semanticLayer")),
  }),
  lfxTool("query_lfx_standard_metrics", {
    resultLimit: { ...LARGE_RESULT, advice: "use a smaller limit or another grouping" },
    description:
      "Query a governed LFX metric by name: memberships, contributors, maintainers, project health, events, training, " +
      "social media. Use it before the semantic layer and Lens. The answer's applied says what was counted. search_b2b_orgs has the names of companies. " +
      "read_lfx_standard_metrics_guidance comes first, once per conversation: it has the groupings of each family and " +
      "the default periods.",
    timeoutMs: LENS_TIMEOUT_MS,
    input: z.strictObject({
      metric: oneOf(FAMILIES, "The family."),
      by: optional("One grouping of the family, such as org, project or country; default its total.", 100),
      project: optional(
        "One exact slug; omit for all of the LF, and never use tlf for that.",
        MAX_SLUG_BYTES,
      ),
      subprojects: oneOf(
        ["combined", "separate", "excluded"],
        "Default combined: the whole tree as one; separate needs by=project.",
      ).optional(),
      org: optional("One full legal name.", 500),
      subsidiaries: oneOf(
        ["excluded", "separate", "combined"],
        "Default excluded; separate needs by=org.",
      ).optional(),
      start_date: day().describe("First UTC day, yyyy-mm-dd."),
      end_date: day().describe("Last UTC day, or the day of a state such as memberships."),
      period: oneOf(["day", "week", "month", "quarter", "year"], "Adds a time axis.").optional(),
      order_by: optional("Columns of the result, comma-separated; - in front for descending."),
      limit: z.int().optional().describe("Maximum rows; default all."),
    }),
    run: async ({ order_by, ...given }, { api, progress }) => {
      const order = parseNames(order_by);
      progress({ message: "LFX Lens is computing the metric" });
      const json = { ...given, ...(order.length > 0 && { order_by: order }) };
      const path = `${SEMANTIC_LAYER}/standard-metric`;
      const operation = "query a standard metric";
      return formatRows(await api.lens.send({ method: "POST", safe: true, path, json, operation }));
    },
  }),
  lfxTool("read_lfx_standard_metrics_guidance", {
    description:
      "Read what the LFX standard metrics are: families, groupings, scopes and periods. Read it once per conversation, " +
      "before query_lfx_standard_metrics.",
    input: z.object({}),
    run: async (_, { advise }) => advise(await readGuidance("standardMetrics")),
  }),
];

/** A document, which is loaded only when it is read. */
async function readGuidance(topic: "semanticLayer" | "standardMetrics"): Promise<string> {
  const { GUIDANCE } = await import("../guidance.ts");
  return GUIDANCE[topic];
}

/** What Lens accepts as a slug; blank ones are omitted. */
function isSlug(slug: string): boolean {
  return Buffer.byteLength(slug) <= MAX_SLUG_BYTES && !/\p{Cc}/u.test(slug);
}

const WRONG_SLUG = {
  code: "invalid_input",
  hint: "Nothing was queried. search_projects finds the exact slug.",
  retryable: false,
} as const;

/** How the content of a run begins that was rejected before it queried anything, although it is completed. */
const REJECTIONS: Readonly<Record<string, Pick<ToolError, "code" | "hint" | "retryable">>> = {
  "Unknown project slug": WRONG_SLUG,
  "Invalid project_slugs": WRONG_SLUG,
  "Project scope could not be resolved": {
    code: "upstream_error",
    hint: "Nothing was queried. It is safe to try again in a moment.",
    retryable: true,
  },
};

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
  const [, rejection] = Object.entries(REJECTIONS).find(([start]) => answer.trim().startsWith(start)) ?? [];
  if (!rejection) return answer;
  const message = `Failed to ${QUERY_LENS}: "${sanitizeText(answer)}"`;
  throw new ToolError(rejection.code, message, { ...rejection, status: 200 });
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
function formatJson({ text }: RestResponse): string {
  const body = textWithoutSecrets(text);
  const value = parseJson(body);
  return value === undefined ? body : JSON.stringify(value, null, 2);
}

/** Indents JSON, with one line for each row; returns any other text as is. */
function formatRows(response: RestResponse): string {
  const value = parseJson(textWithoutSecrets(response.text));
  if (!isObject(value) || !Array.isArray(value.data)) return formatJson(response);
  const { data, ...facts } = value;
  const rows = data.map((row) => `\n    ${JSON.stringify(row)}`).join();
  const head = JSON.stringify({ ...facts, data: [] }, null, 2);
  return head.replace(/\[\]\n\}$/, () => `[${rows}\n  ]\n}`);
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
