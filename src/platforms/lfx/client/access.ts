import { ToolError } from "../../../mcp/errors.ts";
import { createLruCache } from "../../../shared/cache.ts";
import { isObject } from "../../../shared/json.ts";
import type { RestClient } from "../api.ts";
import { ACCESS_ADVICE, unusableResponse } from "../errors.ts";
import { search } from "./query.ts";

const OPERATION = "check access";

/**
 * What was found, of a line `<object>#<relation>@<user>`, a tab, and that. A machine's name holds an `@` of its own, so
 * the line is held against the question instead of being cut at one.
 */
function answerIn(line: unknown, request: string): string {
  const [left = "", ...found] = typeof line === "string" ? line.split("\t") : [];
  if (found.length === 0 || !left.includes("@"))
    throw unusableResponse(OPERATION, "a result has not the form that was agreed");
  if (!left.startsWith(`${request}@`))
    throw unusableResponse(OPERATION, "another question was answered than was asked");
  return found.join("\t");
}

/** Whatever is not plainly a yes to just this question is none. */
function isAllowed(body: unknown, request: string): boolean {
  const results = isObject(body) ? body.results : undefined;
  if (!Array.isArray(results)) throw unusableResponse(OPERATION, "the answer holds no results");
  if (results.length !== 1)
    throw unusableResponse(OPERATION, `one question was asked, and ${results.length} answered`);
  return answerIn(results[0], request) === "true";
}

/**
 * Asks LFX whether the caller may write to a project.
 * @param lfx called in the caller's name
 * @throws ToolError `insufficient_scope` where he may not
 */
export async function assertWriter(projectUid: string, lfx: RestClient): Promise<void> {
  const request = `project:${projectUid}#writer`;
  const answer = await lfx.send({
    method: "POST",
    path: "/access-check",
    query: { v: 1 },
    json: { requests: [request] },
    safe: true,
    operation: OPERATION,
  });
  if (isAllowed(answer.json(), request)) return;
  throw new ToolError("insufficient_scope", `Access denied: no writer relation to project ${projectUid}`, {
    hint: ACCESS_ADVICE,
  });
}

const KEPT_MS = 60 * 60 * 1000;
const MAX_SLUGS = 10_000;
const PREFIX = "project:";

async function find(slug: string, lfx: RestClient): Promise<string> {
  const operation = `resolve project slug "${slug}"`;
  const found = await search({ lfx }, { type: "project", filters: [`slug:${slug}`], pageSize: 1, operation });
  const [project] = found.resources;
  if (!project)
    throw new ToolError("not_found", `Failed to ${operation}: there is no such project`, {
      hint: ACCESS_ADVICE,
    });
  // Whether the caller may write is asked of just this project, so it must be the right one.
  if (project.data?.slug !== slug) throw unusableResponse(operation, "another project was found");
  if (!project.id) throw unusableResponse(operation, "the project has no id");
  return project.id.startsWith(PREFIX) ? project.id.slice(PREFIX.length) : project.id;
}

/** The UUID of a project. @throws ToolError `not_found` where the one who asks sees none by that slug */
export type ProjectIds = (slug: string, lfx: RestClient) => Promise<string>;

/**
 * Finds projects by their slugs. What is found is kept for an hour and for all callers: a UUID is no secret, and what a
 * caller may do there is asked each time. The search itself is never shared, as each caller sees other projects.
 * @param now milliseconds since 1970
 */
export function createProjectIds(now: () => number = Date.now): ProjectIds {
  const known = createLruCache<string>(now, MAX_SLUGS);
  return async (slug, lfx) => {
    const kept = known.get(slug);
    if (kept !== undefined) return kept;
    const uuid = await find(slug, lfx);
    known.set(slug, { value: uuid, until: now() + KEPT_MS });
    return uuid;
  };
}
