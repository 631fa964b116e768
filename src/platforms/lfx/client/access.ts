import { ToolError } from "../../../mcp/errors.ts";
import { createLruCache } from "../../../shared/cache.ts";
import { isObject } from "../../../shared/json.ts";
import type { RestClient } from "../api.ts";
import { ACCESS_ADVICE, unusableResponse } from "../errors.ts";
import { search } from "./query.ts";

const CHECK = "check access";

/**
 * Requires that the caller may write to a project.
 * @param lfx the LFX API, called on behalf of the caller
 * @throws ToolError `insufficient_scope`
 */
export async function assertWriter(projectUid: string, lfx: RestClient): Promise<void> {
  const relation = `project:${projectUid}#writer`;
  const response = await lfx.send({
    method: "POST",
    path: "/access-check",
    query: { v: 1 },
    json: { requests: [relation] },
    safe: true,
    operation: CHECK,
  });
  if (parseResult(response.json(), relation) === "true") return;
  throw new ToolError("insufficient_scope", `Access denied: no writer relation to project ${projectUid}`, {
    hint: ACCESS_ADVICE,
  });
}

/**
 * Reads the one result of an access check, `<object>#<relation>@<user>\t<result>`. A machine's user name contains `@`,
 * so the line is compared with the requested relation and not split at `@`.
 * @throws ToolError `upstream_error` unless the response answers exactly this check
 */
function parseResult(body: unknown, relation: string): string {
  const results = isObject(body) ? body.results : undefined;
  if (!Array.isArray(results)) throw unusableResponse(CHECK, "the response has no results");
  if (results.length !== 1)
    throw unusableResponse(CHECK, `expected one result, but received ${results.length}`);
  const [line] = results;
  const [checked = "", ...result] = typeof line === "string" ? line.split("\t") : [];
  if (result.length === 0 || !checked.includes("@"))
    throw unusableResponse(CHECK, "the result has an unknown format");
  if (!checked.startsWith(`${relation}@`)) throw unusableResponse(CHECK, "the result is for another check");
  return result.join("\t");
}

const CACHE_MS = 60 * 60 * 1000;
const MAX_SLUGS = 10_000;
const ID_PREFIX = "project:";

/** Resolves a project's slug to its UUID. @throws ToolError `not_found` if the caller sees no such project */
export type ProjectIds = (slug: string, lfx: RestClient) => Promise<string>;

/**
 * Caches UUIDs for an hour across all callers: a UUID is not secret, and access is checked on every call. Searches are
 * not shared, because each caller sees different projects.
 * @param now milliseconds since 1970
 */
export function createProjectIds(now: () => number = Date.now): ProjectIds {
  const cache = createLruCache<string>(now, MAX_SLUGS);
  return async (slug, lfx) => {
    const cached = cache.get(slug);
    if (cached !== undefined) return cached;
    const uuid = await findProject(slug, lfx);
    cache.set(slug, { value: uuid, until: now() + CACHE_MS });
    return uuid;
  };
}

async function findProject(slug: string, lfx: RestClient): Promise<string> {
  const operation = `resolve project slug "${slug}"`;
  const page = await search({ lfx }, { type: "project", filters: [`slug:${slug}`], pageSize: 1, operation });
  const [project] = page.resources;
  if (!project)
    throw new ToolError("not_found", `Failed to ${operation}: no such project`, { hint: ACCESS_ADVICE });
  // Access is checked for this project only, so it must be the requested one.
  if (project.data?.slug !== slug) throw unusableResponse(operation, "the response is another project");
  if (!project.id) throw unusableResponse(operation, "the project has no id");
  return project.id.startsWith(ID_PREFIX) ? project.id.slice(ID_PREFIX.length) : project.id;
}
