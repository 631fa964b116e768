import { describe, expect, test } from "vitest";
import { headOf, openSocket, statusIn } from "../../../support/client-socket.ts";
import { createGate } from "../../../support/gate.ts";
import { PAGE_ORIGIN, RESOURCE_URL, startApp, verifyTiny } from "../../../support/http-app.ts";
import { request } from "../../../support/wire.ts";

const PING = request(1, "ping");
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

describe("a request's id", () => {
  test.each(["r-1", "a.b:c_d-e", "0", "x".repeat(128), "550e8400-e29b-41d4-a716-446655440000"])(
    "is the client's where it is sane: %s",
    async (id) => {
      const app = await startApp();
      expect((await app.post(PING, { "x-request-id": id })).headers["x-request-id"]).toBe(id);
    },
  );

  test.each([["a b"], ["x".repeat(129)], ["<b>"], ["a%0d%0ab"], ["ü"], ["a,b"], [""], [["a", "b"]]])(
    "is one of ours where it is not: %j",
    async (id) => {
      const app = await startApp();
      expect((await app.post(PING, { "x-request-id": id })).headers["x-request-id"]).toMatch(UUID);
    },
  );

  test("is of its own for each request that has none", async () => {
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
  ])("comes back with every answer: %s %j", async (path, headers, status) => {
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
  ])("that is not served is 404, for every method and name: %s", async (path) => {
    const app = await startApp();
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, json } = await app.ask({ method, path, headers: { host: "any.test" } });
      expect(status).toBe(404);
      expect(json()).toEqual({ error: "not_found" });
    }
  });
});

describe("a target that is a whole URL", () => {
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
  ])("is judged by its own host, not by the header's: %s", async (path) => {
    const app = await startApp();
    expect((await app.ask({ path, headers: { host: RESOURCE_URL.host } })).status).toBe(403);
  });

  test("is served whatever the header says", async () => {
    const app = await startApp();
    const asked = { method: "POST", path: RESOURCE_URL.href, body: JSON.stringify(PING) };
    const headers = { "content-type": "application/json", authorization: "Bearer both", host: "other.test" };
    expect((await app.ask({ ...asked, headers })).json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
  });

  test.each(["*", "ftp://mcp.tiny.test/mcp"])("is none otherwise: %s", async (path) => {
    const app = await startApp();
    expect((await app.ask({ method: "OPTIONS", path })).status).toBe(404);
  });
});

describe("before anything is read or verified", () => {
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
  ])("%s is refused", async (_, lines, status) => {
    const { app, verified } = await watching();
    const client = await openSocket(app.port);
    client.send(headOf("POST /mcp HTTP/1.1", ...lines, ...unread));
    expect(statusIn(await client.until(/\r\n\r\n/))).toBe(status);
    expect(verified).toEqual([]);
    client.leave();
  });

  test("a caller without a token is refused", async () => {
    const { app, verified } = await watching();
    const client = await openSocket(app.port);
    client.send(headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, "Content-Length: 1000000"));
    expect(statusIn(await client.until(/\r\n\r\n/))).toBe(401);
    expect(verified).toEqual([]);
    client.leave();
  });
});

describe("pages", () => {
  test.each([
    ["an answer", "Bearer both", 200],
    ["a challenge", "", 401],
    ["an outage", "Bearer down", 503],
    ["a fault", "Bearer faulty", 500],
  ])("of an allowed origin may read %s, and what it says of itself", async (_, authorization, status) => {
    const app = await startApp();
    const answer = await app.post(PING, { authorization, origin: PAGE_ORIGIN });
    expect(answer.status).toBe(status);
    expect(answer.headers["access-control-allow-origin"]).toBe(PAGE_ORIGIN);
    expect(answer.headers.vary).toBe("origin");
    const exposed = answer.headers["access-control-expose-headers"]?.split(", ");
    expect(exposed).toEqual(expect.arrayContaining(["WWW-Authenticate", "X-Request-Id"]));
  });

  test.each(["https://evil.test", "null"])("of the origin %s may read no refusal", async (origin) => {
    const app = await startApp();
    const answer = await app.post(PING, { origin });
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  test.each([
    [PAGE_ORIGIN, PAGE_ORIGIN],
    ["https://evil.test", undefined],
    ["null", undefined],
  ])("of the origin %s are named %s where a header stands twice", async (origin, named) => {
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

  test("are not spoken of where none asks", async () => {
    const app = await startApp();
    expect((await app.post(PING)).headers).not.toHaveProperty("access-control-allow-origin");
  });
});

test("a fault after the body was read is an answer and a log line", async () => {
  const app = await startApp({
    server: {
      redact: () => {
        throw new Error("a fault of ours");
      },
    },
  });
  const answer = await app.post(request(1, "nonsense"), { "x-request-id": "mine" });
  expect([answer.status, answer.headers["x-request-id"]]).toEqual([500, "mine"]);
  expect(answer.json()).toEqual({ error: "server_error", error_description: "Internal Server Error" });
  expect(app.logged.filter((line) => line.includes("request failed"))).toEqual([
    expect.stringContaining("a fault of ours"),
  ]);
});

describe("one connection", () => {
  const ping = (id: number, token: string): string => {
    const body = JSON.stringify(request(id, "ping"));
    const lines = ["Content-Type: application/json", `Authorization: Bearer ${token}`];
    return `${headOf("POST /mcp HTTP/1.1", "Host: mcp.tiny.test", ...lines, `Content-Length: ${body.length}`)}${body}`;
  };

  test("serves requests that were sent at once, in their order", async () => {
    const app = await startApp();
    const client = await openSocket(app.port);
    client.send([1, 2, 3].map((id) => ping(id, "both")).join(""));
    const received = await client.until(/"id":3/);
    expect([...received.matchAll(/"id":(\d)/g)].map(([, id]) => id)).toEqual(["1", "2", "3"]);
  });

  test("keeps the caller of one request from the next", async () => {
    const app = await startApp();
    const client = await openSocket(app.port);
    client.send(ping(1, "both") + ping(2, "nobody") + ping(3, "both"));
    const received = await client.until(/"id":3/);
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "200",
      "401",
      "200",
    ]);
  });

  test("takes nothing in a body that was refused unread for a request", async () => {
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
