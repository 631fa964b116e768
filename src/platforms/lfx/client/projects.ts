import { ToolError } from "../../../mcp/errors.ts";
import { createLruCache } from "../../../shared/cache.ts";
import type { Rest } from "../api.ts";
import { ACCESS_ADVICE, unusable } from "../errors.ts";
import { search } from "./query.ts";

const KEPT_MS = 60 * 60 * 1000;
const MAX_SLUGS = 10_000;
const PREFIX = "project:";

const find = async (slug: string, lfx: Rest): Promise<string> => {
  const doing = `resolve project slug "${slug}"`;
  const found = await search({ lfx }, { type: "project", filters: [`slug:${slug}`], pageSize: 1, doing });
  const [project] = found.resources;
  if (!project)
    throw new ToolError("not_found", `Failed to ${doing}: there is no such project`, { hint: ACCESS_ADVICE });
  // Whether the caller may write is asked of just this project, so it must be the right one.
  if (project.data?.slug !== slug) throw unusable(doing, "another project was found");
  if (!project.id) throw unusable(doing, "the project has no id");
  return project.id.startsWith(PREFIX) ? project.id.slice(PREFIX.length) : project.id;
};

/** The UUID of a project. @throws ToolError `not_found` where the one who asks sees none by that slug */
export type ProjectIds = (slug: string, lfx: Rest) => Promise<string>;

/**
 * Finds projects by their slugs. What is found is kept for an hour and for all callers: a UUID is no secret, and what a
 * caller may do there is asked each time. The search itself is never shared, as each caller sees other projects.
 * @param now milliseconds since 1970
 */
export const createProjectIds = (now: () => number = Date.now): ProjectIds => {
  const known = createLruCache<string>(now, MAX_SLUGS);
  return async (slug, lfx) => {
    const kept = known.get(slug);
    if (kept !== undefined) return kept;
    const uuid = await find(slug, lfx);
    known.set(slug, { value: uuid, until: now() + KEPT_MS });
    return uuid;
  };
};
