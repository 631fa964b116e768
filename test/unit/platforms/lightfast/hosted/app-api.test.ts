import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../../../src/mcp/errors.ts";
import type { RequestContext } from "../../../../../src/mcp/server.ts";
import type { LightfastApi } from "../../../../../src/platforms/lightfast/api.ts";
import type { LightfastIdentity } from "../../../../../src/platforms/lightfast/hosted/access-token.ts";
import { appError, createAppApi } from "../../../../../src/platforms/lightfast/hosted/app-api.ts";
import {
  type AppConnection,
  createServiceSigner,
} from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";
import { version } from "../../../../../src/version.ts";
import { type FakeApp, fakeApp, type Turn } from "../../../../fakes/lightfast-app/server.ts";
import { apiAnswer, httpAnswer } from "../../../../support/api-answers.ts";
import { connectionTo, hostedCaller, IDENTITY, lines } from "../../../../support/hosted.ts";
import { toolErrorOf } from "../../../../support/http.ts";
import {
  answer,
  closedPort,
  drip,
  hang,
  html,
  json,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../../../support/scripted-server.ts";
import { exchange } from "../../../../support/tiny-server.ts";

describe("app api", () => {
  const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

  type Setup = {
    readonly circumstances?: Partial<RequestContext<LightfastIdentity>>;
    readonly connection?: Partial<AppConnection>;
    readonly totalMs?: number;
  };

  /** What a call of the app comes to, and what is logged of it. */
  const client = (app: Pick<FakeApp, "url" | "secret">, setup: Setup = {}) => {
    const { logged, log } = lines();
    const connection = { ...connectionTo(app), ...setup.connection, log };
    const circumstances = exchange({
      caller: hostedCaller("mcp:signals:read", "mcp:signals:write", "mcp:system:read"),
      ...setup.circumstances,
    });
    const call = <T>(work: (api: LightfastApi) => Promise<T>): Promise<T> =>
      withDeadline(setup.totalMs ?? 4000, circumstances.signal, (deadline) =>
        work(createAppApi(connection, circumstances, deadline)),
      );
    return { call, logged };
  };

  const create = (api: LightfastApi) => api.createSignal("hi");
  const get = (api: LightfastApi) => api.getSignal(ID);

  /** An app that plays `turns` at both commands. */
  const playing = async (...turns: Turn[]): Promise<FakeApp> => {
    const app = await fakeApp();
    for (const path of ["/signals", "/signals/get"]) app.plays(path, ...turns);
    return app;
  };

  describe("a request", () => {
    test("to create names the actor, the text, and the one scope that it needs", async () => {
      const app = await fakeApp();
      await client(app).call(create);
      expect(app.requests).toMatchObject([{ path: "/signals" }]);
      expect(app.requests[0]?.body).toBe(
        '{"actor":{"clientId":"mcp_client_1","grantId":"mcp_grant_1","kind":"mcp","orgId":"org_1","userId":"user_1"},"input":"hi","scopes":["mcp:signals:write"]}',
      );
    });

    test("to get names the actor, the id, and the one scope that it needs", async () => {
      const app = await fakeApp();
      app.signals.set(ID, { by: IDENTITY, input: "hi" });
      await client(app).call(get);
      expect(app.requests[0]?.body).toBe(
        `{"actor":{"clientId":"mcp_client_1","grantId":"mcp_grant_1","kind":"mcp","orgId":"org_1","userId":"user_1"},"id":"${ID}","scopes":["mcp:signals:read"]}`,
      );
      expect(app.faults).toEqual([]);
    });

    test("brings a service token of the moment, each its own", async () => {
      const app = await fakeApp();
      let at = Date.now() - 5000;
      const sign = createServiceSigner(app.secret, () => at);
      const { call } = client(app, { connection: { sign } });
      await call(create);
      at += 2000;
      await call(create);
      const [first, second] = app.requests.map(({ claims }) => claims);
      expect(first).toMatchObject({ iss: "mcp", aud: "lightfast-app", token_use: "service_access" });
      expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBe(60);
      expect((second?.iat ?? 0) - (first?.iat ?? 0)).toBe(2);
      expect(app.faults).toEqual([]);
    });

    test("tells who asks, its id, and where it stands in a trace", async () => {
      const app = await fakeApp();
      const trace = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "x=1" };
      const circumstances = { requestId: "req-1", trace, client: { name: "probe", version: "2" } };
      await client(app, { circumstances }).call(create);
      expect(app.requests[0]?.headers).toMatchObject({
        ...trace,
        "x-request-id": "req-1",
        "user-agent": expect.stringMatching(/^lightfast-mcp\/\S+ \(probe\/2; node\//),
        accept: "application/json",
        "content-type": "application/json",
      });
    });

    test("without an id or a trace has no such headers", async () => {
      const app = await fakeApp();
      await client(app).call(create);
      const headers = app.requests[0]?.headers;
      for (const name of ["x-request-id", "traceparent", "tracestate"])
        expect(headers).not.toHaveProperty(name);
    });

    test("keeps the path of the app's address", async () => {
      const app = await fakeApp();
      const { call } = client(app, { connection: { appUrl: new URL("/inner/", app.url) } });
      await toolErrorOf(call(create));
      expect(app.requests[0]?.path).toBe("/inner/api/internal/mcp/signals");
    });
  });

  describe("an answer", () => {
    test("of 200 to a create, unlike REST's 202, is handed on", async () => {
      const app = await fakeApp();
      expect(await client(app).call(create)).toEqual({
        id: expect.stringMatching(/^signal_/),
        status: "queued",
        visibilityScope: "user",
      });
    });

    test("with more than is known is handed on as it came", async () => {
      const app = await playing(json(200, { id: ID, later: [1] }));
      expect(await client(app).call(get)).toEqual({ id: ID, later: [1] });
    });

    test("about a signal of somebody else is not_found, in the words of this server", async () => {
      const app = await fakeApp();
      app.signals.set(ID, { by: { ...IDENTITY, userId: "user_2" }, input: "hi" });
      const error = await toolErrorOf(client(app).call(get));
      expect(error).toMatchObject({ code: "not_found", status: 404, retryable: false });
    });

    test.each([
      ["a page", html(200)],
      ["nothing", answer(200)],
      ["half of it", answer(200, '{"id":')],
    ])("of success that is %s is an upstream_error", async (_, turn) => {
      const app = await playing(turn);
      expect(await toolErrorOf(client(app).call(get))).toMatchObject({
        code: "upstream_error",
        status: 200,
        retryable: true,
      });
      expect(await toolErrorOf(client(app).call(create))).toMatchObject({
        code: "upstream_error",
        retryable: false,
        hint: expect.stringContaining("unknown whether the request was processed"),
      });
    });

    test("that leads elsewhere is not followed", async () => {
      const other = await fakeApp();
      const app = await playing(redirect(307, other.url.href));
      expect(await toolErrorOf(client(app).call(create))).toMatchObject({
        code: "upstream_error",
        status: 307,
      });
      expect(other.requests).toEqual([]);
    });
  });

  describe("without an answer", () => {
    test.each([
      ["before its first byte", resetBeforeHeaders],
      ["in the middle", resetAfterHeaders],
      ["too early", truncated],
    ])("a connection that ends %s is an upstream_error, and nothing is sent twice", async (_, turn) => {
      const app = await playing(turn);
      expect(await toolErrorOf(client(app).call(get))).toMatchObject({
        code: "upstream_error",
        retryable: true,
      });
      const error = await toolErrorOf(client(app).call(create));
      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toContain("unknown whether the request was processed");
      expect(app.requests).toHaveLength(2);
    });

    test("because nobody listens, a write was certainly not done", async () => {
      const port = await closedPort();
      const nobody = { url: new URL(`http://127.0.0.1:${port}`), secret: "s".repeat(32) };
      const { call, logged } = client(nobody);
      const error = await toolErrorOf(call(create));
      expect(error).toMatchObject({ code: "upstream_error", reason: "ECONNREFUSED", retryable: true });
      expect(error.hint).toContain("was not processed");
      // The caller is not told where the app is; the log is.
      expect(`${error.message} ${error.hint}`).not.toContain("127.0.0.1");
      expect(logged).toEqual([expect.stringMatching(/the app gave no answer.*ECONNREFUSED/)]);
    });

    test.each([
      ["says nothing", hang],
      ["never ends", drip],
    ])("an app that %s is given up within the call's deadline", async (_, turn) => {
      const app = await playing(turn);
      const started = performance.now();
      const error = await toolErrorOf(client(app, { totalMs: 150 }).call(create));
      expect(performance.now() - started).toBeLessThan(1500);
      expect(error).toMatchObject({ code: "upstream_error", reason: "DEADLINE", retryable: false });
      expect(error.message).toBe("Lightfast gave no answer within 150 ms");
      expect(error.hint).toContain("unknown whether the request was processed");
    });

    test("because the client went away, the request to the app is broken off too", async () => {
      const app = await playing();
      const controller = new AbortController();
      let broken: Promise<unknown> = Promise.resolve();
      app.plays("/signals", (response) => {
        broken = new Promise((resolve) => response.once("close", resolve));
        controller.abort(new Error("the client went away"));
      });
      const { call, logged } = client(app, { circumstances: { signal: controller.signal } });
      await expect(call(create)).rejects.toThrow();
      await broken;
      expect(logged).toEqual([]);
    });
  });

  test("health is answered here, without a word to the app", async () => {
    const app = await fakeApp();
    const before = Date.now();
    const health = await client(app).call((api) => api.health());
    expect(health).toEqual({ status: "ok", timestamp: expect.any(String), version });
    const { timestamp } = health as { timestamp: string };
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    expect(app.requests).toEqual([]);
  });

  test("the log names the app's fault, and neither the token nor what was said", async () => {
    const app = await playing(json(500, { error: "internal_error", message: "Failed for hi." }));
    const { call, logged } = client(app);
    await toolErrorOf(call(create));
    expect(logged).toEqual([
      expect.stringContaining('the app failed path="/signals" status=500 error="internal_error"'),
    ]);
    expect(logged.join()).not.toMatch(/Bearer|eyJ|hi\b/);
  });
});

describe("app errors", () => {
  const READ = { method: "GET", finds: true } as const;
  const WRITE = { method: "POST", finds: false } as const;

  const OPERATORS = /operators must mend it/;
  const AGAIN = /safe to try again/;
  const RECONNECT = /Reconnect and grant it/;
  const MEMBER = /must be a member of the organization/;
  const USELESS = /Trying again will not help/;

  type Row = readonly [
    status: number,
    error: string,
    message: string,
    code: ErrorCode,
    retryable: boolean,
    hint: RegExp,
  ];

  /** What the app answers to a command that reads: the contract's sections 4.6 and 4.7, and what lies between. */
  const ANSWERS: readonly Row[] = [
    [400, "invalid_request", "MCP signal get request is invalid.", "invalid_input", false, /Correct the arg/],
    [401, "missing_token", "Service bearer token is required.", "upstream_error", false, OPERATORS],
    [401, "invalid_token", "Service token is invalid.", "upstream_error", false, OPERATORS],
    [403, "disallowed_caller", "Service caller is not allowed.", "upstream_error", false, OPERATORS],
    [403, "org_access_denied", "MCP user is not a member.", "org_access_denied", false, MEMBER],
    [403, "org_access_denied", "MCP organization is not connected.", "org_access_denied", false, MEMBER],
    [403, "org_setup_required", "Some later reason.", "org_access_denied", false, MEMBER],
    [403, "forbidden", "MCP token requires a scope.", "insufficient_scope", false, RECONNECT],
    [403, "insufficient_scope", "MCP token requires a scope.", "insufficient_scope", false, RECONNECT],
    [404, "not_found", "Signal not found.", "not_found", false, /Check the id/],
    [404, "no_such_command", "No such command.", "upstream_error", false, USELESS],
    [409, "conflict", "Conflict.", "upstream_error", false, USELESS],
    [429, "rate_limited", "Slow down.", "upstream_error", true, AGAIN],
    [500, "internal_error", "Failed to get signal.", "upstream_error", true, AGAIN],
    [500, "service_not_configured", "Not configured.", "upstream_error", false, OPERATORS],
    [502, "bad_gateway", "Bad gateway.", "upstream_error", true, AGAIN],
    [503, "unavailable", "Unavailable.", "upstream_error", true, AGAIN],
  ];

  test.each(ANSWERS)("%i %s, %j, is %s", (status, error, message, code, retryable, hint) => {
    const failure = appError(READ, apiAnswer(status, error, message));
    expect(failure).toMatchObject({ code, status, retryable, hint: expect.stringMatching(hint) });
    expect(failure.message).toContain(`(HTTP ${status})`);
  });

  test("the app's words are quoted, but not those between services", () => {
    const quoted = appError(READ, apiAnswer(403, "org_access_denied", "MCP organization is not connected."));
    expect(quoted.message).toContain('Lightfast says: "MCP organization is not connected."');
    const unquoted = appError(READ, apiAnswer(401, "invalid_token", "Service token is invalid."));
    expect(unquoted.message).not.toContain("token");
  });

  describe("a write", () => {
    test("refused as such was not done", () => {
      for (const [status, error] of [
        [400, "invalid_request"],
        [401, "invalid_token"],
        [403, "org_access_denied"],
        [500, "service_not_configured"],
      ] as const) {
        const failure = appError(WRITE, apiAnswer(status, error, "No."));
        expect(failure.hint).not.toMatch(/unknown whether/);
        expect(failure.retryable).toBe(false);
      }
    });

    test.each(["internal_error", "anything"])("that failed inside with %s may have been done", (error) => {
      expect(appError(WRITE, apiAnswer(500, error, "No."))).toMatchObject({
        code: "upstream_error",
        retryable: false,
        hint: expect.stringContaining("unknown whether the request was processed"),
      });
    });

    test("that could not be queued was stored, and must not be repeated", () => {
      const answer = apiAnswer(500, "signal_enqueue_failed", "Failed to queue signal for classification.");
      expect(appError(WRITE, answer)).toMatchObject({
        code: "upstream_error",
        status: 500,
        retryable: false,
        hint: "Tell the user; calling again makes a second signal.",
      });
    });

    test("that meets 404 has looked nothing up", () => {
      expect(appError(WRITE, apiAnswer(404, "not_found", "No."))).toMatchObject({ code: "upstream_error" });
    });

    test("that was turned away may be repeated when the app says so", () => {
      const answer = apiAnswer(503, "unavailable", "No.", undefined, { "retry-after": "3" });
      const failure = appError(WRITE, answer);
      expect(failure).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: 3000 });
      expect(failure.hint).toContain("Wait 3 s first.");
    });
  });

  test.each([302, 400, 401, 403, 404, 502])(
    "%i that is no answer of the app says nothing of the call",
    (status) => {
      const failure = appError(READ, httpAnswer(status, "<html>Gateway</html>"));
      expect(failure).toMatchObject({ code: "upstream_error", status });
      expect(failure.message).not.toContain("html");
    },
  );
});
