import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, sanitizeText } from "../../../shared/json.ts";
import { unusableResponse } from "../errors.ts";
import { lfxTool } from "./shared/define.ts";
import { text } from "./shared/fields.ts";

/** Lens generates SQL and runs it on a warehouse before it responds. */
export const LENS_TIMEOUT_MS = 120_000;

const OPERATION = "query LFX Lens";

/** The Lens user for callers without a subject: the local user of the program. */
const ANONYMOUS = "_anonymous";

const queryLens = lfxTool("query_lfx_lens", {
  description:
    "Ask LFX Lens a plain-language question about one project or foundation; it generates and runs SQL. Use it for what " +
    "the semantic layer does not cover: who the maintainers are and how they change, maintainers joined with activity, " +
    "event sponsorships, social listening (X, Bluesky, Reddit, Hacker News, DEV, podcasts, YouTube, LinkedIn, TikTok: " +
    "mentions, sentiment, share of voice, reach), narrative answers, subprojects, and questions that failed in the " +
    "semantic layer. Use query_lfx_semantic_layer for contributors, activity, memberships, events, education, " +
    "maintainer counts, project health and every question by country or region. An answer takes 15 to 30 seconds and " +
    'has at most 200 rows: for more ask for "page 2", or name LIMIT and OFFSET in the question. project_slug: slug of ' +
    "the project or foundation, such as pytorch, from search_projects. input: the question, 1-4000 characters.",
  timeoutMs: LENS_TIMEOUT_MS,
  input: z.strictObject({
    project_slug: text("Slug of the project or foundation, such as pytorch.", 100),
    input: text("A self-contained question in plain language; each call starts a new conversation.", 4000),
  }),
  run: async ({ project_slug: slug, input }, { api }) => {
    const user = api.subject || ANONYMOUS;
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
        session_id: newSessionId(user),
        stream: "false",
        background: "false",
      },
      operation: OPERATION,
    });
    return readContent(response.json());
  },
});

/** A session of its own for each question: the user, the time in seconds, and a random suffix. */
function newSessionId(user: string): string {
  return `${user}-${new Date().toISOString().slice(0, 19)}Z-${randomBytes(4).toString("hex")}`;
}

/** The content of a run. @throws ToolError if the run failed or has no content */
function readContent(run: unknown): string {
  const { content, status } = isObject(run) ? run : {};
  const answer = typeof content === "string" ? content : JSON.stringify(content ?? "");
  if (status === "ERROR") throw failedRun(content ? answer : "");
  if (!content) throw unusableResponse(OPERATION, "the response has no content");
  return answer;
}

function failedRun(content: string): ToolError {
  return new ToolError(
    "upstream_error",
    `Failed to ${OPERATION}: Workflow error${content && `, "${sanitizeText(content)}"`}`,
    {
      hint: "Ask a narrower or simpler question. It is safe to try again.",
      status: 200,
      retryable: true,
    },
  );
}

export const LENS_TOOLS = [queryLens];
