import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../../../src/mcp/errors.ts";
import type { RequestContext } from "../../../../../src/mcp/server.ts";
import type { LightfastApi } from "../../../../../src/platforms/lightfast/api.ts";
import { appError, createAppApi } from "../../../../../src/platforms/lightfast/hosted/app-api.ts";
import type { LightfastIdentity } from "../../../../../src/platforms/lightfast/hosted/auth.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";
import { readTrace } from "../../../../../src/shared/trace.ts";
import { version } from "../../../../../src/version.ts";
import { type FakeApp, fakeApp, type Turn } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import { toolErrorOf } from "../../../../support/http.ts";
import { errorResponse, httpResponse } from "../../../../support/lightfast/api-responses.ts";
import {
  captureLog,
  connectionTo,
  hostedCaller,
  IDENTITY,
  internalPost,
} from "../../../../support/lightfast/hosted.ts";
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
    readonly context?: Partial<RequestContext<LightfastIdentity>>;
    readonly connection?: Parameters<typeof connectionTo>[1];
    readonly totalMs?: number;
  };

  /** Calls the app, and captures the log. */
  const client = (app: Pick<FakeApp, "url" | "secret">, setup: Setup = {}) => {
    const { logged, log } = captureLog();
    const options = { app: connectionTo(app, setup.connection), log };
    const context = exchange({
      caller: hostedCaller("mcp:signals:read", "mcp:signals:write", "mcp:system:read"),
      ...setup.context,
    });
    const call = <T>(work: (api: LightfastApi) => Promise<T>): Promise<T> =>
      withDeadline(setup.totalMs ?? 4000, context.signal, (deadline) =>
        work(createAppApi(options, context, deadline)),
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
    test("to create a signal has the actor, the input, and the one scope it needs", async () => {
      const app = await fakeApp();
      await client(app).call(create);
      expect(app.requests).toMatchObject([{ path: "/signals" }]);
      expect(app.requests[0]?.body).toBe(
        '{"actor":{"clientId":"mcp_client_1","grantId":"mcp_grant_1","kind":"mcp","orgId":"org_1","userId":"user_1"},"input":"hi","scopes":["mcp:signals:write"]}',
      );
    });

    test("to get a signal has the actor, the id, and the one scope it needs", async () => {
      const app = await fakeApp();
      app.signals.set(ID, { by: IDENTITY, input: "hi" });
      await client(app).call(get);
      expect(app.requests[0]?.body).toBe(
        `{"actor":{"clientId":"mcp_client_1","grantId":"mcp_grant_1","kind":"mcp","orgId":"org_1","userId":"user_1"},"id":"${ID}","scopes":["mcp:signals:read"]}`,
      );
      expect(app.faults).toEqual([]);
    });

    test("has a current service token", async () => {
      const app = await fakeApp();
      let at = Date.now() - 5000;
      const { call } = client(app, { connection: { now: () => at } });
      await call(create);
      at += 2000;
      await call(create);
      const [first, second] = app.requests.map(({ claims }) => claims);
      expect(first).toMatchObject({ iss: "mcp", aud: "lightfast-app", token_use: "service_access" });
      expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBe(90);
      expect((second?.iat ?? 0) - (first?.iat ?? 0)).toBe(2);
      expect(app.faults).toEqual([]);
    });

    test("has the client, the request id and the trace context", async () => {
      const app = await fakeApp();
      const trace = readTrace({
        traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
        tracestate: "x=1",
      });
      const context = { requestId: "req-1", trace, client: { name: "probe", version: "2" } };
      await client(app, { context }).call(create);
      expect(app.requests[0]?.headers).toMatchObject({
        ...trace?.headers,
        "x-request-id": "req-1",
        "user-agent": expect.stringMatching(/^lightfast-mcp\/\S+ \(probe\/2; node\//),
        accept: "application/json",
        "content-type": "application/json",
      });
    });

    test("without a request id or a trace context has no such headers", async () => {
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

  describe("a response", () => {
    test("with another signal than the requested one is an upstream_error", async () => {
      const app = await fakeApp();
      app.plays("/signals/get", json(200, { id: ID.replace(/.$/, "f") }));
      expect(await toolErrorOf(client(app).call(get))).toMatchObject({
        code: "upstream_error",
        message: "Lightfast sent another signal than the requested one",
      });
    });

    test("to a creation has status 200, unlike the REST API's 202", async () => {
      const app = await fakeApp();
      expect(await client(app).call(create)).toEqual({
        id: expect.stringMatching(/^signal_/),
        status: "queued",
        visibilityScope: "user",
      });
    });

    test("with unknown fields is returned unchanged", async () => {
      const app = await playing(json(200, { id: ID, later: [1] }));
      expect(await client(app).call(get)).toEqual({ id: ID, later: [1] });
    });

    test("about another user's signal is not_found", async () => {
      const app = await fakeApp();
      app.signals.set(ID, { by: { ...IDENTITY, userId: "user_2" }, input: "hi" });
      const error = await toolErrorOf(client(app).call(get));
      expect(error).toMatchObject({ code: "not_found", status: 404, retryable: false });
    });

    test.each([
      ["HTML", html(200)],
      ["empty", answer(200)],
      ["truncated", answer(200, '{"id":')],
    ])("that succeeds with a body that is %s is an upstream_error", async (_, turn) => {
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

    test("that redirects is not followed", async () => {
      const other = await fakeApp();
      const app = await playing(redirect(307, other.url.href));
      expect(await toolErrorOf(client(app).call(create))).toMatchObject({
        code: "upstream_error",
        status: 307,
      });
      expect(other.requests).toEqual([]);
    });
  });

  describe("without a response", () => {
    test("a read whose connection is closed is sent once more, a write is not", async () => {
      const app = await playing(resetBeforeHeaders);
      // The second request gets the fake's usual response.
      expect((await toolErrorOf(client(app).call(get))).code).toBe("not_found");
      expect(app.requests).toHaveLength(2);
      const error = await toolErrorOf(client(app).call(create));
      expect(error.hint).toContain("unknown whether the request was processed");
      expect(app.requests).toHaveLength(3);
    });

    test("a response with a coding is named", async () => {
      const app = await playing(answer(200, "x", { "content-encoding": "gzip" }));
      for (const work of [get, create]) {
        const error = await toolErrorOf(client(app).call(work));
        expect(error.message).toBe(
          "Lightfast cannot be understood: the response has Content-Encoding gzip, which was not accepted",
        );
      }
    });

    test("a write that waited for a connection in vain was not sent", async () => {
      const app = await playing(hang);
      const connection = { post: internalPost(1) };
      const first = toolErrorOf(client(app, { connection, totalMs: 500 }).call(create));
      await expect.poll(() => app.requests.length).toBe(1);
      const error = await toolErrorOf(client(app, { connection, totalMs: 150 }).call(create));
      expect(error).toMatchObject({ reason: "DEADLINE", retryable: true });
      expect(error.hint).toBe("It was not processed, so it is safe to try again.");
      expect((await first).hint).toContain("unknown whether the request was processed");
      expect(app.requests).toHaveLength(1);
    });

    test.each([
      ["after the headers", resetAfterHeaders],
      ["before the end of the body", truncated],
    ])("a connection that ends %s is an upstream_error, and no request is repeated", async (_, turn) => {
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

    test("because the app is down, a write was certainly not processed", async () => {
      const port = await closedPort();
      const down = { url: new URL(`http://127.0.0.1:${port}`), secret: "s".repeat(32) };
      const { call, logged } = client(down);
      const error = await toolErrorOf(call(create));
      expect(error).toMatchObject({ code: "upstream_error", reason: "ECONNREFUSED", retryable: true });
      expect(error.hint).toContain("was not processed");
      // Only the log of the HTTP client names the app's address.
      expect(`${error.message} ${error.hint}`).not.toContain("127.0.0.1");
      expect(logged).toEqual([]);
    });

    test.each([
      ["never responds", hang],
      ["never ends its response", drip],
    ])("an app that %s is abandoned before the call's deadline", async (_, turn) => {
      const app = await playing(turn);
      const error = await toolErrorOf(client(app, { totalMs: 150 }).call(create));
      expect(error).toMatchObject({ code: "upstream_error", reason: "DEADLINE", retryable: false });
      expect(error.message).toBe("Lightfast did not respond within 150 ms");
      expect(error.hint).toContain("unknown whether the request was processed");
    });

    test("because the client disconnected, a read is aborted", async () => {
      const app = await playing();
      const controller = new AbortController();
      let closed: Promise<unknown> = Promise.resolve();
      app.plays("/signals/get", (response) => {
        closed = new Promise((resolve) => response.once("close", resolve));
        controller.abort(new Error("the client disconnected"));
      });
      const { call, logged } = client(app, { context: { signal: controller.signal } });
      await expect(call(get)).rejects.toThrow();
      await closed;
      expect(logged).toEqual([]);
    });

    test("because the client disconnected, a write that was sent is completed", async () => {
      const app = await fakeApp();
      const controller = new AbortController();
      const gate = createGate();
      app.plays("/signals", { after: gate.promise });
      const { call } = client(app, { context: { signal: controller.signal } });
      const created = call(create);
      await app.arrived("/signals", 1);
      controller.abort(new Error("the client disconnected"));
      gate.open();
      expect(await created).toMatchObject({ status: "queued" });
    });

    test("because the client disconnected, a write that waits for a connection is not sent", async () => {
      const app = await fakeApp();
      const controller = new AbortController();
      const gate = createGate();
      app.plays("/signals", { after: gate.promise });
      const post = internalPost(1);
      const first = client(app, { connection: { post } }).call(create);
      await app.arrived("/signals", 1);
      const { call } = client(app, { connection: { post }, context: { signal: controller.signal } });
      const second = call(create);
      const rejected = expect(second).rejects.toThrow();
      await setImmediate();
      controller.abort(new Error("the client disconnected"));
      await rejected;
      gate.open();
      await first;
      expect(app.signals.size).toBe(1);
    });
  });

  test("health sends no request to the app", async () => {
    const app = await fakeApp();
    const before = Date.now();
    const health = await client(app).call((api) => api.health());
    expect(health).toEqual({ status: "ok", timestamp: expect.any(String), version });
    const { timestamp } = health as { timestamp: string };
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    expect(app.requests).toEqual([]);
  });

  test("the log has the app's error name, but no token and no input", async () => {
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
  const READ = { method: "GET", hasId: true } as const;
  const WRITE = { method: "POST", hasId: false } as const;

  const OPERATORS = /operators must fix this/;
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

  /** Error responses to a read: those of the app, and those of gateways in between. */
  const RESPONSES: readonly Row[] = [
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

  test.each(RESPONSES)("%i %s, %j, is %s", (status, error, message, code, retryable, hint) => {
    const failure = appError(READ, errorResponse(status, error, message));
    expect(failure).toMatchObject({ code, status, retryable, hint: expect.stringMatching(hint) });
    expect(failure.message).toContain(`(HTTP ${status})`);
  });

  test("the app's text is quoted, except about service tokens", () => {
    const quoted = appError(
      READ,
      errorResponse(403, "org_access_denied", "MCP organization is not connected."),
    );
    expect(quoted.message).toContain('Lightfast says: "MCP organization is not connected."');
    const unquoted = appError(READ, errorResponse(401, "invalid_token", "Service token is invalid."));
    expect(unquoted.message).not.toContain("token");
  });

  describe("a write", () => {
    test("that was rejected was not processed", () => {
      for (const [status, error] of [
        [400, "invalid_request"],
        [401, "invalid_token"],
        [403, "org_access_denied"],
        [500, "service_not_configured"],
      ] as const) {
        const failure = appError(WRITE, errorResponse(status, error, "No."));
        expect(failure.hint).not.toMatch(/unknown whether/);
        expect(failure.retryable).toBe(false);
      }
    });

    test.each(["internal_error", "anything"])("that failed with 500 %s may have been processed", (error) => {
      expect(appError(WRITE, errorResponse(500, error, "No."))).toMatchObject({
        code: "upstream_error",
        retryable: false,
        hint: expect.stringContaining("unknown whether the request was processed"),
      });
    });

    test("that could not be queued was stored and must not be repeated", () => {
      const response = errorResponse(
        500,
        "signal_enqueue_failed",
        "Failed to queue signal for classification.",
      );
      expect(appError(WRITE, response)).toMatchObject({
        code: "upstream_error",
        status: 500,
        retryable: false,
        hint: "Calling again would create a second signal.",
      });
    });

    test("with 404 is an upstream_error, because it has no id", () => {
      expect(appError(WRITE, errorResponse(404, "not_found", "No."))).toMatchObject({
        code: "upstream_error",
      });
    });

    test.each([429, 503])("with %i and Retry-After may have been processed", (status) => {
      const response = errorResponse(status, "unavailable", "No.", undefined, { "retry-after": "3" });
      const failure = appError(WRITE, response);
      expect(failure).toMatchObject({ code: "upstream_error", retryable: false, retryAfterMs: undefined });
      expect(failure.hint).toContain("unknown whether the request was processed");
    });
  });

  test.each([302, 400, 401, 403, 404, 502])("%i that is not the app's own is an upstream_error", (status) => {
    const failure = appError(READ, httpResponse(status, "<html>Gateway</html>"));
    expect(failure).toMatchObject({ code: "upstream_error", status });
    expect(failure.message).not.toContain("html");
  });
});
