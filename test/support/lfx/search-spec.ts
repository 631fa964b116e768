import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import { runSearch, type SearchSpec } from "../../../src/platforms/lfx/tools/shared/search.ts";
import { withDeadline } from "../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { pageOf, type Replies, startFakeLfx } from "./tool-calls.ts";

/** The endpoint of all searches. */
export const QUERY = "GET /lfx/query/resources";

/** A search with every kind of filter. */
export const SPEC: SearchSpec = {
  name: "search_projects",
  type: "boat",
  operation: "search boats",
  description: "Find boats.",
  fields: "uid name",
  nameFilter: { parameter: "search_name", description: "Word prefixes." },
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

/** Runs a search against the fake platform. @returns its result and the query parameters it sent */
export async function runSpec(
  row: SearchSpec,
  given: JsonObject,
  reply: Replies[string] = pageOf("boat", []),
) {
  const { server, requests } = await startFakeLfx({ [QUERY]: reply }, {}, { checkRequests: false });
  const { signal } = new AbortController();
  const answer = await withDeadline(5000, signal, async (deadline) =>
    runSearch(row, given, await server.connect({ caller: LOCAL_CALLER, signal }, deadline)),
  );
  return { answer, requests, query: [...new URLSearchParams(requests[0]?.query)] };
}
