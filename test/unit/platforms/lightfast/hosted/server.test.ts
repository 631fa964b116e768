import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { callTool, type RequestContext } from "../../../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../../../src/mcp/types.ts";
import { INSTRUCTIONS } from "../../../../../src/platforms/lightfast/catalog.ts";
import type { LightfastIdentity } from "../../../../../src/platforms/lightfast/hosted/auth.ts";
import { defineHostedServer } from "../../../../../src/platforms/lightfast/hosted/server.ts";
import { KNOWN_SCOPES } from "../../../../../src/platforms/lightfast/policy.ts";
import { defineLightfastServer } from "../../../../../src/platforms/lightfast/server.ts";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { createRedactor } from "../../../../../src/shared/redact.ts";
import { fakeApp, type Turn } from "../../../../fakes/lightfast-app/server.ts";
import { createGate } from "../../../../support/gate.ts";
import {
  auditTo,
  captureLog,
  connectionTo,
  hostedCaller,
  IDENTITY,
} from "../../../../support/lightfast/hosted.ts";
import { hang, json, resetBeforeHeaders } from "../../../../support/scripted-server.ts";
import { exchange } from "../../../../support/tiny-server.ts";

const HEALTH = "lightfast_system_health";
const CREATE = "lightfast_signals_create";
const GET = "lightfast_signals_get";
const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A hosted server with a fake app, its audit queue and its log. */
async function hosted(timeoutMs = 4000) {
  const app = await fakeApp();
  const { logged, log } = captureLog();
  const audit = auditTo(app);
  const redact = createRedactor([app.secret]);
  const server = defineHostedServer({ app: connectionTo(app), audit: audit.queue, timeoutMs, redact, log });
  const call = (
    name: string,
    args: JsonObject,
    context: Partial<RequestContext<LightfastIdentity>> = {},
  ): Promise<ToolResult> => {
    const caller = hostedCaller(...KNOWN_SCOPES);
    return callTool(server, name, args, exchange({ caller, requestId: "req-1", ...context }));
  };
  return { app, server, call, logged, audit };
}

function errorFacts(result: ToolResult): unknown {
  return result._meta?.["ai.lightfast/error"];
}

describe("a call is executed and audited", () => {
  test("for health", async () => {
    const { app, call } = await hosted();
    const caller = hostedCaller("mcp:system:read");
    const { structuredContent } = await call(HEALTH, {}, { caller });
    expect(structuredContent).toMatchObject({ status: "ok" });
    await app.stored(1);
    const { latencyMs: latency, requestId } = app.audited[0]?.metadata ?? {};
    expect(requestId).toMatch(UUID);
    expect(app.requests.map(({ path, body }) => [path, body])).toEqual([
      [
        "/audit",
        `{"clientPublicId":"mcp_client_1","clerkOrgId":"org_1","clerkUserId":"user_1","eventName":"mcp.system.health","grantPublicId":"mcp_grant_1","outcome":"success","metadata":{"clientVerificationStatus":"verified","contractPath":"system.health","error":null,"latencyMs":${latency},"requestId":"${requestId}","requiredScope":"mcp:system:read","scopes":["mcp:system:read"],"toolName":"lightfast_system_health"}}`,
      ],
    ]);
  });

  test("for a signal that is created and read", async () => {
    const { app, call } = await hosted();
    const { structuredContent } = await call(CREATE, { input: " hi " });
    const { id } = structuredContent as { id: string };
    expect(app.signals.get(id)).toMatchObject({ by: IDENTITY, input: "hi" });
    expect(await call(GET, { id })).toMatchObject({
      structuredContent: { id, input: "hi", status: "queued" },
    });
    await app.stored(2);
    expect(app.audited.map(({ eventName, outcome }) => [eventName, outcome])).toEqual([
      ["mcp.signals.create", "success"],
      ["mcp.signals.get", "success"],
    ]);
    expect(app.faults).toEqual([]);
  });
});

