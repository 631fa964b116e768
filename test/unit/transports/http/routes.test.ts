import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../src/mcp/caller.ts";
import {
  CHALLENGE_SCOPE,
  METADATA,
  PAGE_ORIGIN,
  RESOURCE_URL,
  type RunningApp,
  startApp,
} from "../../../support/http-app.ts";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const outcome = async (app: RunningApp, method: string, path: string, headers = {}) => {
  const { status, headers: answered } = await app.ask({ method, path, headers });
  return { status, allow: answered.allow };
};

describe("the endpoint", () => {
  test.each([
    ["GET", "/mcp"],
    ["GET", "/mcp/"],
    ["DELETE", "/mcp"],
    ["POST", "/mcp"],
    ["POST", "/mcp/"],
  ])("challenges %s %s without credentials", async (method, path) => {
    const app = await startApp();
    const { status, headers, json } = await app.ask({ method, path });
    expect(status).toBe(401);
    expect(json()).toMatchObject({ error: "missing_token" });
    expect(headers["www-authenticate"]).toBe(
      `Bearer resource_metadata="https://mcp.tiny.test${WELL_KNOWN}/mcp", scope="${CHALLENGE_SCOPE}"`,
    );
  });

  test.each(["GET", "DELETE"])("has no %s for those who are let in", async (method) => {
    const app = await startApp();
    const answer = { status: 405, allow: "POST, OPTIONS" };
    expect(await outcome(app, method, "/mcp", bearer("reader"))).toEqual(answer);
    const open = await startApp({ access: { kind: "open", caller: LOCAL_CALLER }, metadata: undefined });
    expect(await outcome(open, method, "/mcp")).toEqual(answer);
  });

  test.each(["GET", "DELETE", "POST"])(
    "answers %s of a bad token, an outage and a fault each in its way",
    async (method) => {
      const app = await startApp();
      const expired = await app.ask({ method, path: "/mcp", headers: bearer("expired") });
      expect(expired.status).toBe(401);
      expect(expired.headers["www-authenticate"]).toMatch(
        /^Bearer error="invalid_token", error_description="Token has expired\.", resource_metadata="/,
      );
      const down = await app.ask({ method, path: "/mcp", headers: bearer("down") });
      expect([down.status, down.headers["retry-after"]]).toEqual([503, "7"]);
      expect(down.headers).not.toHaveProperty("www-authenticate");
      const faulty = await app.ask({ method, path: "/mcp", headers: bearer("faulty") });
      expect(faulty.status).toBe(500);
      expect(faulty.json()).toEqual({ error: "server_error", error_description: "Internal Server Error" });
      expect(faulty.headers).not.toHaveProperty("www-authenticate");
    },
  );

  test.each(["PUT", "PATCH", "HEAD", "TRACE"])("has no %s, and says what it has", async (method) => {
    const app = await startApp();
    for (const path of ["/mcp", "/mcp/"]) {
      expect(await outcome(app, method, path)).toEqual({ status: 405, allow: "POST, OPTIONS" });
    }
  });

  test("tells pages that may call what they may send, without credentials", async () => {
    const app = await startApp();
    const { status, headers, text } = await app.ask({
      method: "OPTIONS",
      path: "/mcp",
      headers: {
        origin: PAGE_ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect([status, text]).toEqual([204, ""]);
    expect(headers["access-control-allow-origin"]).toBe(PAGE_ORIGIN);
    expect(headers.vary).toBe("origin");
    expect(headers["access-control-allow-methods"]).toContain("POST");
    const allowed = headers["access-control-allow-headers"]?.split(", ");
    expect(allowed).toEqual(
      expect.arrayContaining([
        "authorization",
        "content-type",
        "accept",
        "mcp-protocol-version",
        "mcp-method",
        "mcp-name",
      ]),
    );
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });
});

describe("the metadata", () => {
  test.each([WELL_KNOWN, `${WELL_KNOWN}/mcp`])("are at %s, for every page, and not kept", async (path) => {
    const app = await startApp();
    const { status, headers, json } = await app.ask({ path, headers: { origin: "https://any.test" } });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(json()).toEqual(METADATA);
    expect(await outcome(app, "OPTIONS", path)).toMatchObject({ status: 204 });
    expect(await outcome(app, "POST", path)).toEqual({ status: 405, allow: "GET, HEAD, OPTIONS" });
  });

  test.each([
    ["https://x.test/", WELL_KNOWN],
    ["https://x.test/mcp/", `${WELL_KNOWN}/mcp`],
    ["https://x.test/a/b", `${WELL_KNOWN}/a/b`],
    ["https://x.test:8443/a", `${WELL_KNOWN}/a`],
  ])("of %s are where its challenge says", async (resource, path) => {
    const app = await startApp({ resourceUrl: new URL(resource) });
    const { headers } = await app.ask({ path: "/mcp" });
    const told = /resource_metadata="([^"]*)"/.exec(headers["www-authenticate"] ?? "")?.[1] ?? "";
    expect(told).toBe(`${new URL(resource).origin}${path}`);
    expect((await app.ask({ path: new URL(told).pathname })).json()).toEqual(METADATA);
  });

  test("are nowhere where there is no authorization server", async () => {
    const app = await startApp({ metadata: undefined });
    for (const path of [WELL_KNOWN, `${WELL_KNOWN}/mcp`]) {
      expect(await outcome(app, "GET", path)).toMatchObject({ status: 404 });
    }
    expect((await app.ask({ path: "/mcp" })).headers["www-authenticate"]).toBe("Bearer");
  });
});

describe("for those who run it", () => {
  test.each(["/api/health", "/livez", "/readyz"])("%s is well, and is not kept", async (path) => {
    const app = await startApp();
    const { status, headers } = await app.ask({ path });
    expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
  });

  test("the health is that of the platform's contract", async () => {
    const app = await startApp();
    expect((await app.ask({ path: "/api/health" })).json()).toEqual({ service: "mcp", status: "ok" });
  });

  test("only readiness turns before the end", async () => {
    let isReady = true;
    const app = await startApp({ isReady: () => isReady });
    expect(await outcome(app, "GET", "/readyz")).toMatchObject({ status: 200 });
    isReady = false;
    expect(await outcome(app, "GET", "/readyz")).toMatchObject({ status: 503 });
    expect(await outcome(app, "GET", "/livez")).toMatchObject({ status: 200 });
    expect(await outcome(app, "POST", "/mcp")).toMatchObject({ status: 401 });
  });

  test.each(["/api/health", "/livez", "/readyz", "/metrics"])(
    "%s answers by any name, and to no page of another origin",
    async (path) => {
      const app = await startApp();
      const headers = { host: "10.0.0.7:8080", origin: "https://evil.test" };
      const answer = await app.ask({ path, headers });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    },
  );

  test("metrics are served here only where they have no port of their own", async () => {
    const here = await startApp();
    const { headers, text } = await here.ask({ path: "/metrics" });
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    expect(text).toContain("mcp_http_request_duration_seconds");
    const elsewhere = await startApp({ servesMetrics: false });
    expect(await outcome(elsewhere, "GET", "/metrics")).toMatchObject({ status: 404 });
  });
});

test("people find a page that loads nothing and runs nothing", async () => {
  const app = await startApp({ page: "<!doctype html><title>größe</title>" });
  const { status, headers, text } = await app.ask({ path: "/" });
  expect([status, text]).toEqual([200, "<!doctype html><title>größe</title>"]);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(headers["content-security-policy"]).not.toContain("script-src");
});

test.each(["/", "/api/health", "/livez", "/readyz", "/metrics", WELL_KNOWN])(
  "%s answers HEAD without a body, and nothing but reading",
  async (path) => {
    const app = await startApp();
    const { status, headers, text } = await app.ask({ method: "HEAD", path });
    expect([status, text]).toEqual([200, ""]);
    expect(Number(headers["content-length"])).toBeGreaterThan(0);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const allow = path === WELL_KNOWN ? "GET, HEAD, OPTIONS" : "GET, HEAD";
      expect(await outcome(app, method, path)).toEqual({ status: 405, allow });
    }
  },
);

test.each(["/", WELL_KNOWN, "/mcp", "/mcp/"])("%s is not served under a foreign name", async (path) => {
  const app = await startApp();
  expect(await outcome(app, "GET", path, { host: "evil.test" })).toMatchObject({ status: 403 });
  expect(await outcome(app, "GET", path, { host: RESOURCE_URL.host.toUpperCase() })).not.toMatchObject({
    status: 403,
  });
});
