import type { OutgoingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../src/mcp/tool.ts";
import { createMetrics } from "../../../../src/transports/http/metrics.ts";
import { headOf, openSocket, statusIn } from "../../../support/client-socket.ts";
import { createGate } from "../../../support/gate.ts";
import {
  CHALLENGE_SCOPE,
  LANDING_PAGE,
  METADATA,
  PAGE_ORIGIN,
  RESOURCE_URL,
  type RunningApp,
  startApp,
  verifyTiny,
} from "../../../support/http-app.ts";
import { request } from "../../../support/wire.ts";

describe("logging", () => {
  const PING = request(1, "ping");
  const TRACEPARENT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

  describe("a request", () => {
    test("is logged on one line, with its id and outcome", async () => {
      const app = await startApp();
      await app.post(PING, { "x-request-id": "r-1" });
      expect(app.logged).toEqual([
        expect.stringMatching(
          /^info: request requestId="r-1" method="POST" path="\/mcp" status=200 ms=\d+ rpc="ping"$/,
        ),
      ]);
    });

    test("that is a tool call has one line at info, that of the call", async () => {
      const app = await startApp();
      const headers = { "x-request-id": "r-1", "user-agent": "codex/0.171", traceparent: TRACEPARENT };
      await app.post(request(1, "tools/call", { name: "tiny_echo", arguments: { text: "hi" } }), headers);
      const trace = `trace_id="${"a".repeat(32)}" span_id="${"b".repeat(16)}"`;
      expect(app.logged).toEqual([
        expect.stringMatching(
          `^info: call tool="tiny_echo" outcome="ok" ms=\\d+ requestId="r-1" ${trace} clientName="codex/0.171"$`,
        ),
        expect.stringMatching(
          `^debug: request requestId="r-1" .* status=200 ms=\\d+ rpc="tools/call" ${trace}$`,
        ),
      ]);
    });

    test("of a health probe is logged at debug, unless it fails", async () => {
      let isReady = true;
      const app = await startApp({ isReady: () => isReady });
      const paths = ["/livez", "/readyz", "/api/health", "/metrics"];
      for (const path of paths) await app.ask({ path });
      isReady = false;
      await app.ask({ path: "/readyz" });
      expect(app.logged.map((line) => line.replace(/ requestId="[^"]+"| ms=\d+/g, ""))).toEqual([
        ...paths.map((path) => `debug: request method="GET" path="${path}" status=200`),
        'info: request method="GET" path="/readyz" status=503 reason="stopping"',
      ]);
    });

    test.each<[status: number, level: string, reason: string, headers: OutgoingHttpHeaders]>([
      [401, "info", "no bearer token", { authorization: "" }],
      [401, "info", "exp is over", { authorization: "Bearer expired" }],
      [401, "info", "no such token", { authorization: "Bearer a.guessed.one" }],
      [403, "warn", "host not allowed: other.test", { host: "other.test" }],
      [403, "warn", "origin not allowed: https://other.test", { origin: "https://other.test" }],
      [406, "warn", "Accept must allow application/json or text/event-stream", { accept: "image/png" }],
      [503, "error", "the app is down", { authorization: "Bearer down" }],
      [500, "error", "Error: a fault of the server", { authorization: "Bearer faulty" }],
    ])("with status %i is logged as %s, with the reason %s", async (status, level, reason, headers) => {
      const app = await startApp();
      await app.post(PING, headers);
      expect(app.logged).toEqual([expect.stringMatching(`^${level}: request .* status=${status} ms=\\d+`)]);
      expect(app.logged[0]).toContain(` reason="${reason}"`);
    });

    test("is logged without token, query, unknown path and arguments", async () => {
      const app = await startApp();
      const call = request(1, "tools/call", { name: "tiny_echo", arguments: { text: "hush-text" } });
      for (const token of ["both", "hush-token", "faulty"]) {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const body = JSON.stringify(call);
        await app.ask({ method: "POST", path: "/mcp?access_token=hush-query", headers, body });
      }
      await app.ask({ path: "/hush-path" });
      await app.post("hush-body");
      expect(app.logged.length).toBeGreaterThan(5);
      expect(app.logged.join("\n")).not.toContain("hush");
    });

    test("is counted under fixed label values", async () => {
      const metrics = createMetrics(0);
      const app = await startApp({ metrics });
      await app.post(PING);
      await app.post(PING, { authorization: "Bearer expired" });
      await app.ask({ path: "/mcp?hush=1" });
      await app.ask({ path: "/hush" });
      const { body } = await metrics.text();
      const counted = [...body.matchAll(/^mcp_(?:http_request|verification)_duration_seconds_count(.*)$/gm)];
      expect(counted.map(([, sample]) => sample)).toEqual([
        '{route="/mcp",method="POST",status="200"} 1',
        '{route="/mcp",method="POST",status="401"} 1',
        '{route="/mcp",method="GET",status="401"} 1',
        '{route="other",method="GET",status="404"} 1',
        '{outcome="accepted"} 1',
        '{outcome="TokenInvalid"} 1',
      ]);
    });
  });
});

describe("app", () => {
  const PING = request(1, "ping");
  const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

  describe("a request's id", () => {
    test.each(["r-1", "a.b:c_d-e", "0", "x".repeat(128), "550e8400-e29b-41d4-a716-446655440000"])(
      "is the client's if it is valid: %s",
      async (id) => {
        const app = await startApp();
        expect((await app.post(PING, { "x-request-id": id })).headers["x-request-id"]).toBe(id);
      },
    );

    test.each([["a b"], ["x".repeat(129)], ["<b>"], ["a%0d%0ab"], ["ü"], ["a,b"], [""], [["a", "b"]]])(
      "is generated if the client's is invalid: %j",
      async (id) => {
        const app = await startApp();
        expect((await app.post(PING, { "x-request-id": id })).headers["x-request-id"]).toMatch(UUID);
      },
    );

    test("is generated for each request without one", async () => {
      const app = await startApp();
      const answers = await Promise.all([1, 2, 3].map(() => app.post(PING)));
      expect(new Set(answers.map(({ headers }) => headers["x-request-id"])).size).toBe(3);
    });

    test.each([
      ["/livez", {}, 200],
      ["/nowhere", {}, 404],
      ["/mcp", {}, 401],
      ["/mcp", { host: "evil.test" }, 403],
      ["/mcp", { authorization: "Bearer reader" }, 405],
      ["/mcp", { authorization: "Bearer faulty" }, 500],
    ])("is in every response: %s %j", async (path, headers, status) => {
      const app = await startApp();
      const answer = await app.ask({ path, headers: { ...headers, "x-request-id": "mine" } });
      expect(answer.status).toBe(status);
      expect(answer.headers["x-request-id"]).toBe("mine");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    });
  });

  describe("a path", () => {
    test.each(["/mcp?", "/mcp?a=b&c", "/mcp/?/livez", "/mcp??x"])("may have a query: %s", async (path) => {
      const app = await startApp();
      const headers = { authorization: "Bearer reader", "content-type": "application/json" };
      const { status } = await app.ask({ method: "POST", path, headers, body: JSON.stringify(PING) });
      expect(status).toBe(200);
    });

    test.each([
      "//mcp",
      "/mcp//",
      "/MCP",
      "/%6dcp",
      "/mcp%2f",
      "/mcp%00",
      "/mcp;v=1",
      "/./mcp",
      "/mcp/../livez",
      "/mcp/sse",
      "/__proto__",
      "/constructor",
      "/Livez",
      "/livez/",
      "/.well-known/oauth-protected-resource/",
      "/.well-known/oauth-protected-resource/other",
      "/.well-known/oauth-authorization-server",
    ])("that is unknown returns 404 for every method and host: %s", async (path) => {
      const app = await startApp();
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { status, json } = await app.ask({ method, path, headers: { host: "any.test" } });
        expect(status).toBe(404);
        expect(json()).toEqual({ error: "not_found" });
      }
    });
  });

  describe("a target in absolute form", () => {
    test.each([
      ["GET", "/livez", 200],
      ["GET", "/livez?a=http://b", 200],
      ["HEAD", "", 200],
      ["GET", "?a", 200],
      ["GET", "/nowhere", 404],
      ["GET", "/mcp", 401],
      ["POST", "/mcp/", 401],
      ["GET", "/mcp#a", 404],
    ])("is routed by its path: %s http://(host)%s", async (method, rest, status) => {
      const app = await startApp();
      for (const start of [`http://${app.host}`, `HTTP://${RESOURCE_URL.host}`]) {
        const answer = await app.ask({ method, path: `${start}${rest}` });
        expect(answer.status).toBe(status);
      }
    });

    test.each([
      "http://evil.test/mcp",
      "http://user@mcp.tiny.test/mcp",
      "http://mcp.tiny.test:81/",
      "http:///mcp",
    ])("is checked by its own host, which overrides the header: %s", async (path) => {
      const app = await startApp();
      expect((await app.ask({ path, headers: { host: RESOURCE_URL.host } })).status).toBe(403);
    });

    test("is served for its own host, whatever the header says", async () => {
      const app = await startApp();
      const asked = { method: "POST", path: RESOURCE_URL.href, body: JSON.stringify(PING) };
      const headers = {
        "content-type": "application/json",
        authorization: "Bearer both",
        host: "other.test",
      };
      expect((await app.ask({ ...asked, headers })).json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    });

    test.each(["*", "ftp://mcp.tiny.test/mcp"])("of another kind returns 404: %s", async (path) => {
      const app = await startApp();
      expect((await app.ask({ method: "OPTIONS", path })).status).toBe(404);
    });
  });

  describe("before the body is read and the token verified", () => {
    const watching = async () => {
      const verified: string[] = [];
      const verify = (token: string) => {
        verified.push(token);
        return verifyTiny(token);
      };
      return { app: await startApp({ access: { kind: "bearer", verify } }), verified };
    };
    const unread = ["Authorization: Bearer both", "Content-Length: 1000000"];

    test.each([
      ["a foreign Host", ["Host: evil.test"], 403],
      ["a foreign Origin", [`Host: ${RESOURCE_URL.host}`, "Origin: https://evil.test"], 403],
      ["the Origin null", [`Host: ${RESOURCE_URL.host}`, "Origin: null"], 403],
      ["two Hosts", [`Host: ${RESOURCE_URL.host}`, `Host: ${RESOURCE_URL.host}`], 400],
      ["two tokens", [`Host: ${RESOURCE_URL.host}`, "Authorization: Bearer reader"], 400],
    ])("%s is rejected", async (_, lines, status) => {
      const { app, verified } = await watching();
      const client = await openSocket(app.port);
      client.send(headOf("POST /mcp HTTP/1.1", ...lines, ...unread));
      expect(statusIn(await client.until(/\r\n\r\n/))).toBe(status);
      expect(verified).toEqual([]);
      client.leave();
    });

    test("a caller without a token is rejected", async () => {
      const { app, verified } = await watching();
      const client = await openSocket(app.port);
      client.send(headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, "Content-Length: 1000000"));
      expect(statusIn(await client.until(/\r\n\r\n/))).toBe(401);
      expect(verified).toEqual([]);
      client.leave();
    });
  });

  describe("browser pages", () => {
    test.each([
      ["a response", "Bearer both", 200],
      ["a challenge", "", 401],
      ["an outage", "Bearer down", 503],
      ["an internal error", "Bearer faulty", 500],
    ])("of an allowed origin can read %s and its exposed headers", async (_, authorization, status) => {
      const app = await startApp();
      const answer = await app.post(PING, { authorization, origin: PAGE_ORIGIN });
      expect(answer.status).toBe(status);
      expect(answer.headers["access-control-allow-origin"]).toBe(PAGE_ORIGIN);
      expect(answer.headers.vary).toBe("origin");
      const exposed = answer.headers["access-control-expose-headers"]?.split(", ");
      expect(exposed).toEqual(expect.arrayContaining(["WWW-Authenticate", "X-Request-Id"]));
    });

    test.each(["https://evil.test", "null"])("of the origin %s cannot read a rejection", async (origin) => {
      const app = await startApp();
      const answer = await app.post(PING, { origin });
      expect(answer.status).toBe(403);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    });

    test.each([
      [PAGE_ORIGIN, PAGE_ORIGIN],
      ["https://evil.test", undefined],
      ["null", undefined],
    ])("of the origin %s get the allowed origin %s if a header is repeated", async (origin, named) => {
      const app = await startApp();
      const client = await openSocket(app.port);
      const twice = ["Authorization: Bearer a", "Authorization: Bearer b"];
      client.send(
        headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, ...twice, `Origin: ${origin}`, "Content-Length: 0"),
      );
      const received = await client.until(/\r\n\r\n/);
      expect(statusIn(received)).toBe(400);
      expect(/access-control-allow-origin: (.*)\r/i.exec(received)?.[1]).toBe(named);
    });

    test("cause no CORS headers on other requests", async () => {
      const app = await startApp();
      expect((await app.post(PING)).headers).not.toHaveProperty("access-control-allow-origin");
    });
  });

  test("an error after the body was read becomes a response and a log line", async () => {
    const app = await startApp({
      server: {
        redact: () => {
          throw new Error("a fault of the server");
        },
      },
    });
    const answer = await app.post(request(1, "nonsense"), { "x-request-id": "mine" });
    expect([answer.status, answer.headers["x-request-id"]]).toEqual([500, "mine"]);
    expect(answer.json()).toEqual({ error: "server_error", error_description: "Internal Server Error" });
    expect(app.logged).toEqual([
      expect.stringMatching(/^error: request .*reason="Error: a fault of the server"$/),
    ]);
  });

  describe("one connection", () => {
    const ping = (id: number, token: string): string => {
      const body = JSON.stringify(request(id, "ping"));
      const lines = ["Content-Type: application/json", `Authorization: Bearer ${token}`];
      return `${headOf("POST /mcp HTTP/1.1", "Host: mcp.tiny.test", ...lines, `Content-Length: ${body.length}`)}${body}`;
    };

    test("serves pipelined requests in order", async () => {
      const app = await startApp();
      const client = await openSocket(app.port);
      client.send([1, 2, 3].map((id) => ping(id, "both")).join(""));
      const received = await client.until(/"id":3/);
      expect([...received.matchAll(/"id":(\d)/g)].map(([, id]) => id)).toEqual(["1", "2", "3"]);
    });

    test("authenticates each request separately", async () => {
      const app = await startApp();
      const client = await openSocket(app.port);
      client.send(ping(1, "both") + ping(2, "stranger") + ping(3, "both"));
      const received = await client.until(/"id":3/);
      expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
        "200",
        "401",
        "200",
      ]);
    });

    test("treats no part of an unread body as a request", async () => {
      const app = await startApp();
      const client = await openSocket(app.port);
      const smuggled = headOf("GET /metrics HTTP/1.1", "Host: mcp.tiny.test");
      client.send(headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, `Content-Length: ${smuggled.length}`));
      client.send(smuggled);
      client.send(headOf("GET /livez HTTP/1.1", "Host: a"));
      const received = await client.until(/"ok"/);
      expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["401", "200"]);
    });
  });

  test("a request in flight is answered while the server stops", async () => {
    const [began, gate] = [createGate(), createGate()];
    const app = await startApp({
      server: {
        connect: () => async (input) => {
          began.open();
          await gate.promise;
          return input;
        },
      },
    });
    const call = request(1, "tools/call", { name: "tiny_echo", arguments: { text: "late" } });
    const answer = app.post(call);
    await began.promise;
    const stopped = app.stop();
    await expect(app.ask({ path: "/livez" })).rejects.toThrow("ECONNREFUSED");
    gate.open();
    expect((await answer).json()).toMatchObject({ result: { structuredContent: { text: "late" } } });
    await stopped;
  });
});

