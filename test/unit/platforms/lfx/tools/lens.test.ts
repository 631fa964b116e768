import { describe, expect, test } from "vitest";
import { type Caller, LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../../../src/mcp/tool-definition.ts";
import type { LfxIdentity } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { GUIDANCE } from "../../../../../src/platforms/lfx/guidance.ts";
import { GATES, GRANTS } from "../../../../../src/platforms/lfx/policy.ts";
import { LENS_TOOLS } from "../../../../../src/platforms/lfx/tools/lens.ts";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { ARGUMENTS } from "../../../../support/lfx/arguments.ts";
import { type ReceivedRequest, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

describe("lens", () => {
  const RUNS = "POST /lens/workflows/lfx-lens-mcp-workflow/runs";
  const ANSWERED: Reply = {
    body: { content: "42 maintainers", status: "COMPLETED", session_id: "s", run_id: "r" },
  };
  const QUESTION = { project_slugs: ["pytorch"], input: "Who are the maintainers?" };

  const STAFF: Caller<LfxIdentity> = {
    grants: new Set([GRANTS.read, GRANTS.staff, GRANTS.user]),
    identity: { subject: "auth0|ada", issuer: "https://issuer.example" },
    credential: "adas-token",
  };

  /** Parses a form body. */
  const fieldsOf = async ({ headers, body }: ReceivedRequest): Promise<Record<string, unknown>> => {
    const response = new Response(body, { headers: { "content-type": String(headers["content-type"]) } });
    return Object.fromEntries(await response.formData());
  };

  const ask = async (reply: Reply, caller?: Caller<LfxIdentity>) => {
    const fake = await startFakeLfx({ [RUNS]: reply });
    return { ...fake, result: await fake.call("query_lfx_lens", QUESTION, caller) };
  };

  test("a question is one synchronous run, and the result its content", async () => {
    const { result, requests, steps } = await ask(ANSWERED, STAFF);

    expect(result).toEqual({ content: [{ type: "text", text: "42 maintainers" }] });
    expect(steps).toEqual([{ message: "LFX Lens is writing and running a query" }]);
    expect(requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ["POST", "/lens/workflows/lfx-lens-mcp-workflow/runs", ""],
    ]);
    const [run] = requests;
    expect(run?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=\S+$/);
    expect(run && (await fieldsOf(run))).toEqual({
      message: "Who are the maintainers?",
      additional_data: '{"project_slugs":["pytorch"]}',
      user_id: "auth0|ada",
      session_id: expect.stringMatching(/^auth0\|ada-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z-[0-9a-f]{8}$/),
      stream: "false",
      background: "false",
    });
  });

  test("the session id contains the time in seconds", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { requests } = await ask(ANSWERED);
    const [run] = requests;
    const { session_id: session } = run ? await fieldsOf(run) : {};
    const asked = Date.parse(String(session).slice("_anonymous-".length, -"-01234567".length));
    expect(asked).toBeGreaterThanOrEqual(before);
    expect(asked).toBeLessThanOrEqual(Date.now());
  });

  test("concurrent questions of one user have sessions of their own", async () => {
    const { call, requests } = await startFakeLfx({ [RUNS]: ANSWERED });
    await Promise.all(Array.from({ length: 20 }, () => call("query_lfx_lens", QUESTION, STAFF)));
    const sessions = (await Promise.all(requests.map(fieldsOf))).map(({ session_id: session }) => session);
    expect(new Set(sessions).size).toBe(20);
  });

  test.each<[failure: Reply]>([
    [{ status: 502 }],
    [{ status: 504, body: { detail: "too slow" } }],
    [{ status: 503, headers: { "retry-after": "0" } }],
  ])("a run that fails with %j is not retried, but may be", async (failure) => {
    const runs = [failure, failure, ANSWERED];
    const { call, requests } = await startFakeLfx({ [RUNS]: () => runs.shift() ?? ANSWERED });

    const { isError, content, _meta } = await call("query_lfx_lens", QUESTION, STAFF);

    expect(requests).toHaveLength(1);
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^upstream_error: .*HTTP ${failure.status}.*\\. It is safe to try again`),
    );
    expect(_meta).toMatchObject({ "ai.lightfast/error": { retryable: true } });
  });

  test.each([
    ["without an identity", LOCAL_CALLER],
    ["whose token has no subject", { grants: "all", identity: { subject: "" } } as const],
  ])("a caller %s is anonymous to Lens", async (_, caller) => {
    const { requests } = await ask(ANSWERED, caller);
    const [run] = requests;
    expect(run && (await fieldsOf(run))).toMatchObject({
      user_id: "_anonymous",
      session_id: expect.stringMatching(/^_anonymous-/),
    });
  });

  test("Lens receives this server's own token and nothing of the caller's", async () => {
    const { requests, tokenRequests } = await ask(ANSWERED, STAFF);
    expect(tokenRequests.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: "client_credentials", audience: "lens", client_id: "lfx-mcp", client_secret: "a-secret" },
    ]);
    expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lens");
    expect(JSON.stringify(requests)).not.toContain("adas-token");
  });

  test("a question that looks like a form part stays one field", async () => {
    const input = '--x\r\ncontent-disposition: form-data; name="user_id"\r\n\r\nroot\r\n--x--\r\n"\\ é🙂 \\n';
    const { call, requests } = await startFakeLfx({ [RUNS]: ANSWERED });
    await call("query_lfx_lens", { input }, STAFF);
    const [run] = requests;
    expect(run && (await fieldsOf(run))).toMatchObject({ message: input.trim(), user_id: "auth0|ada" });
  });

  test.each<[given: unknown, sent: readonly string[]]>([
    [undefined, []],
    [null, []],
    [[], []],
    [["", "  "], []],
    [
      [" cncf ", "", "pytorch", "cncf"],
      ["cncf", "pytorch"],
    ],
    [
      ["CNCF", "cncf"],
      ["CNCF", "cncf"],
    ],
    [['t"lf'], ['t"lf']],
    [
      Array.from({ length: 25 }, (_, index) => `p${index}`),
      Array.from({ length: 25 }, (_, index) => `p${index}`),
    ],
    [["é".repeat(64)], ["é".repeat(64)]],
  ])("project_slugs %j are always sent, as %j", async (project_slugs, sent) => {
    const { call, requests } = await startFakeLfx({ [RUNS]: ANSWERED });
    await call(
      "query_lfx_lens",
      { input: " Why? ", ...(project_slugs !== undefined && { project_slugs }) },
      STAFF,
    );
    const [run] = requests;
    const { message, additional_data: data } = run ? await fieldsOf(run) : {};
    expect(message).toBe("Why?");
    expect(JSON.parse(String(data))).toEqual({ project_slugs: sent });
  });

  test.each([
    [Array(26).fill("a"), "must have at most 25 slugs"],
    // Counted before anything else.
    [Array(26).fill(""), "must have at most 25 slugs"],
    [["a", "é".repeat(65)], "must have slugs of at most 128 bytes, without control characters"],
    [["secret\u0000slug"], "without control characters"],
    [["\tsecret"], "without control characters"],
  ])("project_slugs %j are rejected by a rule that does not repeat them", async (project_slugs, rule) => {
    const { call, requests, tokenRequests } = await startFakeLfx({ [RUNS]: ANSWERED });
    const { isError, content } = await call("query_lfx_lens", { input: "Why?", project_slugs }, STAFF);
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^invalid_input: .*"project_slugs": /);
    expect(content[0]?.text).toContain(rule);
    expect(content[0]?.text).not.toMatch(/secret|é/);
    expect([requests, tokenRequests]).toEqual([[], []]);
  });

  test.each([
    ["Unknown project slug: pytorhc. Did you mean pytorch?", "invalid_input", "search_projects", false],
    ["  Invalid project_slugs: null", "invalid_input", "search_projects", false],
    ["Project scope could not be resolved right now.", "upstream_error", "safe to try again", true],
  ])("a completed run that says %j is an error", async (content, code, hint, retryable) => {
    const { result } = await ask({ body: { content, status: "COMPLETED" } });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(new RegExp(`^${code}: Failed to query LFX Lens: .*${hint}`));
    expect(result.content[0]?.text).toContain(content.trim());
    expect(result._meta).toMatchObject({ "ai.lightfast/error": { retryable } });
  });

  test("an answer that only mentions a rejection is an answer", async () => {
    const content = "**scope**: all of the LF. Unknown project slug appears in 3 rows.";
    const { result } = await ask({ body: { content, status: "COMPLETED" } });
    expect(result).toEqual({ content: [{ type: "text", text: content }] });
  });

  test("content that is not a string is returned as JSON", async () => {
    const { result } = await ask({ body: { content: { rows: [1, 2] }, status: "COMPLETED" } });
    expect(result.content[0]?.text).toBe('{"rows":[1,2]}');
  });

  test("an unknown status does not prevent a result", async () => {
    const { result } = await ask({ body: { content: "so far", status: "PAUSED" } });
    expect(result.content[0]?.text).toBe("so far");
  });

  test("a failed run is a retryable error with Lens's message", async () => {
    const { result } = await ask({ body: { content: 'no table "x"\nat all', status: "ERROR" } });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(
      /^upstream_error: Failed to query LFX Lens: Workflow error, "no table 'x' at all"\. .*safe to try again\.$/,
    );
    expect(result._meta).toMatchObject({ "ai.lightfast/error": { retryable: true, status: 200 } });
  });

  test("a failed run without a message is an error too", async () => {
    const { result } = await ask({ body: { content: null, status: "ERROR" } });
    expect(result.content[0]?.text).toMatch(/^upstream_error: Failed to query LFX Lens: Workflow error\. \S/);
  });

  test.each([
    ["without content", { body: { status: "COMPLETED" } }, "no content"],
    ["with empty content", { body: { content: "", status: "COMPLETED" } }, "no content"],
    ["that is a list", { body: ["42"] }, "no content"],
    ["that is an HTML page", { body: "<html>busy</html>" }, "not JSON"],
  ])("a response %s is unusable", async (_, reply, why) => {
    const { result } = await ask(reply);
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(
      new RegExp(`^upstream_error: Failed to query LFX Lens: .*${why}`),
    );
  });

  test.each([
    [400, { detail: "unknown foundation" }, /^invalid_input: .*HTTP 400, "unknown foundation"/],
    [403, { detail: "not yours" }, /^upstream_error: .*HTTP 403, "not yours"\. .*operator/],
    [
      422,
      { detail: [{ loc: ["body", "message"], msg: "Field required" }] },
      /^invalid_input: .*HTTP 422, "message: Field required"/,
    ],
    [500, { detail: "no warehouse" }, /^upstream_error: .*HTTP 500, "no warehouse"/],
    [500, {}, /^upstream_error: Failed to query LFX Lens: HTTP 500\. It is safe to try again/],
  ])("HTTP %i with %j is reported with the service's message", async (status, body, expected) => {
    const { result, requests } = await ask({ status, body });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(expected);
    expect(requests).toHaveLength(1);
  });

  test("a rejected token is replaced, and the question sent once more", async () => {
    const { result, requests, tokenRequests } = await ask(
      { status: 401, body: { detail: "expired" } },
      STAFF,
    );
    expect(tokenRequests).toHaveLength(2);
    expect(result.content[0]?.text).toMatch(/^upstream_error: .*HTTP 401, "expired"\. .*operator/);
    // The fake issues equal tokens, and a rejected token is not sent again.
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["the former project_slug", { project_slug: "tlf", input: "Why?" }, "project_slug"],
    ["no question", {}, "input"],
    ["a blank question", { input: "\n" }, "input"],
    ["a question of 4001 characters", { input: "w".repeat(4001) }, "input"],
    ["another parameter", { ...QUESTION, user_id: "somebody" }, "user_id"],
  ])("%s is rejected before anything is sent", async (_, args, field) => {
    const { call, requests, tokenRequests } = await startFakeLfx({ [RUNS]: ANSWERED });
    const { isError, content } = await call("query_lfx_lens", args, STAFF);
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(new RegExp(`^invalid_input: .*"${field}"`));
    expect([requests, tokenRequests]).toEqual([[], []]);
  });

  test.each([
    ["a reader", [GRANTS.read, GRANTS.user]],
    ["a manager", [GRANTS.read, GRANTS.manage, GRANTS.user]],
    ["staff without a scope", [GRANTS.staff, GRANTS.user]],
    ["a caller without grants", []],
  ])("%s does not reach Lens", async (_, grants) => {
    const { call, server, requests, tokenRequests } = await startFakeLfx({ [RUNS]: ANSWERED });
    const caller = { ...STAFF, grants: new Set<string>(grants) };
    for (const { name } of LENS_TOOLS) {
      const { content } = await call(name, { ...ARGUMENTS[name] }, caller);
      expect(content[0]?.text).toMatch(/^insufficient_scope: /);
      expect(server.catalog.list(caller).map((tool) => tool.name)).not.toContain(name);
    }
    expect([requests, tokenRequests]).toEqual([[], []]);
  });

  test("the tools are for staff and read-only, and have two minutes to call Lens", () => {
    for (const { access, kind, timeoutMs, isLocal, output } of LENS_TOOLS) {
      expect({ access, kind, timeoutMs, output }).toEqual({
        access: GATES.staff,
        kind: "read",
        timeoutMs: isLocal ? undefined : 120_000,
        output: undefined,
      });
    }
  });
});

const DESCRIPTIONS = new Map(LENS_TOOLS.map(({ name, description }) => [name, description]));

/** What a model reads of each tool. */
const TEXTS = new Map(
  LENS_TOOLS.map((tool) => {
    const { description, inputSchema } = toToolDefinition(tool).wire;
    return [tool.name, `${description} ${JSON.stringify(inputSchema)}`];
  }),
);

const LENS = ["query_lfx_lens"];
const [EXPLORE, QUERY] = [["explore_lfx_semantic_layer"], ["query_lfx_semantic_layer"]];
const STANDARD = ["query_lfx_standard_metrics"];

/** What a model must know before it calls. */
const FACTS: readonly [fact: string, tools: readonly string[], said: RegExp][] = [
  ["the topics of the semantic layer", QUERY, /contributors, activity, memberships, events/i],
  ["questions by country or region", [...LENS, ...QUERY], /by country or region/],
  ["the tool for such questions", LENS, /query_lfx_semantic_layer/],
  ["the topics of Lens", LENS, /maintainers joined with activity, event sponsorships.*social listening/],
  ["Lens as the fallback", [...LENS, ...QUERY], /that failed|what fails/],
  ["the tool for other questions", QUERY, /query_lfx_lens/],
  ["the duration", LENS, /15 to 30 seconds/],
  ["the default window", LENS, /concrete dates.*last 12 months/],
  ["the row limit and paging", LENS, /200 rows.*page 2.*ORDER BY, LIMIT and OFFSET/],
  ["the scope of projects", LENS, /Exact slugs.*OR, at most 25\. Omit for all of the LF; tlf is not that/],
  ["the first step", QUERY, /explore_lfx_semantic_layer/],
  ["the guidance", EXPLORE, /read_lfx_semantic_layer_guidance comes first/],
  ["the guidance", STANDARD, /read_lfx_standard_metrics_guidance comes first/],
  ["metrics and dimensions", EXPLORE, /metric is a number, a dimension a slice/],
  ["copying names", EXPLORE, /copy .*names.* never build/i],
  ["the effect of unknown names and values", EXPLORE, /unknown name is an error.*zero rows/],
  ["the spelling of values", EXPLORE, /Asia Pacific, not APAC; Viet Nam/],
  ["entities", [...EXPLORE, ...QUERY], /entities/i],
  ["what list_metrics searches", EXPLORE, /words of names and descriptions; up to 15 metrics come with/],
  ["shared dimensions", EXPLORE, /of several metrics: those they share/],
  ["joins", QUERY, /outer-joined .* NULL/],
  ["the scope of a foundation", QUERY, /whole foundation is project__foundation_slug, never project_slug/],
  ["the scope of all", QUERY, /no filter is all of the LF, and tlf is not/],
  ["the filter syntax", QUERY, /\{\{ Dimension\('project__foundation_slug'\) \}\} = 'cncf'/],
  ["the date syntax", QUERY, /TimeDimension\('metric_time', 'DAY'\) \}\} >= '2026-01-01'; dates yyyy-mm-dd/],
  ["trends", QUERY, /metric_time__year, __quarter, __month, __week or __day/],
  ["the order", [...QUERY, ...STANDARD], /- in front for descending/],
  ["the limit", [...QUERY, ...STANDARD], /Maximum rows; default all/],
];

test.each(FACTS.flatMap(([fact, tools, said]) => tools.map((tool) => [tool, fact, said] as const)))(
  "%s explains %s",
  (tool, _, said) => {
    expect(TEXTS.get(tool)).toMatch(said);
  },
);

test.each([...DESCRIPTIONS])("clients do not truncate the description of %s", (_, description) => {
  expect(Buffer.byteLength(description)).toBeLessThanOrEqual(2000);
});

describe("semantic layer", () => {
  const ROOT = "/lens/lfx-lens/semantic-layer";
  const FOUND: Reply = { body: { items: [{ name: "total_contributors" }] } };

  const callWith = async (tool: string, args: JsonObject, reply: Reply = FOUND) => {
    const places = [
      "GET /metrics",
      "GET /dimensions",
      "GET /dimension-values",
      "POST /query",
      "POST /standard-metric",
    ];
    const fake = await startFakeLfx(
      Object.fromEntries(places.map((place) => [place.replace(" ", ` ${ROOT}`), reply])),
    );
    const result = await fake.call(tool, args);
    return { ...fake, result, text: result.content[0]?.text ?? "" };
  };

  const explore = (args: JsonObject, reply?: Reply) => callWith("explore_lfx_semantic_layer", args, reply);
  const query = (args: JsonObject, reply?: Reply) => callWith("query_lfx_semantic_layer", args, reply);

  const bodyOf = (body: string | undefined): unknown => JSON.parse(body ?? "null");

  describe("exploring", () => {
    test.each([
      [{ action: "list_metrics" }, "/metrics", ""],
      [{ action: "list_metrics", search: " active maintainers " }, "/metrics", "search=active+maintainers"],
      [{ action: "list_metrics", search: "", metrics: "m", dimension: "d" }, "/metrics", ""],
      [{ action: "get_dimensions", metrics: "a, b ,,c" }, "/dimensions", "metrics=a%2Cb%2Cc"],
      [{ action: "get_dimensions", metrics: "a", search: "x&y" }, "/dimensions", "metrics=a&search=x%26y"],
      [
        { action: "get_dimension_values", metrics: "a,b", dimension: " country__lf_region ", search: "Asia" },
        "/dimension-values",
        "dimension=country__lf_region&metrics=a%2Cb&search=Asia",
      ],
      [
        { action: "get_dimension_values", metrics: "a", dimension: "d" },
        "/dimension-values",
        "dimension=d&metrics=a",
      ],
    ])("%j requests %s", async (args, path, sent) => {
      const { result, requests, tokenRequests } = await explore(args);
      expect(result.isError).toBeUndefined();
      expect(requests.map((one) => [one.method, one.path, one.query, one.body])).toEqual([
        ["GET", `${ROOT}${path}`, sent, ""],
      ]);
      expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lens");
      expect(tokenRequests.map((form) => form.get("audience"))).toEqual(["lens"]);
    });

    test.each([
      ["comma-separated names", "a,b"],
      ["a JSON array in a string", '["a", " b "]'],
      ["an escaped JSON array", String.raw`[\"a\",\"b\"]`],
      ["an array with blanks", '["a","","b"]'],
    ])("takes metrics as %s", async (_, metrics) => {
      const { requests } = await explore({ action: "get_dimensions", metrics });
      expect(requests[0]?.query).toBe("metrics=a%2Cb");
    });

    test.each([
      ["a broken array", '["a", b', "metrics=%5B%22a%22%2Cb"],
      ["an array of something else", "[1,2]", "metrics=%5B1%2C2%5D"],
    ])("sends %s as is, for the service to reject", async (_, metrics, sent) => {
      const { requests } = await explore({ action: "get_dimensions", metrics });
      expect(requests[0]?.query).toBe(sent);
    });

    test("returns no join credentials", async () => {
      const body = [{ keep: 1, passcode: "4711" }];
      const { text } = await explore({ action: "list_metrics" }, { body });
      expect(JSON.parse(text)).toEqual([{ keep: 1 }]);
    });

    test("returns indented JSON", async () => {
      const { result } = await explore({ action: "list_metrics" });
      expect(result).toEqual({ content: [{ type: "text", text: JSON.stringify(FOUND.body, null, 2) }] });
    });

    test("returns other text as is", async () => {
      const { text } = await explore({ action: "list_metrics" }, { body: "2 metrics\nfound" });
      expect(text).toBe("2 metrics\nfound");
    });

    test.each([
      ["metrics", { action: "get_dimensions" }, "list_metrics"],
      ["metrics", { action: "get_dimensions", metrics: " " }, "list_metrics"],
      ["metrics", { action: "get_dimensions", metrics: "[]" }, "list_metrics"],
      ["metrics", { action: "get_dimension_values", dimension: "d" }, "list_metrics"],
      ["dimension", { action: "get_dimension_values", metrics: "m" }, "get_dimensions"],
      ["dimension", { action: "get_dimension_values", metrics: "m", dimension: "" }, "get_dimensions"],
    ])("without %s, %j is rejected with a hint, and nothing is sent", async (what, args, where) => {
      const { text, requests, tokenRequests } = await explore(args);
      expect(text).toMatch(new RegExp(`^invalid_input: ${args.action} requires ${what}\\. .*${where}`));
      expect([requests, tokenRequests]).toEqual([[], []]);
    });

    test("points to the query tool for action query", async () => {
      const { text, requests } = await explore({ action: "query" });
      expect(text).toMatch(/^invalid_input: .*"action": use the tool that queries the semantic layer/);
      expect(requests).toEqual([]);
    });

    test.each([{ action: "drop_metrics" }, {}])("lists the actions for %j", async (args) => {
      const { text } = await explore(args);
      expect(text).toMatch(/^invalid_input: .*list_metrics.*get_dimensions.*get_dimension_values.*help/);
    });

    test("HTTP 400 is reported with the service's message", async () => {
      const { text } = await explore(
        { action: "get_dimensions", metrics: "no_such" },
        { status: 400, body: { detail: "no metric no_such" } },
      );
      expect(text).toMatch(
        /^invalid_input: Failed to explore the semantic layer: HTTP 400, "no metric no_such"/,
      );
    });
  });

  describe("guidance", () => {
    test.each([
      ["explore_lfx_semantic_layer", { action: "help" }],
      ["explore_lfx_semantic_layer", { action: "describe" }],
      ["explore_lfx_semantic_layer", { action: "help", target: "query" }],
      ["read_lfx_semantic_layer_guidance", {}],
      ["read_lfx_semantic_layer_guidance", { invented: true }],
    ])("of %s %j is the whole document, without any request", async (tool, args) => {
      const { result, requests, tokenRequests } = await callWith(tool, args);
      expect(result).toEqual({ content: [{ type: "text", text: GUIDANCE.semanticLayer }] });
      expect([requests, tokenRequests]).toEqual([[], []]);
    });

    test("of the standard metrics is the other document", async () => {
      const { result, requests } = await callWith("read_lfx_standard_metrics_guidance", {});
      expect(result).toEqual({ content: [{ type: "text", text: GUIDANCE.standardMetrics }] });
      expect(requests).toEqual([]);
    });

    test("has the facts that no description has room for", () => {
      for (const fact of [
        "North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other",
        "| a whole foundation | project__foundation_slug |",
        "activity_project_id__project_spine_slug",
        "total_contributors excludes bots",
        "asset_id__billing_country, which is free text",
        "US Pacific",
      ]) {
        expect(GUIDANCE.semanticLayer).toContain(fact);
      }
    });

    test("of the standard metrics has every family, with its groupings", () => {
      const [table = ""] = /\| Family \|[^#]*/.exec(GUIDANCE.standardMetrics) ?? [];
      const rows = table.trim().split("\n").slice(2);
      const families = rows.flatMap((row) => row.split("|")[1]?.trim().split(", ") ?? []);
      const tool = TEXTS.get("query_lfx_standard_metrics") ?? "";
      const [, words = ""] = /"enum":\[("memberships"[^\]]*)\]/.exec(tool) ?? [];
      expect(families.sort()).toEqual(words.replaceAll('"', "").split(",").sort());
      for (const row of rows) expect(row.split("|")[2]).toMatch(/^ total(?:, \w+)* $/);
    });

    test("and hints name no tool that is not offered", async () => {
      const explorer = await startFakeLfx({}, { tools: ["explore_lfx_semantic_layer"] });
      const { content: help } = await explorer.call("explore_lfx_semantic_layer", { action: "help" });
      expect(help[0]?.text).not.toMatch(/\b(?:query_lfx|count_lfx|search_)\w+/);
      const { call } = await startFakeLfx({}, { tools: ["query_lfx_semantic_layer"] });
      const { content } = await call("query_lfx_semantic_layer", { metrics: "," });
      expect(content[0]?.text).toBe(
        "invalid_input: A query requires metrics. Nothing was sent. Pass names of metrics.",
      );
    });
  });

  describe("querying", () => {
    test("sends lists, and the filter as one string", async () => {
      const where =
        "{{ Dimension('country__lf_region') }} = 'Europe' AND {{ Dimension('a__b') }} IN ('x', 'y')";
      const { result, requests, tokenRequests } = await query({
        metrics: "total_contributors, active_maintainers",
        group_by: '["metric_time__year","country__lf_region"]',
        where: ` ${where} `,
        order_by: "-total_contributors,metric_time__year",
        limit: 100_000,
      });

      expect(result).toEqual({ content: [{ type: "text", text: JSON.stringify(FOUND.body, null, 2) }] });
      expect(requests.map((one) => [one.method, one.path, one.query])).toEqual([
        ["POST", `${ROOT}/query`, ""],
      ]);
      expect(requests[0]?.headers).toMatchObject({
        "content-type": "application/json",
        authorization: "Bearer own-for-lens",
      });
      expect(bodyOf(requests[0]?.body)).toEqual({
        metrics: ["total_contributors", "active_maintainers"],
        group_by: ["metric_time__year", "country__lf_region"],
        where: [where],
        order_by: ["-total_contributors", "metric_time__year"],
        limit: 100_000,
      });
      expect(tokenRequests.map((form) => form.get("audience"))).toEqual(["lens"]);
    });

    test.each([
      ["nothing else", {}],
      ["empty values", { group_by: "", where: " ", order_by: ",", limit: 0 }],
      ["a negative limit", { limit: -1 }],
    ])("sends only metrics with %s", async (_, others) => {
      const { requests } = await query({ metrics: "a", ...others });
      expect(bodyOf(requests[0]?.body)).toEqual({ metrics: ["a"] });
    });

    test("returns the rows unchanged", async () => {
      const { text } = await query({ metrics: "a" }, { body: [{ a: null, b: "é" }] });
      expect(JSON.parse(text)).toEqual([{ a: null, b: "é" }]);
    });

    test.each([
      ["the former project_slug", { metrics: "a", project_slug: "cncf" }, '"project_slug"'],
      ["a fractional limit", { metrics: "a", limit: 1.5 }, '"limit"'],
      ["no metrics", {}, '"metrics"'],
      ["blank metrics", { metrics: "  " }, '"metrics"'],
      ["nothing but commas", { metrics: " , " }, "requires metrics\\. .*list_metrics"],
      ["an empty array of metrics", { metrics: "[]" }, "requires metrics\\. .*list_metrics"],
      ["another parameter", { metrics: "a", filter: "x" }, '"filter"'],
    ])("%s is rejected before anything is sent", async (_, args, why) => {
      const { text, requests, tokenRequests } = await query(args);
      expect(text).toMatch(new RegExp(`^invalid_input: .*${why}`));
      expect([requests, tokenRequests]).toEqual([[], []]);
    });

    test.each([
      [400, { detail: "unknown dimension x__y" }, /^invalid_input: .*HTTP 400, "unknown dimension x__y"/],
      [403, {}, /^upstream_error: Failed to query the semantic layer: HTTP 403\. .*operator/],
      [500, "<html>", /^upstream_error: .*HTTP 500\. It is safe to try again/],
    ])("HTTP %i is reported with the service's message", async (status, body, expected) => {
      const { result, text } = await query({ metrics: "a" }, { status, body });
      expect(result.isError).toBe(true);
      expect(text).toMatch(expected);
    });
  });

  describe("a standard metric", () => {
    const measure = (args: JsonObject, reply?: Reply) => callWith("query_lfx_standard_metrics", args, reply);

    test("is queried with the given parameters only, and lists as arrays", async () => {
      const given = {
        metric: "contributors",
        by: "org",
        project: " pytorch ",
        subprojects: "separate",
        org: "Company, Inc.",
        subsidiaries: "combined",
        start_date: "2026-01-01",
        end_date: "2026-06-30",
        period: "month",
        order_by: "-total, org",
        limit: 0,
      };
      const { requests, tokenRequests } = await measure(given);

      expect(requests.map((one) => [one.method, one.path, one.query])).toEqual([
        ["POST", `${ROOT}/standard-metric`, ""],
      ]);
      expect(bodyOf(requests[0]?.body)).toEqual({
        ...given,
        project: "pytorch",
        order_by: ["-total", "org"],
      });
      expect(tokenRequests.map((form) => form.get("audience"))).toEqual(["lens"]);
    });

    test("needs nothing but its name", async () => {
      const { requests } = await measure({ metric: "speakers", by: "", order_by: " , ", project: null });
      expect(bodyOf(requests[0]?.body)).toEqual({ metric: "speakers" });
    });

    test("is returned as JSON with one line for each row", async () => {
      const body = {
        applied: { scope: "all" },
        data: [
          { org: "$& A", total: 3 },
          { org: "B", total: 2 },
        ],
        n: 1,
      };
      const { text } = await measure({ metric: "contributors" }, { body });
      expect(JSON.parse(text)).toEqual(body);
      expect(text).toContain('\n    {"org":"$& A","total":3},\n    {"org":"B","total":2}\n  ]\n}');
      expect(text).toContain('  "applied": {\n    "scope": "all"\n  },');
    });

    test.each([[{ data: [] }], [{ applied: {} }], [[1, 2]], ["no rows today"]])(
      "answered by %j is returned whole",
      async (body) => {
        const { text } = await measure({ metric: "contributors" }, { body });
        expect(typeof body === "string" ? text : JSON.parse(text)).toEqual(body);
      },
    );

    test.each([
      [
        400,
        { detail: "no grouping x" },
        /^invalid_input: Failed to query a standard metric: HTTP 400, "no grouping x"/,
      ],
      [
        422,
        { detail: { message: "unknown project", candidates: ["pytorch", "pytorch-lightning"] } },
        /HTTP 422, "unknown project \(candidates: pytorch, pytorch-lightning\)"/,
      ],
      [
        422,
        {
          detail: [
            { loc: ["body", "limit"], msg: "Value error, must be positive" },
            { loc: ["body"], msg: "odd" },
          ],
        },
        /HTTP 422, "limit: must be positive; odd"/,
      ],
      [
        404,
        { detail: "no such metric" },
        /^not_found: .*"no such metric"\. The service has no such resource/,
      ],
      [503, {}, /^upstream_error: .*HTTP 503\. It is safe to try again/],
    ])("refused with HTTP %i %j says why", async (status, body, expected) => {
      const { result, text } = await measure(
        { metric: "contributors" },
        { status, body, headers: { "retry-after": "0" } },
      );
      expect(result.isError).toBe(true);
      expect(text).toMatch(expected);
    });

    test.each([
      ["metric", {}],
      ["metric", { metric: "weather" }],
      ["subprojects", { metric: "speakers", subprojects: "all" }],
      ["start_date", { metric: "speakers", start_date: "2026-02-30" }],
      ["period", { metric: "speakers", period: "hour" }],
      ["since", { metric: "speakers", since: "2026-01-01" }],
    ])("with a wrong %s is rejected before anything is sent", async (name, args) => {
      const { text, requests } = await measure(args);
      expect(text).toMatch(new RegExp(`^invalid_input: .*"${name}"`));
      expect(requests).toEqual([]);
    });
  });
});