describe("a call fails and is audited as", () => {
  type Row = readonly [
    what: string,
    outcome: string,
    code: string,
    message: string,
    requestCount: number,
    run: (setup: Awaited<ReturnType<typeof hosted>>) => Promise<ToolResult>,
  ];

  const FAILURES: readonly Row[] = [
    [
      "denied without the scope, before any request",
      "denied",
      "insufficient_scope",
      "insufficient_scope: the token lacks a scope that the tool needs",
      0,
      ({ call }) => call(CREATE, { input: "" }, { caller: hostedCaller("mcp:signals:read") }),
    ],
    [
      "denied with invalid arguments, before any request",
      "denied",
      "invalid_input",
      "invalid_input: invalid arguments",
      0,
      ({ call }) => call(CREATE, { input: " ", secretName: "x" }),
    ],
    [
      "denied with arguments that the app rejects",
      "denied",
      "invalid_input",
      "invalid_input: invalid arguments (HTTP 400)",
      1,
      ({ app, call }) => {
        app.plays("/signals", json(400, { error: "invalid_request", message: "No." }));
        return call(CREATE, { input: "hi" });
      },
    ],
    [
      "denied without access to the organization",
      "denied",
      "org_access_denied",
      "org_access_denied: no access to the organization (HTTP 403)",
      1,
      ({ app, call }) => {
        app.plays("/signals/get", json(403, { error: "org_access_denied", message: "No." }));
        return call(GET, { id: ID });
      },
    ],
    [
      "an error if nothing is found",
      "error",
      "not_found",
      "not_found: missing, or not visible to the caller (HTTP 404)",
      1,
      ({ call }) => call(GET, { id: ID }),
    ],
    [
      "an error of the app",
      "error",
      "upstream_error",
      "upstream_error: the outcome is unknown; it may have been done (HTTP 500)",
      1,
      ({ app, call }) => {
        app.plays("/signals", json(500, { error: "internal_error", message: "No." }));
        return call(CREATE, { input: "hi" });
      },
    ],
    [
      "an error when the services reject each other",
      "error",
      "upstream_error",
      "upstream_error: the call failed (HTTP 401)",
      1,
      ({ app, call }) => {
        app.plays("/signals", json(401, { error: "invalid_token", message: "No." }));
        return call(CREATE, { input: "hi" });
      },
    ],
    [
      "an error if the response has another shape",
      "error",
      "upstream_error",
      "upstream_error: the outcome is unknown; it may have been done (HTTP 200)",
      1,
      ({ app, call }) => {
        app.plays("/signals", json(200, { success: true }));
        return call(CREATE, { input: "hi" });
      },
    ],
    [
      "an error of the connection",
      "error",
      "upstream_error",
      "upstream_error: the outcome is unknown; it may have been done (ECONNRESET)",
      1,
      ({ app, call }) => {
        app.plays("/signals", (_, request) => void request.socket.resetAndDestroy());
        return call(CREATE, { input: "hi" });
      },
    ],
  ];

  test.each(FAILURES)("%s", async (_, outcome, code, message, requestCount, run) => {
    const setup = await hosted();
    const { app } = setup;
    const result = await run(setup);
    expect(result.isError).toBe(true);
    expect(errorFacts(result)).toMatchObject({ code });
    await app.stored(1);
    expect(app.audited).toMatchObject([
      { outcome, metadata: { error: { code, message }, requestId: expect.stringMatching(UUID) } },
    ]);
    expect(app.requests.filter(({ path }) => path !== "/audit")).toHaveLength(requestCount);
    expect(app.faults).toEqual([]);
  });

  test("an error after a timeout", async () => {
    const { app, call } = await hosted(150);
    app.plays("/signals/get", hang);
    expect(errorFacts(await call(GET, { id: ID }))).toMatchObject({
      code: "upstream_error",
      reason: "DEADLINE",
    });
    await app.stored(1);
    expect(app.audited[0]?.metadata.error?.message).toContain("(DEADLINE)");
  });

  test("an error if the client disconnected during a read", async () => {
    const { app, call } = await hosted();
    const controller = new AbortController();
    app.plays("/signals/get", () => controller.abort(new Error("the client disconnected")));
    await expect(call(GET, { id: ID }, { signal: controller.signal })).rejects.toThrow(
      "the client disconnected",
    );
    await app.stored(1);
    expect(app.audited).toMatchObject([
      {
        outcome: "error",
        metadata: {
          error: {
            code: "upstream_error",
            message: "upstream_error: canceled by the caller; nothing was changed (CANCELLED)",
          },
        },
      },
    ]);
  });
});

