import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../../../src/http-client/types.ts";
import { type ErrorCode, ToolError } from "../../../../src/mcp/errors.ts";
import type { Viewer } from "../../../../src/platforms/lfx/api.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lfx/catalog.ts";
import { type Backend, POLICY, type PolicyRow, TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import type { JsonObject } from "../../../../src/shared/json.ts";
import { createRequestCheckOfAll, type Verdict } from "../../../fakes/lfx/interfaces/check.ts";
import { ARGUMENTS, MORE_ARGUMENTS } from "../../../support/lfx/arguments.ts";
import { callDirectly, type DirectReply, toSentRequest } from "../../../support/lfx/direct.ts";

const SERVICES: ReadonlySet<Backend> = new Set(["lfx", "lens", "onboarding"]);
const TOOLS = TOOL_NAMES.filter((name) => {
  const { backend, isLocal }: PolicyRow = POLICY[name];
  return SERVICES.has(backend) && !isLocal;
});

const checkRequest = createRequestCheckOfAll();

const PROJECT_UID = (ARGUMENTS.get_project as JsonObject).uid;

/** What every record has, and each service shows in its own way. */
const RECORD = {
  project_uid: PROJECT_UID,
  name: "A",
  category: "Board",
  email: "a@company.test",
  username: "ada",
  business_email_required: false,
  member_visibility: "basic_profile",
};

/** The document that a query asks for. */
function documentOf(query: URLSearchParams): JsonObject {
  const ids = [...query.getAll("filters"), ...query.getAll("tags_all")];
  const [uid] = ids.map((id) => id.split(":").at(-1));
  const meeting = { meeting_id: "9", meeting_and_occurrence_id: "9-1", start_time: "2026-01-31T09:00:00Z" };
  return { ...RECORD, ...meeting, ...(uid && { uid }) };
}

/** A plain answer to any request of a tool. */
function accept({ method, url, body }: HttpRequest): DirectReply {
  const { pathname: path, searchParams: query } = url;
  const sent: JsonObject = body?.startsWith("{") ? JSON.parse(body) : {};
  const type = query.get("type");
  if (path.endsWith("/access-check"))
    return { body: { results: (sent.requests as string[]).map((one) => `${one}@user:ada\ttrue`) } };
  if (path.endsWith("/query/resources/count"))
    return { body: { count: 1, has_more: false, groups: [{ key: "a", count: 1 }], groups_complete: true } };
  if (path.endsWith("/query/resources"))
    return { body: { resources: [{ type, id: `${type}:1`, data: documentOf(query) }] } };
  if (path.endsWith("/seats")) return { body: { seats: [] } };
  if (path.endsWith("/runs")) return { body: { content: "42", status: "COMPLETED", session_id: "s" } };
  if (method === "DELETE") return { status: 204 };
  return { body: { ...RECORD, ...sent }, etag: "7" };
}

/** As for a caller without any relation. */
function deny(request: HttpRequest): DirectReply {
  const { body, ...reply } = accept(request);
  if (!request.url.pathname.endsWith("/access-check")) return { ...reply, body };
  const { results } = body as { readonly results: readonly string[] };
  return { body: { results: results.map((line) => line.replace(/true$/, "false")) } };
}

/** As for a caller to whom nothing of the index is visible. */
function hide(request: HttpRequest): DirectReply {
  const { pathname: path } = request.url;
  if (path.endsWith("/query/resources")) return { body: { resources: [] } };
  if (path.endsWith("/query/resources/count")) return { body: { count: 0, has_more: false, groups: [] } };
  return accept(request);
}

type Outcome = {
  readonly requests: readonly (Verdict & { readonly path: string })[];
  readonly result?: unknown;
  readonly error?: unknown;
};

type Call = {
  readonly args: JsonObject;
  readonly viewer?: Viewer;
  /** Default: `accept`. */
  readonly answer?: (request: HttpRequest) => DirectReply;
  /** Replaces the answer to one request. */
  readonly refusal?: { readonly at: number; readonly status: number; readonly body?: unknown };
};

/** Calls a tool, whose every request must be valid. */
async function callTool(tool: string, call: Call): Promise<Outcome> {
  const { args, viewer, answer = accept, refusal } = call;
  const requests: Outcome["requests"][number][] = [];
  const reply = (request: HttpRequest): DirectReply => {
    const verdict = checkRequest(toSentRequest(request));
    expect(verdict.errors, `${request.method} ${request.url.href}`).toEqual([]);
    requests.push({ ...verdict, path: request.url.pathname });
    return refusal && requests.length - 1 === refusal.at ? refusal : answer(request);
  };
  try {
    const result = await callDirectly(tool, args, { reply, ...(viewer && { viewer }) });
    return { requests, result };
  } catch (error) {
    // Anything else is an invalid request, or a defect.
    if (!(error instanceof ToolError)) throw error;
    return { requests, error };
  }
}

/** Without full view, a tool finds out first what to show. */
const ADA: Viewer = { fullView: false, username: "ada", email: RECORD.email };
const VIEWERS: readonly Pick<Call, "viewer" | "answer">[] = [
  {},
  { viewer: ADA },
  { viewer: ADA, answer: deny },
];

/** Arguments that a tool accepts, in which each of its parameters occurs. */
function argumentsOf(tool: string): readonly JsonObject[] {
  return [{ ...ARGUMENTS[tool] }, ...(MORE_ARGUMENTS[tool] ?? []).map((args) => ({ ...args }))];
}

/** The names of a tool's parameters, as its schema has them. */
function parametersOf(tool: string) {
  const schema = TOOL_DEFINITIONS.find(({ wire }) => wire.name === tool)?.wire.inputSchema;
  return {
    names: Object.keys(schema?.properties ?? {}),
    required: (schema?.required ?? []) as readonly string[],
  };
}

function pick(args: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([name]) => names.includes(name)));
}