describe("routes", () => {
  const WELL_KNOWN = "/.well-known/oauth-protected-resource";
  const DOCUMENT = {
    resource: METADATA.resource,
    authorization_servers: METADATA.authorizationServers,
    scopes_supported: METADATA.scopes,
    bearer_methods_supported: ["header"],
    resource_name: LANDING_PAGE.heading,
    resource_documentation: LANDING_PAGE.documentation,
  };
  const OPEN = { kind: "open", caller: LOCAL_CALLER } as const;
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
      ["HEAD", "/mcp"],
    ])("challenges %s %s without credentials", async (method, path) => {
      const app = await startApp();
      const { status, headers, text, json } = await app.ask({ method, path });
      expect(status).toBe(401);
      if (method === "HEAD") expect(text).toBe("");
      else expect(json()).toMatchObject({ error: "missing_token" });
      expect(headers["www-authenticate"]).toBe(
        `Bearer resource_metadata="https://mcp.tiny.test${WELL_KNOWN}/mcp", scope="${CHALLENGE_SCOPE}"`,
      );
    });

    const BROWSER = {
      accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
      "sec-fetch-mode": "navigate",
    };

    test.each(["/mcp", "/mcp/"])(
      "shows the landing page to a person who opens %s in a browser",
      async (path) => {
        for (const access of [{ kind: "bearer", verify: verifyTiny }, OPEN] as const) {
          const app = await startApp({ access });
          const page = await app.ask({ path: "/" });
          const opened = await app.ask({ path, headers: BROWSER });
          expect([opened.status, opened.text, opened.headers.etag]).toEqual([
            200,
            page.text,
            page.headers.etag,
          ]);
          expect(opened.headers.vary).toBe("accept, authorization, sec-fetch-mode");
          const head = await app.ask({ method: "HEAD", path, headers: BROWSER });
          expect([head.status, head.text, head.headers["content-length"]]).toEqual([
            200,
            "",
            opened.headers["content-length"],
          ]);
          const foreign = { ...BROWSER, host: "evil.test" };
          expect(await outcome(app, "GET", path, foreign)).toMatchObject({ status: 403 });
        }
      },
    );

    test.each([
      ["a page's script", { ...BROWSER, "sec-fetch-mode": "cors" }, 401],
      ["a client that reads anything", { accept: "*/*" }, 401],
      ["a client that opens a stream", { accept: "text/html, text/event-stream" }, 401],
      ["a caller with a bad token", { ...BROWSER, ...bearer("expired") }, 401],
      ["a caller with a good token", { ...BROWSER, ...bearer("reader") }, 405],
    ])("answers GET of %s as before", async (_, headers, status) => {
      const app = await startApp();
      expect(await outcome(app, "GET", "/mcp", headers)).toMatchObject({ status });
      expect(await outcome(app, "HEAD", "/mcp", headers)).toMatchObject({ status });
    });

    test.each(["POST", "DELETE"])("shows no page to a browser's %s", async (method) => {
      const app = await startApp();
      expect(await outcome(app, method, "/mcp", BROWSER)).toMatchObject({ status: 401 });
    });

    test.each(["GET", "HEAD", "DELETE"])("returns 405 to an authenticated %s", async (method) => {
      const app = await startApp();
      const answer = { status: 405, allow: "POST, OPTIONS" };
      expect(await outcome(app, method, "/mcp", bearer("reader"))).toEqual(answer);
      const open = await startApp({ access: OPEN, metadata: undefined });
      expect(await outcome(open, method, "/mcp")).toEqual(answer);
    });

    test.each(["GET", "DELETE", "POST"])(
      "answers %s with a bad token, during an outage, and after an internal error",
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

    test.each(["PUT", "PATCH", "TRACE"])("returns 405 to %s with the allowed methods", async (method) => {
      const app = await startApp();
      for (const path of ["/mcp", "/mcp/"]) {
        expect(await outcome(app, method, path)).toEqual({ status: 405, allow: "POST, OPTIONS" });
      }
    });

    test("answers a preflight request without credentials", async () => {
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
    test.each([WELL_KNOWN, `${WELL_KNOWN}/mcp`])(
      "is at %s, readable by every page, not cacheable",
      async (path) => {
        const app = await startApp();
        const { status, headers, json } = await app.ask({ path, headers: { origin: "https://any.test" } });
        expect(status).toBe(200);
        expect(headers["content-type"]).toBe("application/json");
        expect(headers["cache-control"]).toBe("no-store");
        expect(headers["access-control-allow-origin"]).toBe("*");
        expect(json()).toEqual(DOCUMENT);
        expect(await outcome(app, "OPTIONS", path)).toMatchObject({ status: 204 });
        expect(await outcome(app, "POST", path)).toEqual({ status: 405, allow: "GET, HEAD, OPTIONS" });
      },
    );

    test.each([
      ["https://x.test/", WELL_KNOWN],
      ["https://x.test/mcp/", `${WELL_KNOWN}/mcp`],
      ["https://x.test/a/b", `${WELL_KNOWN}/a/b`],
      ["https://x.test:8443/a", `${WELL_KNOWN}/a`],
    ])("of %s is at the URL in the challenge", async (resource, path) => {
      const app = await startApp({ resourceUrl: new URL(resource) });
      const { headers } = await app.ask({ path: "/mcp" });
      const told = /resource_metadata="([^"]*)"/.exec(headers["www-authenticate"] ?? "")?.[1] ?? "";
      expect(told).toBe(`${new URL(resource).origin}${path}`);
      expect((await app.ask({ path: new URL(told).pathname })).json()).toEqual(DOCUMENT);
    });

    test("doesn't exist without an authorization server", async () => {
      const app = await startApp({ metadata: undefined });
      for (const path of [WELL_KNOWN, `${WELL_KNOWN}/mcp`]) {
        expect(await outcome(app, "GET", path)).toMatchObject({ status: 404 });
      }
      expect((await app.ask({ path: "/mcp" })).headers["www-authenticate"]).toBe("Bearer");
    });
  });

  describe("for operators", () => {
    test.each(["/api/health", "/livez", "/readyz"])("%s returns 200, not cacheable", async (path) => {
      const app = await startApp();
      const { status, headers } = await app.ask({ path });
      expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
    });

    test("health has the form of the platform's contract", async () => {
      const app = await startApp();
      expect((await app.ask({ path: "/api/health" })).json()).toEqual({ service: "mcp", status: "ok" });
    });

    test("only readiness changes before shutdown", async () => {
      let isReady = true;
      const app = await startApp({ isReady: () => isReady });
      expect(await outcome(app, "GET", "/readyz")).toMatchObject({ status: 200 });
      isReady = false;
      expect(await outcome(app, "GET", "/readyz")).toMatchObject({ status: 503 });
      expect(await outcome(app, "GET", "/livez")).toMatchObject({ status: 200 });
      expect(await outcome(app, "POST", "/mcp")).toMatchObject({ status: 401 });
    });

    test.each(["/api/health", "/livez", "/readyz"])(
      "%s is served on any host, and readable by no page of another origin",
      async (path) => {
        const app = await startApp();
        const headers = { host: "10.0.0.7:8080", origin: "https://evil.test" };
        const answer = await app.ask({ path, headers });
        expect(answer.status).toBe(200);
        expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
      },
    );

    test("metrics are served on allowed hosts and IP addresses", async () => {
      const app = await startApp();
      const statusFor = async (host: string) =>
        (await app.ask({ path: "/metrics", headers: { host } })).status;
      for (const host of [RESOURCE_URL.host, "10.0.0.7:8080", "10.0.0.7", "[fd00::7]:8080"])
        expect([host, await statusFor(host)]).toEqual([host, 200]);
      for (const host of ["evil.test", "10.0.0.7.evil.test", "evil.test:8080"])
        expect([host, await statusFor(host)]).toEqual([host, 403]);
      const headers = { host: "10.0.0.7:8080", origin: "https://evil.test" };
      expect((await app.ask({ path: "/metrics", headers })).status).toBe(403);
    });

    test("metrics are a route unless they have a port of their own", async () => {
      const here = await startApp();
      const { headers, text } = await here.ask({ path: "/metrics" });
      expect(headers["content-type"]).toMatch(/^text\/plain/);
      expect(text).toContain("mcp_http_request_duration_seconds");
      const elsewhere = await startApp({ servesMetrics: false });
      expect(await outcome(elsewhere, "GET", "/metrics")).toMatchObject({ status: 404 });
    });
  });

  test.each(["/", "/api/health", "/livez", "/readyz", "/metrics", WELL_KNOWN])(
    "%s answers HEAD without a body, and rejects writing methods",
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

  test.each<[path: string, status: number, foreignOrigin: number]>([
    ["/", 200, 403],
    [WELL_KNOWN, 200, 200],
    ["/mcp", 401, 403],
    ["/mcp/", 401, 403],
    ["/metrics", 403, 403],
  ])(
    "with any host, %s answers %i, and %i to a page of another origin",
    async (path, status, foreignOrigin) => {
      const app = await startApp({ hosts: "any" });
      const host = "mcp.ns.svc.cluster.local:8080";
      expect(await outcome(app, "GET", path, { host })).toMatchObject({ status });
      const page = { host, origin: `http://${host}` };
      expect(await outcome(app, "GET", path, page)).toMatchObject({ status: foreignOrigin });
    },
  );

  test.each(["/", WELL_KNOWN, "/mcp", "/mcp/"])("%s is not served for a foreign host", async (path) => {
    const app = await startApp();
    expect(await outcome(app, "GET", path, { host: "evil.test" })).toMatchObject({ status: 403 });
    expect(await outcome(app, "GET", path, { host: RESOURCE_URL.host.toUpperCase() })).not.toMatchObject({
      status: 403,
    });
  });
});
