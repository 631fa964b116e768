import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { AnyTool } from "../../../mcp/tool.ts";
import { isObject, sanitizeText } from "../../../shared/json.ts";
import type { LfxApi } from "../api.ts";
import { unusableResponse } from "../errors.ts";
import { lfxTool } from "./shared/define.ts";
import { text } from "./shared/fields.ts";

/** Lens writes SQL and runs it on a warehouse before it answers. */
export const LENS_TIMEOUT_MS = 120_000;

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
  if (!content) throw unusableResponse(DOING, "the answer has no content");
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
      operation: DOING,
    });
    return contentOf(answer.json());
  },
});

export const LENS_TOOLS: readonly AnyTool<LfxApi>[] = [queryLens];
