import { describe, expect, test } from "vitest";
import type { LightfastApi } from "../../../../src/platforms/lightfast/api.ts";
import { parseBaseUrl } from "../../../../src/platforms/lightfast/config/base-url.ts";
import { createRestApi } from "../../../../src/platforms/lightfast/rest-client.ts";
import { withDeadline } from "../../../../src/shared/deadline.ts";
import { httpClient, toolErrorOf } from "../../../support/http.ts";
import { type Act, answer, html, json, playScript, redirect } from "../../../support/scripted-server.ts";

const ID = "signal_123e4567-e89b-12d3-a456-426614174000";
const CREATED = { id: ID, status: "queued", visibilityScope: "user" };

/** A server that plays `script`, and what a call to it comes to. */
const serveKey = async (apiKey: string, ...script: Act[]) => {
  const server = await playScript(script);
  const http = httpClient();
  const call = <T>(work: (api: LightfastApi) => Promise<T>, path = "/"): Promise<T> => {
    const base = parseBaseUrl({ value: `${server.origin}${path}`, source: "test" });
    if ("problem" in base) throw new Error(base.problem);
    const connection = { http, baseUrl: base.value, apiKey, userAgent: "lightfast-mcp/1 (test)" };
    return withDeadline(2000, new AbortController().signal, (deadline) =>
      work(createRestApi(connection, deadline)),
    );
  };
  return { server, call };
};

const serve = (...script: Act[]) => serveKey("lf_test", ...script);

describe("each operation sends its request", () => {
  const OPERATIONS: readonly [
    string,
    (api: LightfastApi) => Promise<unknown>,
    method: string,
    body: string,
  ][] = [
    ["/api/v1/system/health", (api) => api.health(), "GET", ""],
    ["/api/v1/signals", (api) => api.createSignal("hi"), "POST", '{"input":"hi"}'],
    [`/api/v1/signals/${ID}`, (api) => api.getSignal(ID), "GET", ""],
  ];

  test.each(OPERATIONS)("%s", async (target, work, method, body) => {
    const { server, call } = await serve(json(200, { any: "thing" }));
    expect(await call(work)).toEqual({ any: "thing" });
    expect(server.requests).toMatchObject([{ method, target, body }]);
  });

  test.each(OPERATIONS)("%s carries the key, who we are, and what we read", async (_, work, method) => {
    const { server, call } = await serve(json(200, {}));
    await call(work);
    const headers = server.requests[0]?.headers;
    expect(headers).toMatchObject({
      authorization: "Bearer lf_test",
      accept: "application/json",
      "user-agent": "lightfast-mcp/1 (test)",
    });
    expect(headers?.["content-type"]).toBe(method === "POST" ? "application/json" : undefined);
  });

  test.each([
    ["", "/api/v1/system/health"],
    ["///", "/api/v1/system/health"],
    ["/api/v1/", "/api/v1/system/health"],
    ["/sub/", "/sub/api/v1/system/health"],
    ["/api", "/api/api/v1/system/health"],
    ["/api/v1/api/v1", "/api/v1/api/v1/system/health"],
  ])("below the base URL's path %j", async (path, target) => {
    const { server, call } = await serve(json(200, {}));
    await call((api) => api.health(), path);
    expect(server.requests[0]?.target).toBe(target);
  });

  test("with an id that cannot leave its place in the path", async () => {
    const { server, call } = await serve(json(200, {}));
    await call((api) => api.getSignal("../system/health?x=1#y"));
    expect(server.requests[0]?.target).toBe("/api/v1/signals/..%2Fsystem%2Fhealth%3Fx%3D1%23y");
  });

  test("with any text as it is", async () => {
    const { server, call } = await serve(json(202, CREATED));
    const text = 'é "quoted" 😀\n';
    await call((api) => api.createSignal(text));
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ input: text });
  });
});

describe("an answer", () => {
  test.each([200, 201, 202])("with %i is handed on as it came", async (status) => {
    const { call } = await serve(json(status, { ...CREATED, later: 1 }));
    expect(await call((api) => api.createSignal("hi"))).toEqual({ ...CREATED, later: 1 });
  });

  test("with 404 is about the signal only where one was looked up", async () => {
    const { call } = await serve(json(404, { error: "not_found", message: "Signal not found." }));
    expect((await toolErrorOf(call((api) => api.getSignal(ID)))).code).toBe("not_found");
    expect((await toolErrorOf(call((api) => api.health()))).code).toBe("upstream_error");
    expect((await toolErrorOf(call((api) => api.createSignal("hi")))).code).toBe("upstream_error");
  });

  test("of a page, or of nothing, is no answer of Lightfast", async () => {
    const { server, call } = await serve(html(200), answer(200));
    expect((await toolErrorOf(call((api) => api.health()))).message).toBe(
      `127.0.0.1:${server.port} answered 200 with text/html instead of JSON`,
    );
    expect((await toolErrorOf(call((api) => api.health()))).message).toContain("no content type");
  });

  test("that refuses the key says so without the key", async () => {
    const { call } = await serve(json(401, { error: "auth_required", message: "Invalid API key" }));
    const error = await toolErrorOf(call((api) => api.health()));
    expect(error.code).toBe("invalid_token");
    expect(`${error.message} ${error.hint}`).not.toContain("lf_test");
  });

  test("that echoes the key loses it, wherever it stands and however it is cut", async () => {
    const key = "lf_0123456789abcdef";
    for (const pad of [0, 484, 490, 499]) {
      const message = `${"x".repeat(pad)}${key}`;
      const { call } = await serveKey(key, json(500, { error: "internal_error", message }));
      const error = await toolErrorOf(call((api) => api.health()));
      expect(`${error.message} ${error.hint}`).not.toMatch(/lf_0|0123/);
    }
  });

  test("that succeeds loses the key too, and stays JSON", async () => {
    const key = "lf_0123456789abcdef";
    const { call } = await serveKey(key, json(202, { ...CREATED, input: `my key is ${key}` }));
    expect(await call((api) => api.createSignal("hi"))).toEqual({
      ...CREATED,
      input: "my key is [redacted]",
    });
  });

  test("names the host that gave it", async () => {
    const { server, call } = await serve(json(403, { error: "forbidden", message: "No." }));
    expect((await toolErrorOf(call((api) => api.health()))).message).toContain(
      `(HTTP 403 from 127.0.0.1:${server.port})`,
    );
  });

  test("with 401 that is not the API's own is about the credentials", async () => {
    const { call } = await serve(html(401));
    const error = await toolErrorOf(call((api) => api.health()));
    expect(error.code).toBe("invalid_token");
    expect(error.message).toContain("did not come from the Lightfast API");
  });

  test("that leads elsewhere takes no key along", async () => {
    const other = await playScript([json(200, {})]);
    const { call } = await serve(redirect(308, `${other.origin}/api/v1/signals`));
    expect((await toolErrorOf(call((api) => api.createSignal("hi")))).code).toBe("upstream_error");
    expect(other.requests).toHaveLength(0);
  });
});

test("a signal is created once, whatever becomes of the answer", async () => {
  for (const act of [json(500, { error: "internal_error", message: "No." }), html(502), html(200)]) {
    const { server, call } = await serve(act);
    const error = await toolErrorOf(call((api) => api.createSignal("hi")));
    expect(error.retryable).toBe(false);
    expect(error.hint).toContain("unknown whether the request was processed");
    expect(server.requests).toHaveLength(1);
  }
});