describe("a write whose client disconnects", () => {
  /** A create whose client disconnects when the app has received it. The app responds at `respond`. */
  const abandoned = async (turn?: Turn, timeoutMs?: number) => {
    const setup = await hosted(timeoutMs);
    const { app, call } = setup;
    const controller = new AbortController();
    const gate = createGate();
    app.plays("/signals", turn ?? { after: gate.promise });
    const work = call(CREATE, { input: "hi" }, { signal: controller.signal });
    const rejected = expect(work).rejects.toThrow("the client disconnected");
    await app.arrived("/signals", 1);
    controller.abort(new Error("the client disconnected"));
    return { ...setup, respond: gate.open, rejected };
  };

  test("is carried out and audited as a success", async () => {
    const { app, respond, rejected, logged } = await abandoned();
    respond();
    await rejected;
    await app.stored(1);
    expect(app.signals.size).toBe(1);
    expect(app.audited).toMatchObject([{ outcome: "success", metadata: { error: null } }]);
    expect(logged).toEqual([expect.stringContaining('call tool="lightfast_signals_create" outcome="ok"')]);
  });

  test.each<[string, Turn, string]>([
    ["is rejected", json(403, { error: "forbidden", message: "No." }), "insufficient_scope: the token lacks"],
    ["gets no response", resetBeforeHeaders, "upstream_error: the outcome is unknown; it may have been done"],
    ["is never answered", hang, "upstream_error: the outcome is unknown; it may have been done (DEADLINE)"],
  ])("and that %s is audited so", async (_, turn, message) => {
    const { app, rejected } = await abandoned(turn, 300);
    await rejected;
    await app.stored(1);
    expect(app.audited[0]?.metadata.error?.message).toContain(message);
  });

  test("before it is sent is not sent", async () => {
    const { app, call } = await hosted();
    const signal = AbortSignal.abort(new Error("the client disconnected"));
    await expect(call(CREATE, { input: "hi" }, { signal })).rejects.toThrow("the client disconnected");
    await app.stored(1);
    expect(app.signals.size).toBe(0);
    expect(app.audited[0]?.metadata.error?.message).toContain("nothing was changed (CANCELLED)");
  });

  test("keeps the server busy until it is audited", async () => {
    const { server, app, respond, rejected, audit } = await abandoned();
    let isIdle = false;
    const idle = server.idle(5000).then(() => {
      isIdle = true;
    });
    await setImmediate();
    expect(isIdle).toBe(false);
    respond();
    await Promise.all([idle, rejected]);
    expect(audit.undelivered()).toBe(1);
    await app.stored(1);
    await server.idle(5000);
  });
});

test("the log has the client's request id and that of the audit event", async () => {
  const { app, call, logged } = await hosted();
  await call(HEALTH, {});
  await app.stored(1);
  expect(logged).toEqual([
    expect.stringContaining(` requestId="req-1" auditId="${app.audited[0]?.metadata.requestId}"`),
  ]);
});

describe("an audit", () => {
  test("ignores unknown tools", async () => {
    const { call, audit } = await hosted();
    expect(errorFacts(await call("lightfast_signals_list", {}))).toMatchObject({ code: "unsupported_tool" });
    expect(audit.undelivered()).toBe(0);
  });

  test("does not delay a result", async () => {
    const { app, call, audit } = await hosted();
    const gate = createGate();
    app.plays("/audit", { after: gate.promise });
    expect((await call(HEALTH, {})).isError).toBeUndefined();
    await app.arrived("/audit", 1);
    expect(audit.undelivered()).toBe(1);
    gate.open();
    await app.stored(1);
  });

  test("that fails does not fail the call, and is retried alone", async () => {
    const { app, call } = await hosted();
    app.plays("/audit", json(500, { error: "internal_error", message: "Audit failed." }));
    const result = await call(CREATE, { input: "hi" });
    expect(result).toMatchObject({ structuredContent: { status: "queued" } });
    await app.stored(1);
    expect(app.signals.size).toBe(1);
    expect(app.requests.map(({ path }) => path)).toEqual(["/signals", "/audit", "/audit"]);
  });

  test("of a caller without identity is logged, and the call fails", async () => {
    const { app, call, logged } = await hosted();
    const result = await call(
      HEALTH,
      {},
      {
        caller: { grants: new Set(KNOWN_SCOPES), identity: undefined as never },
      },
    );
    expect(errorFacts(result)).toMatchObject({ code: "upstream_error" });
    expect(logged.join("\n")).toContain("call not audited");
    expect(app.requests).toEqual([]);
  });
});

test("secret, token and input appear in no log and no result", async () => {
  const { app, call, logged, audit } = await hosted();
  app.plays("/signals", (response, request) => {
    // The app echoes its input.
    const message = `${request.headers.authorization} ${app.secret}`;
    response
      .writeHead(500, { "content-type": "application/json" })
      .end(JSON.stringify({ error: message, message }));
  });
  const result = await call(CREATE, { input: "a very private matter" });
  await app.stored(1);
  const output = [JSON.stringify(result), ...logged, ...audit.logged, JSON.stringify(app.audited)].join("\n");
  expect(output).not.toMatch(/private matter/);
  expect(output).not.toContain(app.secret);
  expect(output).not.toMatch(/eyJ/);
});

test("both servers have the same tools and instructions, and differ in caching", async () => {
  const { server } = await hosted();
  const local = defineLightfastServer({
    upstream: { code: "missing_token", problem: "No key", hint: "Set it." },
    timeoutMs: 1000,
    proxies: {},
    redact: (text) => text,
    log: captureLog().log,
  });
  expect(server.info).toBe(local.info);
  expect([server.instructions, local.instructions]).toEqual([INSTRUCTIONS, INSTRUCTIONS]);
  const everything = hostedCaller(...KNOWN_SCOPES);
  expect(server.catalog.list(everything)).toEqual(local.catalog.list(LOCAL_CALLER));
  expect(server.catalog.list(hostedCaller("mcp:decisions:read"))).toEqual([]);
  expect([server.caching, local.caching]).toEqual([
    { ttlMs: 300_000, cacheScope: "private" },
    { ttlMs: 300_000, cacheScope: "public" },
  ]);
});
