import { expect, inject, test } from "vitest";
import { callTool } from "../../../../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../../../../src/mcp/types.ts";
import type { LfxApi, Query } from "../../../../../../src/platforms/lfx/api.ts";
import { lfxServerInfo } from "../../../../../../src/platforms/lfx/catalog.ts";
import { TOOL_NAMES, type ToolName } from "../../../../../../src/platforms/lfx/policy.ts";
import { type JsonObject, toWellFormedJson } from "../../../../../../src/shared/json.ts";
import { createLogger } from "../../../../../../src/shared/logger.ts";
import { createRandom, logUniform, randomPage } from "../../../../../support/lfx/random-pages.ts";
import { contentOf, findOmissions, warningsFor } from "../../../../../support/omissions.ts";

const MAX_CHARS = 45_000;

/** The platform's answer to a query. */
type Answer = (query: Query) => unknown;

/** The LFX server, on a platform that answers every query. */
function createCaller() {
  let answer: Answer = () => undefined;
  const lfx: LfxApi["lfx"] = {
    send: async ({ query = {} }) => ({ text: "", etag: undefined, json: () => answer(query) }),
  };
  const api = { lfx, subject: "", viewer: { fullView: true } } as LfxApi;
  const server = {
    ...lfxServerInfo({ tools: TOOL_NAMES, backends: new Set(["lfx"]), committeesAsGroups: false }),
    timeoutMs: 60_000,
    redact: (text: string) => text,
    log: createLogger("silent", () => {}),
    connect: () => api,
  };
  return (tool: ToolName, args: JsonObject, next: Answer): Promise<ToolResult> => {
    answer = next;
    return callTool(server, tool, args, { caller: LOCAL_CALLER, signal: new AbortController().signal });
  };
}

const SEARCHES = TOOL_NAMES.filter((name) => name.startsWith("search_"));

/** The tools that read a row of the searches. Organizations have none. */
const RECORD_TOOLS: Readonly<Record<string, string>> = {
  search_projects: "get_project",
  search_committees: "get_committee",
  search_committee_members: "get_committee_member",
  search_mailing_lists: "get_mailing_list",
  search_mailing_list_members: "get_mailing_list_member",
  search_members: "get_member_membership",
  search_meetings: "get_meeting",
  search_meeting_registrants: "get_meeting_registrant",
  search_past_meetings: "get_past_meeting",
  search_past_meeting_participants: "get_past_meeting_participant",
  search_past_meeting_summaries: "get_past_meeting_summary",
};
const LARGE: ReadonlySet<string | undefined> = new Set([
  "get_meeting",
  "get_past_meeting",
  "get_past_meeting_summary",
]);

/** What must follow an omission in a row of a search. */
function adviceFor(tool: ToolName, path: string, rowSizes: readonly number[]): string | undefined {
  const size = rowSizes[Number(/^resources\[(\d+)\]/.exec(path)?.[1])] ?? Number.POSITIVE_INFINITY;
  const record = RECORD_TOOLS[tool];
  if (record && size <= (LARGE.has(record) ? 500_000 : MAX_CHARS)) return `${record} returns all`;
  return size <= MAX_CHARS / 2 ? "a smaller page_size returns more" : undefined;
}

/** Checks a result against the platform's whole page. @returns what it omits, and the characters of the page */
function check(tool: ToolName, pageSize: number, page: JsonObject, result: ToolResult) {
  const { text, value: whole } = toWellFormedJson(page);
  const { resources, page_token: token } = whole;
  const rows = resources as readonly unknown[];
  const { warnings = [], page_token: shownToken, ...shown } = contentOf(result);
  // A page without a warning has the same text.
  const isWhole = text.length <= MAX_CHARS - 200;
  expect(result.content[0]?.text.length).toBeLessThanOrEqual(MAX_CHARS);

  const omissions = findOmissions({ resources }, shown);
  const hidden =
    token !== undefined && rows.length < pageSize ? [expect.stringContaining("you can see")] : [];
  const stated = (warnings as string[]).slice(hidden.length);
  const expected = warningsFor(omissions);
  if (isWhole) expect(omissions).toEqual([]);
  expect((warnings as string[]).slice(0, hidden.length)).toEqual(hidden);
  expect(stated).toHaveLength(expected.length);

  const rowSizes = omissions.length > 0 ? rows.map((row) => JSON.stringify(row).length) : [];
  const kept = (shown.resources as unknown[]).length;
  expect(shownToken).toBe(kept === rows.length ? token : undefined);
  const places = omissions.filter(({ kind }) => kind !== "text");
  for (const [index, start] of expected.entries()) {
    const path = places[index - 1]?.path ?? "";
    const advice = adviceFor(tool, path, rowSizes);
    const end =
      path === "resources"
        ? `${token === undefined ? "" : ", and so is page_token"}. Repeat this call with page_size ${kept}, then continue with the page_token of that result.`
        : `${advice ? `; ${advice}` : ""}.`;
    expect(stated[index]).toBe(/omitted$/.test(start) ? start + end : start);
  }
  for (const omission of omissions) {
    if (omission.kind === "text") expect(omission.advice).toBe(adviceFor(tool, omission.path, rowSizes));
  }
  return { omissions, chars: text.length };
}

