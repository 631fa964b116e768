import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import { runSearch, type SearchSpec } from "../../../src/platforms/lfx/tools/shared/search.ts";
import { withDeadline } from "../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { pageOf, type Replies, startFakeLfx } from "./tool-calls.ts";

/** Where all searches go. */
export const QUERY = "GET /lfx/query/resources";

/** A search of a kind that no tool has, with some of everything. */
export const ROW: SearchSpec = {
  name: "search_projects",
  type: "boat",
  operation: "search boats",
  description: "Find boats.",
  fields: "uid name",
  nameFilter: { parameter: "search_name", description: "Words." },
  filters: {
    owner_uid: { by: "tag", key: "owner", description: "Its owner." },
    river_uid: { by: "parent", key: "river", description: "Its river." },
    flag: { by: "field", key: "flag_code", description: "Its flag." },
    harbour_uid: { by: "parent", key: "harbour", description: "Its harbour." },
    crew_uid: { by: "tag", key: "crew", description: "Its crew." },
    sea_uid: { by: "parent", key: "sea", description: "Its sea." },
  },
  sort: "none",
};

/** Runs a search of the row against the platform, and tells what the platform was asked. */
export async function searched(
  row: SearchSpec,
  given: JsonObject,
  reply: Replies[string] = pageOf("boat", []),
) {
  const { server, seen } = await startFakeLfx({ [QUERY]: reply });
  const { signal } = new AbortController();
  const answer = await withDeadline(5000, signal, async (deadline) =>
    runSearch(row, given, await server.connect({ caller: LOCAL_CALLER, signal }, deadline)),
  );
  return { answer, seen, query: [...new URLSearchParams(seen[0]?.query)] };
}
