import { describe, expect, test } from "vitest";
import { type Caller, LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import type { LfxIdentity } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { GATES, GRANTS } from "../../../../../src/platforms/lfx/policy.ts";
import { LENS_TOOLS, SEMANTIC_LAYER_TOOLS } from "../../../../../src/platforms/lfx/tools/lens.ts";
import { HELP, TOPICS } from "../../../../../src/platforms/lfx/tools/semantic-layer-help.ts";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { type Reply, type Seen, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

describe("lens", () => {
  const RUNS = "POST /lens/workflows/lfx-lens-mcp-workflow/runs";
  const ANSWERED: Reply = {
    body: { content: "42 maintainers", status: "COMPLETED", session_id: "s", run_id: "r" },
  };
  const QUESTION = { project_slug: "pytorch", input: "Who are the maintainers?" };

  const STAFF: Caller<LfxIdentity> = {
    grants: new Set([GRANTS.read, GRANTS.staff, GRANTS.user]),
    identity: { subject: "auth0|ada", issuer: "https://issuer.example" },
    credential: "adas-token",
  };

  /** The fields of a form, as its reader sees them. */
  const fieldsOf = async ({ headers, body }: Seen): Promise<Record<string, unknown>> => {
    const response = new Response(body, { headers: { "content-type": String(headers["content-type"]) } });
    return Object.fromEntries(await response.formData());
  };

  const askedFor = async (reply: Reply, caller?: Caller<LfxIdentity>) => {
    const fake = await startFakeLfx({ [RUNS]: reply });
    return { ...fake, result: await fake.call("query_lfx_lens", QUESTION, caller) };
  };

  test("a question is one synchronous run, and the answer its content as text", async () => {
    const { result, seen } = await askedFor(ANSWERED, STAFF);

    expect(result).toEqual({ content: [{ type: "text", text: "42 maintainers" }] });
    expect(seen.map(({ method, path, query }) => [method, path, query])).toEqual([
      ["POST", "/lens/workflows/lfx-lens-mcp-workflow/runs", ""],
    ]);
    const [run] = seen;
    expect(run?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=\S+$/);
    expect(run && (await fieldsOf(run))).toEqual({
      message: "Who are the maintainers?",
      additional_data: '{"foundation":{"slug":"pytorch"}}',
      user_id: "auth0|ada",
      session_id: expect.stringMatching(/^auth0\|ada-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z-[0-9a-f]{8}$/),
      stream: "false",
      background: "false",
    });
  });

  test("the conversation is named by the second in which it was asked", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { seen } = await askedFor(ANSWERED);
    const [run] = seen;
    const { session_id: session } = run ? await fieldsOf(run) : {};
    const asked = Date.parse(String(session).slice("_anonymous-".length, -"-01234567".length));
    expect(asked).toBeGreaterThanOrEqual(before);
    expect(asked).toBeLessThanOrEqual(Date.now());
  });

  test("questions of one user in one second are conversations of their own", async () => {
    const { call, seen } = await startFakeLfx({ [RUNS]: ANSWERED });
    await Promise.all(Array.from({ length: 20 }, () => call("query_lfx_lens", QUESTION, STAFF)));
    const sessions = (await Promise.all(seen.map(fieldsOf))).map(({ session_id: session }) => session);
    expect(new Set(sessions).size).toBe(20);
  });

  test.each<[failure: Reply]>([
    [{ status: 502 }],
    [{ status: 504, body: { detail: "too slow" } }],
    [{ status: 503, headers: { "retry-after": "0" } }],
  ])("a run that ends with %j is not started again unasked, but may be asked for", async (failure) => {
    const runs = [failure, failure, ANSWERED];
    const { call, seen } = await startFakeLfx({ [RUNS]: () => runs.shift() ?? ANSWERED });

    const { isError, content, _meta } = await call("query_lfx_lens", QUESTION, STAFF);

    expect(seen).toHaveLength(1);
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
    const { seen } = await askedFor(ANSWERED, caller);
    const [run] = seen;
    expect(run && (await fieldsOf(run))).toMatchObject({
      user_id: "_anonymous",
      session_id: expect.stringMatching(/^_anonymous-/),
    });
  });

  test("Lens gets this server's own token and nothing of the caller's", async () => {
    const { seen, tokenRequests } = await askedFor(ANSWERED, STAFF);
    expect(tokenRequests.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: "client_credentials", audience: "lens", client_id: "lfx-mcp", client_secret: "a-secret" },
    ]);
    expect(seen[0]?.headers.authorization).toBe("Bearer own-for-lens");
    expect(JSON.stringify(seen)).not.toContain("adas-token");
  });

  test("a question that looks like a part of the form stays one text", async () => {
    const input = '--x\r\ncontent-disposition: form-data; name="user_id"\r\n\r\nroot\r\n--x--\r\n"\\ é🙂 \\n';
    const { call, seen } = await startFakeLfx({ [RUNS]: ANSWERED });
    await call("query_lfx_lens", { project_slug: "tlf", input }, STAFF);
    const [run] = seen;
    expect(run && (await fieldsOf(run))).toMatchObject({ message: input.trim(), user_id: "auth0|ada" });
  });

  test("both texts are trimmed, and a slug cannot break out of the JSON that it stands in", async () => {
    const { call, seen } = await startFakeLfx({ [RUNS]: ANSWERED });
    await call("query_lfx_lens", { project_slug: ' t"lf ', input: " Why? " }, STAFF);
    const [run] = seen;
    const { message, additional_data: data } = run ? await fieldsOf(run) : {};
    expect(message).toBe("Why?");
    expect(JSON.parse(String(data))).toEqual({ foundation: { slug: 't"lf' } });
  });

  test("an answer that is no text is told as JSON", async () => {
    const { result } = await askedFor({ body: { content: { rows: [1, 2] }, status: "COMPLETED" } });
    expect(result.content[0]?.text).toBe('{"rows":[1,2]}');
  });

  test("a status that nobody agreed on does not spoil an answer", async () => {
    const { result } = await askedFor({ body: { content: "so far", status: "PAUSED" } });
    expect(result.content[0]?.text).toBe("so far");
  });

  test("a run that failed is told with what Lens says of it, as something to ask again", async () => {
    const { result } = await askedFor({ body: { content: 'no table "x"\nat all', status: "ERROR" } });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(
      /^upstream_error: Failed to query LFX Lens: Workflow error, "no table 'x' at all"\. .*safe to try again\.$/,
    );
    expect(result._meta).toMatchObject({ "ai.lightfast/error": { retryable: true, status: 200 } });
  });

  test("a run that failed without a word is told in words all the same", async () => {
    const { result } = await askedFor({ body: { content: null, status: "ERROR" } });
    expect(result.content[0]?.text).toMatch(/^upstream_error: Failed to query LFX Lens: Workflow error\. \S/);
  });

  test.each([
    ["without content", { body: { status: "COMPLETED" } }, "no content"],
    ["with empty content", { body: { content: "", status: "COMPLETED" } }, "no content"],
    ["that is a list", { body: ["42"] }, "no content"],
    ["that is a page", { body: "<html>busy</html>" }, "not JSON"],
  ])("an answer %s is unusable", async (_, reply, why) => {
    const { result } = await askedFor(reply);
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
  ])("HTTP %i of %j is told in the service's words", async (status, body, expected) => {
    const { result, seen } = await askedFor({ status, body });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(expected);
    expect(seen).toHaveLength(1);
  });

  test("a token that Lens refuses is replaced, and the question asked once more", async () => {
    const { result, seen, tokenRequests } = await askedFor(
      { status: 401, body: { detail: "expired" } },
      STAFF,
    );
    expect(tokenRequests).toHaveLength(2);
    expect(result.content[0]?.text).toMatch(/^upstream_error: .*HTTP 401, "expired"\. .*operator/);
    // The fake's tokens are all alike, and one that was refused is not sent again.
    expect(seen).toHaveLength(1);
  });

  test.each([
    ["no slug", { input: "Why?" }, "project_slug"],
    ["a blank slug", { project_slug: " ", input: "Why?" }, "project_slug"],
    ["no question", { project_slug: "tlf" }, "input"],
    ["a blank question", { project_slug: "tlf", input: "\n" }, "input"],
    ["a question of 4001 characters", { project_slug: "tlf", input: "w".repeat(4001) }, "input"],
    ["another parameter", { ...QUESTION, user_id: "somebody" }, "user_id"],
  ])("%s is refused before anything is sent", async (_, args, field) => {
    const { call, seen, tokenRequests } = await startFakeLfx({ [RUNS]: ANSWERED });
    const { isError, content } = await call("query_lfx_lens", args, STAFF);
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(new RegExp(`^invalid_input: .*\`${field}\``));
    expect([seen, tokenRequests]).toEqual([[], []]);
  });

  test.each([
    ["a reader", [GRANTS.read, GRANTS.user]],
    ["a manager", [GRANTS.read, GRANTS.manage, GRANTS.user]],
    ["staff without a scope", [GRANTS.staff, GRANTS.user]],
    ["nobody in particular", []],
  ])("%s does not come as far as Lens", async (_, grants) => {
    const { call, server, seen, tokenRequests } = await startFakeLfx({ [RUNS]: ANSWERED });
    const caller = { ...STAFF, grants: new Set<string>(grants) };
    for (const { name } of [...LENS_TOOLS, ...SEMANTIC_LAYER_TOOLS]) {
      const { content } = await call(name, QUESTION, caller);
      expect(content[0]?.text).toMatch(/^insufficient_scope: /);
      expect(server.catalog.list(caller).map((tool) => tool.name)).not.toContain(name);
    }
    expect([seen, tokenRequests]).toEqual([[], []]);
  });

  test("all that Lens answers is for staff, only read, and may take two minutes", () => {
    for (const { access, kind, timeoutMs, output } of [...LENS_TOOLS, ...SEMANTIC_LAYER_TOOLS]) {
      expect({ access, kind, timeoutMs, output }).toEqual({
        access: GATES.staff,
        kind: "read",
        timeoutMs: 120_000,
        output: undefined,
      });
    }
  });
});

