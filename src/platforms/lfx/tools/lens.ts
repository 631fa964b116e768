import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { AnyTool } from "../../../mcp/tool.ts";
import { isObject, parseJson, sanitizeText } from "../../../shared/json.ts";
import type { LfxApi, RestAnswer } from "../api.ts";
import { unusable } from "../errors.ts";
import { EXPLORE_DESCRIPTION, HELP, QUERY_DESCRIPTION, TOPICS } from "./semantic-layer-help.ts";
import { lfxTool } from "./shared/define.ts";
import { text, word } from "./shared/fields.ts";

/** Lens writes SQL and runs it on a warehouse before it answers. */
const LENS_TIMEOUT_MS = 120_000;

const RUNS = "/workflows/lfx-lens-mcp-workflow/runs";
const DOING = "query LFX Lens";

/** Whoever has no name of his own: the user of the program on his own machine. */
const ANONYMOUS = "_anonymous";

const description =
  "Ask LFX Lens a question in plain words about one project or foundation; it writes the SQL itself and runs it. Use " +
  "it for what the semantic layer does not know: who the maintainers are and how they change, maintainers joined with " +
  "activity, event sponsorships, social listening (X, Bluesky, Reddit, Hacker News, DEV, podcasts, YouTube, LinkedIn, " +
  "TikTok: mentions, sentiment, share of voice, reach), narrative answers, subprojects, and questions at which the " +
  "semantic layer failed. Contributors, activity, memberships, events, education, numbers of maintainers, project " +
  "health and every question by country or region belong to query_lfx_semantic_layer. An answer takes 15 to 30 " +
  'seconds and holds at most 200 rows: for more ask for "page 2", or name LIMIT and OFFSET in the question. ' +
  "project_slug: slug of the project or foundation, such as pytorch; search_projects finds it. " +
  "input: the question, 1-4000 characters.";

/** Names the conversation to Lens: the user, the second in which he asked, and which of his questions of that second. */
function sessionOf(user: string): string {
  return `${user}-${new Date().toISOString().slice(0, 19)}Z-${randomBytes(4).toString("hex")}`;
}

function failed(content: string): ToolError {
  return new ToolError(
    "upstream_error",
    `Failed to ${DOING}: Workflow error${content && `, "${sanitizeText(content)}"`}`,
    {
      hint: "Ask a narrower or simpler question. It is safe to try again.",
      status: 200,
      retryable: true,
    },
  );
}

/** What a run came to. @throws ToolError where it failed, or came to nothing */
function contentOf(run: unknown): string {
  const { content, status } = isObject(run) ? run : {};
  const said = typeof content === "string" ? content : JSON.stringify(content ?? "");
  if (status === "ERROR") throw failed(content ? said : "");
  if (!content) throw unusable(DOING, "the answer has no content");
  return said;
}

const queryLens = lfxTool("query_lfx_lens", {
  description,
  timeoutMs: LENS_TIMEOUT_MS,
  input: z.strictObject({
    project_slug: text("Slug of the project or foundation that the question is about, such as pytorch.", 100),
    input: text(
      "The question, in plain words and complete in itself: every call is a conversation of its own.",
      4000,
    ),
  }),
  run: async ({ project_slug: slug, input }, { api }) => {
    const user = api.subject || ANONYMOUS;
    const answer = await api.lens.send({
      method: "POST",
      safe: true,
      // Every run costs: none is started again unasked.
      attempts: 1,
      path: RUNS,
      form: {
        message: input,
        additional_data: JSON.stringify({ foundation: { slug } }),
        user_id: user,
        session_id: sessionOf(user),
        stream: "false",
        background: "false",
      },
      doing: DOING,
    });
    return contentOf(answer.json());
  },
});

export const LENS_TOOLS: readonly AnyTool<LfxApi>[] = [queryLens];

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
function readable({ text: body }: RestAnswer): string {
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
    await lens.send({ method: "GET", path: `${ROOT}${path}`, query, doing: "explore the semantic layer" }),
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
    target: word(TOPICS, "What help is about; an overview if left out.").optional(),
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
        doing: "query the semantic layer",
      }),
    );
  },
});

export const SEMANTIC_LAYER_TOOLS: readonly AnyTool<LfxApi>[] = [explore, query];
