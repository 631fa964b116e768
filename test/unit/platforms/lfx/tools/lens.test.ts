import { describe, expect, test } from "vitest";
import { type Caller, LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import type { LfxIdentity } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { GATES, GRANTS } from "../../../../../src/platforms/lfx/policy.ts";
import { LENS_TOOLS } from "../../../../../src/platforms/lfx/tools/lens.ts";
import { SEMANTIC_LAYER_TOOLS } from "../../../../../src/platforms/lfx/tools/semantic-layer.ts";
import { type ReceivedRequest, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

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
    const { result, requests } = await ask(ANSWERED, STAFF);

    expect(result).toEqual({ content: [{ type: "text", text: "42 maintainers" }] });
    expect(requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ["POST", "/lens/workflows/lfx-lens-mcp-workflow/runs", ""],
    ]);
    const [run] = requests;
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
    await call("query_lfx_lens", { project_slug: "tlf", input }, STAFF);
    const [run] = requests;
    expect(run && (await fieldsOf(run))).toMatchObject({ message: input.trim(), user_id: "auth0|ada" });
  });

  test("both arguments are trimmed, and a slug is escaped in the JSON", async () => {
    const { call, requests } = await startFakeLfx({ [RUNS]: ANSWERED });
    await call("query_lfx_lens", { project_slug: ' t"lf ', input: " Why? " }, STAFF);
    const [run] = requests;
    const { message, additional_data: data } = run ? await fieldsOf(run) : {};
    expect(message).toBe("Why?");
    expect(JSON.parse(String(data))).toEqual({ foundation: { slug: 't"lf' } });
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
    ["no slug", { input: "Why?" }, "project_slug"],
    ["a blank slug", { project_slug: " ", input: "Why?" }, "project_slug"],
    ["no question", { project_slug: "tlf" }, "input"],
    ["a blank question", { project_slug: "tlf", input: "\n" }, "input"],
    ["a question of 4001 characters", { project_slug: "tlf", input: "w".repeat(4001) }, "input"],
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
    for (const { name } of [...LENS_TOOLS, ...SEMANTIC_LAYER_TOOLS]) {
      const { content } = await call(name, QUESTION, caller);
      expect(content[0]?.text).toMatch(/^insufficient_scope: /);
      expect(server.catalog.list(caller).map((tool) => tool.name)).not.toContain(name);
    }
    expect([requests, tokenRequests]).toEqual([[], []]);
  });

  test("the tool is for staff, read-only, and has two minutes", () => {
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
