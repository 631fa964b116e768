import type { LfxApi } from "../../api.ts";
import { searchAll } from "../../client/query.ts";

/** Projects of one request: more would make its URL too long. */
const CHUNK = 40;

/** The parent of all foundations, which is none of them. */
const ROOT_SLUG = "ROOT";

/** The uids of a foundation and of the projects directly below it that the caller can see; the foundation is first. */
export async function readFamily(
  api: Pick<LfxApi, "lfx">,
  foundation: string,
): Promise<readonly [string, ...string[]]> {
  const operation = "resolve the foundation's projects";
  const query = { type: "project", parent: `project:${foundation}`, sort: "name_asc", operation };
  const children = await searchAll(api, query, ({ id = "", data = {} }) =>
    data.slug === ROOT_SLUG ? "" : String(data.uid ?? id.replace(/^project:/, "")),
  );
  const others = new Set(children.filter((uid) => uid && uid !== foundation));
  return [foundation, ...others];
}

/** The projects in groups that fit into one request each. */
export function inChunks(projects: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(projects.length / CHUNK);
  return Array.from({ length: count }, (_, index) => projects.slice(index * CHUNK, (index + 1) * CHUNK));
}

/** Whether two categories are the same. */
export function isCategory(value: unknown, category: string): boolean {
  return (
    String(value ?? "")
      .trim()
      .toLowerCase() === category.trim().toLowerCase()
  );
}

/** The category of the committees that govern a project. */
export const BOARD = "Board";

/** Orders rows by these fields, in this order. */
export function compareBy<Row>(...keys: readonly ((row: Row) => unknown)[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const key of keys) {
      const [left, right] = [a, b].map((row) => String(key(row) ?? ""));
      if (left !== right) return (left ?? "") < (right ?? "") ? -1 : 1;
    }
    return 0;
  };
}