type Mapping = { readonly code: ErrorCode; readonly hint?: RegExp };

const conflict: Mapping = { code: "invalid_input", hint: /^The request conflicts/ };
const rejected: Mapping = { code: "invalid_input", hint: /^Correct the arguments/ };
/** LFX does not tell a record that the caller may not see from one that does not exist. */
const HIDDEN =
  /^The resource may not exist, or you may not have access to it\..*https:\/\/support\.lfx\.dev\.$|^Your account has no grant for this company .*, or the id is unknown\./;
const OWN_TOKEN: Mapping = {
  code: "upstream_error",
  hint: /the token of this server\..*its operator must check/,
};
const failed: Mapping = { code: "upstream_error" };

const LFX_ERRORS: Readonly<Record<number, Mapping>> = {
  400: rejected,
  401: OWN_TOKEN,
  403: { code: "insufficient_scope", hint: HIDDEN },
  404: { code: "not_found", hint: HIDDEN },
  409: conflict,
  412: conflict,
};
/** Of services that know no caller. */
const SERVICE_ERRORS: typeof LFX_ERRORS = {
  401: OWN_TOKEN,
  403: OWN_TOKEN,
  404: { code: "not_found", hint: /^The service has no such resource\./ },
  422: rejected,
};

/** Those of the gateway, which no document declares. */
const GATEWAY = [401, 403, 404, 429, 502];

describe.each(TOOLS)("%s", (tool) => {
  const sets = argumentsOf(tool);
  const { names, required } = parametersOf(tool);

  test("has every parameter in the arguments of this test", () => {
    const known = new Set(sets.flatMap((args) => Object.keys(args)));

    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });

  test("sends what the interface documents allow, with all arguments and with any one besides the required", async () => {
    for (const args of sets) {
      const { requests, error } = await callTool(tool, { args });
      expect(error).toBeUndefined();
      expect(requests.length).toBeGreaterThan(0);
    }
    for (const args of sets) {
      for (const name of ["", ...Object.keys(args)]) {
        const some = pick(args, [...required, name]);
        for (const who of VIEWERS) await callTool(tool, { args: some, ...who });
      }
    }
  });

  test("reports every refusal that they declare, and those of the gateway", async () => {
    for (const args of sets) {
      const { requests } = await callTool(tool, { args });
      for (const [at, { refusals, refusalBody, path }] of requests.entries()) {
        expect(refusals.length).toBeGreaterThan(0);
        const answers = [
          ...refusals.map((status) => ({ status, body: refusalBody(status, "the reason") })),
          ...GATEWAY.map((status) => ({ status, body: undefined })),
        ];
        for (const { status, body } of answers) {
          const outcome = await callTool(tool, { args, refusal: { at, status, body } });
          const mapping = (path.startsWith("/lfx/") ? LFX_ERRORS : SERVICE_ERRORS)[status] ?? failed;
          expectRefusal(outcome, { status, ...mapping, ...(body && { reason: "the reason" }) });
        }
      }
    }
  });
});

test("no tool takes what is not visible for what does not exist", async () => {
  // A caller who may read the seats of an organization sees all of them.
  const words =
    /visible to (?:you|this caller)|you can see|no proof|you may lack access|"visibility":"organization"/;
  for (const tool of TOOLS) {
    for (const args of argumentsOf(tool)) {
      const { page_token: _, ...first } = args;
      const { requests, error, result } = await callTool(tool, { args: first, answer: hide });
      if (!requests.some(({ path }) => path.startsWith("/lfx/query/"))) continue;
      expect(error ? String(error) : JSON.stringify(result), tool).toMatch(words);
    }
  }
});

test("a caller without full view gets nothing of people if LFX refuses an access check", async () => {
  const checking = new Set<string>();
  for (const tool of TOOLS) {
    for (const args of argumentsOf(tool)) {
      const { requests } = await callTool(tool, { args, viewer: ADA });
      for (const [at, { refusals, refusalBody, path }] of requests.entries()) {
        if (path !== "/lfx/access-check") continue;
        checking.add(tool);
        for (const status of [...refusals, ...GATEWAY]) {
          const refusal = { at, status, body: refusalBody(status, "the reason") };
          const { error } = await callTool(tool, { args, viewer: ADA, refusal });
          const message = "Could not confirm what LFX Self Serve shows you";
          expect(error).toMatchObject({ code: "upstream_error", message });
        }
      }
    }
  }
  expect([...checking].sort()).toEqual([
    "get_committee_member",
    "get_meeting_registrant",
    "get_past_meeting_participant",
    "search_committee_members",
    "search_meeting_registrants",
    "search_past_meeting_participants",
  ]);
});

type Refusal = Mapping & { readonly status: number; readonly reason?: string };

/** A part of a result that may be missing has a warning, or a note, instead of an error. */
function expectRefusal({ error, result }: Outcome, { status, code, hint, reason = "" }: Refusal): void {
  const expected = `HTTP ${status}${reason && `, "${reason}"`}`;
  if (error instanceof ToolError) {
    expect(error).toMatchObject({ code, status });
    expect(error.message).toMatch(new RegExp(`^Failed to [\\w '"]+: ${expected}$`));
    if (hint) expect(error.hint).toMatch(hint);
    return;
  }
  const { warnings = [], note = "" } = result as { warnings?: readonly string[]; note?: string };
  expect([...warnings, note].join(" ")).toContain(expected);
}