describe("semantic layer", () => {
  const ROOT = "/lens/lfx-lens/semantic-layer";
  const FOUND: Reply = { body: { items: [{ name: "total_contributors" }] } };

  const callWith = async (tool: string, args: JsonObject, reply: Reply = FOUND) => {
    const places = ["GET /metrics", "GET /dimensions", "GET /dimension-values", "POST /query"];
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
    ])("%j asks %s", async (args, path, sent) => {
      const { result, seen, tokenRequests } = await explore(args);
      expect(result.isError).toBeUndefined();
      expect(seen.map((one) => [one.method, one.path, one.query, one.body])).toEqual([
        ["GET", `${ROOT}${path}`, sent, ""],
      ]);
      expect(seen[0]?.headers.authorization).toBe("Bearer own-for-lens");
      expect(tokenRequests.map((form) => form.get("audience"))).toEqual(["lens"]);
    });

    test.each([
      ["names with commas between", "a,b"],
      ["a JSON array as a text", '["a", " b "]'],
      ["an array that was escaped once more", String.raw`[\"a\",\"b\"]`],
      ["blanks among them", '["a","","b"]'],
    ])("takes metrics as %s", async (_, metrics) => {
      const { seen } = await explore({ action: "get_dimensions", metrics });
      expect(seen[0]?.query).toBe("metrics=a%2Cb");
    });

    test.each([
      ["what only begins like an array", '["a", b', "metrics=%5B%22a%22%2Cb"],
      ["an array of something else", "[1,2]", "metrics=%5B1%2C2%5D"],
    ])("takes %s as it stands, for the service to refuse", async (_, metrics, sent) => {
      const { seen } = await explore({ action: "get_dimensions", metrics });
      expect(seen[0]?.query).toBe(sent);
    });

    test("answers with the JSON that came, in lines", async () => {
      const { result } = await explore({ action: "list_metrics" });
      expect(result).toEqual({ content: [{ type: "text", text: JSON.stringify(FOUND.body, null, 2) }] });
    });

    test("answers with what came where it is no JSON", async () => {
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
    ])("without %s, %j is refused with where to find it, and nothing is sent", async (what, args, where) => {
      const { text, seen, tokenRequests } = await explore(args);
      expect(text).toMatch(new RegExp(`^invalid_input: ${args.action} needs ${what}\\. .*${where}`));
      expect([seen, tokenRequests]).toEqual([[], []]);
    });

    test("names the tool that queries, where it is asked to query", async () => {
      const { text, seen } = await explore({ action: "query" });
      expect(text).toMatch(/^invalid_input: .*`action`: .*query_lfx_semantic_layer/);
      expect(seen).toEqual([]);
    });

    test.each([{ action: "drop_metrics" }, {}])(
      "names the actions there are, where it is asked for %j",
      async (args) => {
        const { text } = await explore(args);
        expect(text).toMatch(/^invalid_input: .*list_metrics.*get_dimensions.*get_dimension_values.*help/);
      },
    );

    test("HTTP 400 is told in the service's words", async () => {
      const { text } = await explore(
        { action: "get_dimensions", metrics: "no_such" },
        { status: 400, body: { detail: "no metric no_such" } },
      );
      expect(text).toMatch(
        /^invalid_input: Failed to explore the semantic layer: HTTP 400, "no metric no_such"/,
      );
    });
  });

  describe("help", () => {
    test.each([{ action: "help" }, { action: "describe" }])(
      "is an overview for %j, which nobody is asked for",
      async (args) => {
        const { result, seen, tokenRequests } = await explore(args);
        expect(result).toEqual({ content: [{ type: "text", text: HELP.overview }] });
        expect([seen, tokenRequests]).toEqual([[], []]);
      },
    );

    test.each(TOPICS)("tells of %s", async (target) => {
      const { text } = await explore({ action: "help", target });
      expect(text).toBe(HELP[target]);
      expect(text).toContain(target);
    });

    test("names its topics where it is asked for another", async () => {
      const { text } = await explore({ action: "help", target: "weather" });
      for (const topic of TOPICS) expect(text).toContain(topic);
      expect(text).toMatch(/^invalid_input: .*`target`/);
    });

    test("tells of every topic in the overview", () => {
      for (const topic of TOPICS) expect(HELP.overview).toContain(topic);
    });
  });

  describe("querying", () => {
    test("sends what is given, lists as lists and the filter as the one text it is", async () => {
      const where =
        "{{ Dimension('country__lf_region') }} = 'Europe' AND {{ Dimension('a__b') }} IN ('x', 'y')";
      const { result, seen, tokenRequests } = await query({
        metrics: "total_contributors, active_maintainers",
        group_by: '["metric_time__year","country__lf_region"]',
        where: ` ${where} `,
        order_by: "-total_contributors,metric_time__year",
        limit: 500,
        project_slug: " cncf ",
      });

      expect(result).toEqual({ content: [{ type: "text", text: JSON.stringify(FOUND.body, null, 2) }] });
      expect(seen.map((one) => [one.method, one.path, one.query])).toEqual([["POST", `${ROOT}/query`, ""]]);
      expect(seen[0]?.headers).toMatchObject({
        "content-type": "application/json",
        authorization: "Bearer own-for-lens",
      });
      expect(bodyOf(seen[0]?.body)).toEqual({
        project_slug: "cncf",
        metrics: ["total_contributors", "active_maintainers"],
        group_by: ["metric_time__year", "country__lf_region"],
        where: [where],
        order_by: ["-total_contributors", "metric_time__year"],
        limit: 500,
      });
      expect(tokenRequests.map((form) => form.get("audience"))).toEqual(["lens"]);
    });

    test.each([
      ["nothing else", {}],
      ["empty texts and no rows", { group_by: "", where: " ", order_by: ",", limit: 0, project_slug: "" }],
    ])("sends metrics alone where there is %s", async (_, others) => {
      const { seen } = await query({ metrics: "a", ...others });
      expect(bodyOf(seen[0]?.body)).toEqual({ metrics: ["a"] });
    });

    test("answers with the rows as they came", async () => {
      const { text } = await query({ metrics: "a" }, { body: [{ a: null, b: "é" }] });
      expect(JSON.parse(text)).toEqual([{ a: null, b: "é" }]);
    });

    test.each([
      ["a limit of 501", { metrics: "a", limit: 501 }, "`limit`: .*500"],
      ["a negative limit", { metrics: "a", limit: -1 }, "`limit`"],
      ["half a row", { metrics: "a", limit: 1.5 }, "`limit`"],
      ["no metrics", {}, "`metrics`"],
      ["blank metrics", { metrics: "  " }, "`metrics`"],
      ["nothing but commas", { metrics: " , " }, "needs metrics\\. .*list_metrics"],
      ["an empty array of metrics", { metrics: "[]" }, "needs metrics\\. .*list_metrics"],
      ["another parameter", { metrics: "a", filter: "x" }, "`filter`"],
    ])("%s is refused before anything is sent", async (_, args, why) => {
      const { text, seen, tokenRequests } = await query(args);
      expect(text).toMatch(new RegExp(`^invalid_input: .*${why}`));
      expect([seen, tokenRequests]).toEqual([[], []]);
    });

    test.each([
      [400, { detail: "unknown dimension x__y" }, /^invalid_input: .*HTTP 400, "unknown dimension x__y"/],
      [403, {}, /^upstream_error: Failed to query the semantic layer: HTTP 403\. .*operator/],
      [500, "<html>", /^upstream_error: .*HTTP 500\. It is safe to try again/],
    ])("HTTP %i is told in the service's words", async (status, body, expected) => {
      const { result, text } = await query({ metrics: "a" }, { status, body });
      expect(result.isError).toBe(true);
      expect(text).toMatch(expected);
    });
  });
});