/** Each takes five milliseconds, because some are long. */
const COUNT = Math.min(2000, inject("propertyRuns") * 5);
const MB = 1_000_000;

/** Most answers are small, as in life; some have several megabytes. */
function sizeOf(index: number, random: () => number): number {
  if (index % 400 === 0) return 3 * MB;
  return logUniform(random, 500, index % 20 === 0 ? MB : 100_000);
}

test(`${COUNT} random answers of up to 5 MB fit, and state every omission; nothing else changes`, {
  timeout: 120_000,
}, async () => {
  const random = createRandom(17);
  const call = createCaller();
  const seen = { shortened: 0, text: 0, items: 0, fields: 0, rows: 0, largest: 0 };
  for (let index = 0; index < COUNT; index++) {
    const tool = SEARCHES[index % SEARCHES.length] as ToolName;
    const size = sizeOf(index, random);
    let page = randomPage(random, size);
    while (size > MB && JSON.stringify(page).length > 5 * MB) page = randomPage(random, size);
    const { length } = page.resources as unknown[];
    const pageSize = random() < 0.8 ? length : 100;
    // Random records can look like the same person.
    const whole = tool === "search_past_meeting_participants" && { dedupe: false };
    const result = await call(tool, { page_size: pageSize, ...whole }, () => page);

    const { omissions, chars } = check(tool, pageSize, page, result);
    if (omissions.length > 0) seen.shortened++;
    for (const { kind, path } of omissions) seen[path === "resources" ? "rows" : kind]++;
    seen.largest = Math.max(seen.largest, chars);
  }
  // A generator that makes no long answers would prove nothing.
  expect(seen.shortened).toBeGreaterThan(COUNT / 4);
  expect(Math.min(seen.items, seen.rows)).toBeGreaterThan(COUNT / 20);
  expect(seen.fields).toBeGreaterThan(0);
  expect(seen.text).toBeGreaterThan(COUNT * 2.5);
  expect(seen.largest).toBeGreaterThan(4 * MB);
});

test("the tool that a shortened row names returns the row whole", async () => {
  const call = createCaller();
  const row = (id: number) => ({
    id: `s:${id}`,
    data: { id: `${id}`, content: "It was decided. ".repeat(25_000) },
  });
  const page = { resources: [row(1), row(2)] };
  const found = await call("search_past_meeting_summaries", {}, () => page);
  expect(check("search_past_meeting_summaries", 10, page, found).omissions).toMatchObject([
    { path: "resources[0].data.content", advice: "get_past_meeting_summary returns all" },
    { path: "resources[1].data.content", advice: "get_past_meeting_summary returns all" },
  ]);

  const whole = await call("get_past_meeting_summary", { uid: "1" }, () => ({ resources: [row(1)] }));
  expect(contentOf(whole)).toEqual(row(1));
});

test("rows that a page omits are found by what its warnings say", async () => {
  const call = createCaller();
  const all = Array.from({ length: 500 }, (_, index) => ({
    id: `v1_meeting:${index}`,
    data: { id: `${index}`, tags: Array.from({ length: (index % 90) + 10 }, () => "a-long-tag") },
  }));
  /** The query service: its token is the position after the page. */
  const answer: Answer = ({ page_size: size, page_token: token = "0" }) => {
    const end = Number(token) + Number(size);
    const resources = all.slice(Number(token), end);
    return { resources, ...(end <= all.length && { page_token: `${end}` }) };
  };

  const ids: unknown[] = [];
  let args: JsonObject | undefined = { page_size: 100 };
  for (let calls = 0; args && calls < 100; calls++) {
    const { resources, page_token, warnings = [] } = contentOf(await call("search_meetings", args, answer));
    const [size] = /(?<=Repeat this call with page_size )\d+/.exec(`${warnings}`) ?? [];
    if (size) {
      args = { ...args, page_size: Number(size) };
      continue;
    }
    ids.push(...(resources as { id: string }[]).map(({ id }) => id));
    args = page_token === undefined ? undefined : { page_size: 100, page_token };
  }
  expect(ids).toEqual(all.map(({ id }) => id));
});
