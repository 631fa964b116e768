import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { reportReachability } from "../../../src/http-client/reachability.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { createLogger, type LogLevel } from "../../../src/shared/logger.ts";
import { createGate } from "../../support/gate.ts";
import { abortedDeadline, get, httpClient, post, toolErrorOf } from "../../support/http.ts";
import { beyond, nameThisMachine } from "../../support/names.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
  endless,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  type ScriptedServer,
  truncated,
} from "../../support/scripted-server.ts";

describe("responses", () => {
  const LIMIT = 1024 * 1024;

  test("a response of exactly 1 MiB is read", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT))]);
    expect((await get(server.url())).body).toHaveLength(LIMIT);
  });

  test("a response of one byte more is an error, and not retried", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
    const error = await toolErrorOf(get(server.url()));
    expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
    expect(error.hint).toContain("smaller page");
    expect(error.retryable).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test("an endless response is an error", async () => {
    const server = await playScript([endless]);
    const error = await toolErrorOf(get(server.url()));
    expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
    expect(server.requests).toHaveLength(1);
  });

  test("the hint for a too large response does not suggest a retry", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
    const { hint } = await toolErrorOf(get(server.url()));
    expect(hint).not.toContain("try again");
  });

  test("characters split between packets are decoded", async () => {
    const halves = Buffer.from("é");
    const server = await playScript([
      (response) => {
        response.writeHead(200);
        response.write(halves.subarray(0, 1), () => response.end(halves.subarray(1)));
      },
    ]);
    expect((await get(server.url())).body).toBe("é");
  });

  test("connections are reused", async () => {
    const ports = new Set<number | undefined>();
    const server = await playScript([
      (response, { socket }) => {
        ports.add(socket.remotePort);
        response.end("{}");
      },
    ]);
    const client = httpClient();
    for (let call = 0; call < 10; call += 1) await get(server.url(), { client });
    expect(ports.size).toBeLessThan(5);
  });

  test.each([200, 404, 500])("HTML with status %i is a response", async (status) => {
    const server = await playScript([html(status)]);
    const response = await get(server.url());
    expect(response.status).toBe(status);
    expect(response.header("content-type")).toBe("text/html");
    expect(response.header("x-absent")).toBeUndefined();
  });

  test("header() returns the first of several values", async () => {
    const server = await playScript([
      (response) => {
        response.writeHead(200, { "x-twice": ["one", "two"] }).end();
      },
    ]);
    expect((await get(server.url())).header("x-twice")).toBe("one");
  });

  test("the credential of the request is redacted in its body and headers", async () => {
    const echo: Act = (response, { headers: { authorization = "" } }) => {
      response.writeHead(200, { "x-request-id": authorization }).end(authorization);
    };
    const server = await playScript([echo]);
    const { body, header } = await get(server.url());
    expect([body, header("x-request-id")]).toEqual(["Bearer [redacted]", "Bearer [redacted]"]);
  });

  test("an empty body is an empty string", async () => {
    const server = await playScript([(response) => void response.writeHead(204).end()]);
    expect((await get(server.url())).body).toBe("");
  });
});

describe("close", () => {
  const ROUTES: readonly [string, (server: ScriptedServer) => URL][] = [
    ["loopback", (server) => server.url()],
    ["a remote host", (server) => beyond(server)],
  ];

  test.each(ROUTES)("aborts requests to %s, and sends no more", async (_, urlOf) => {
    nameThisMachine();
    const server = await playScript([hang]);
    const client = httpClient();
    const call = toolErrorOf(get(urlOf(server), { client }));
    await server.arrived(1);
    await client.close();
    expect((await call).code).toBe("upstream_error");
    expect((await toolErrorOf(get(urlOf(server), { client }))).code).toBe("upstream_error");
    expect(server.requests).toHaveLength(1);
  });

  test.each(ROUTES)("closes connections to %s", async (_, urlOf) => {
    nameThisMachine();
    const closed = createGate();
    const server = await playScript([
      (response, request) => {
        request.socket.once("close", () => closed.open());
        json(200, {})(response, request);
      },
    ]);
    const client = httpClient();
    await get(urlOf(server), { client });
    await client.close();
    await closed.promise;
  });

  test("may be called before any request, and more than once", async () => {
    const client = httpClient();
    await client.close();
    await expect(client.close()).resolves.toBeUndefined();
  });
});

describe("deadline", () => {
  const WAITS: readonly [string, Act, status: number | undefined][] = [
    ["a response that never begins", hang, undefined],
    ["a body that never ends", drip, 200],
  ];

  test.each(WAITS)("ends %s", async (_, act, status) => {
    const server = await playScript([act]);
    const start = performance.now();
    const error = await toolErrorOf(get(server.url("/slow"), { totalMs: 200 }));
    expect(performance.now() - start).toBeLessThan(1500);
    expect(error).toMatchObject({
      code: "upstream_error",
      message: `GET 127.0.0.1:${server.port}/slow did not respond within 200 ms`,
      hint: "It is safe to try again.",
      retryable: true,
      reason: "DEADLINE",
      status,
    });
    expect(server.requests).toHaveLength(1);
  });

  test("leaves the outcome of a POST unknown", async () => {
    const server = await playScript([hang]);
    const error = await toolErrorOf(post(server.url(), { totalMs: 200 }));
    expect(error.hint).toContain("unknown whether the request was processed");
    expect(error.retryable).toBe(false);
  });

  test("covers all attempts together", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), hang]);
    const error = await toolErrorOf(get(server.url(), { totalMs: 300 }));
    expect(error.message).toContain("did not respond within 300 ms");
    expect(server.requests).toHaveLength(2);
  });

  test("returns the last response if a retry would exceed it", async () => {
    const server = await playScript([answer(503, "busy", { "retry-after": "30" })]);
    const start = performance.now();
    expect((await get(server.url(), { totalMs: 20_000 })).status).toBe(503);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test.each(WAITS)("a cancellation ends %s", async (_, act) => {
    const server = await playScript([act]);
    const cancel = new AbortController();
    const call = toolErrorOf(get(server.url(), { cancel: cancel.signal }));
    await server.arrived(1);
    cancel.abort(new Error("cancelled by the client"));
    expect((await call).message).toContain("cancelled by the client");
    expect(server.requests).toHaveLength(1);
  });

  test("a cancellation ends the wait before a retry", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "3" })]);
    const cancel = new AbortController();
    const start = performance.now();
    const call = toolErrorOf(get(server.url(), { cancel: cancel.signal }));
    await server.arrived(1);
    cancel.abort(new Error("cancelled by the client"));
    expect((await call).message).toContain("cancelled by the client");
    expect(performance.now() - start).toBeLessThan(2000);
    expect(server.requests).toHaveLength(1);
  });

  test("nothing is sent after a cancellation", async () => {
    const server = await playScript([json(200, {})]);
    const reason = new Error("cancelled");
    await expect(get(server.url(), { cancel: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const request = { method: "GET", url: server.url(), headers: {} } as const;
    const error = await toolErrorOf(httpClient().send(request, abortedDeadline(reason)));
    expect(error.message).toContain("cancelled");
    expect(server.requests).toHaveLength(0);
  });

  test("a POST that was not sent was not processed", async () => {
    const server = await playScript([json(202, {})]);
    const request = { method: "POST", url: server.url(), headers: {}, body: "{}" } as const;
    const error = await toolErrorOf(httpClient().send(request, abortedDeadline(new DeadlineExceeded(10))));
    expect(error).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      retryable: true,
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("errors", () => {
  /** Too short for a second attempt. */
  const ONCE = { totalMs: 190 };

  test("a refused connection names the method, the host, the path and the cause, but not the query", async () => {
    const port = await closedPort();
    const url = new URL(`http://127.0.0.1:${port}/api/v1/system/health?secret=1`);
    const error = await toolErrorOf(get(url, ONCE));
    expect(error.message).toBe(
      `GET 127.0.0.1:${port}/api/v1/system/health failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(error).toMatchObject({ reason: "ECONNREFUSED", status: undefined, retryable: true });
    expect(error.hint).toBe(
      "It is safe to try again. Check the base URL, the network connection and the proxy settings.",
    );
  });

  test("a closed connection has a code", async () => {
    const server = await playScript([resetBeforeHeaders]);
    const error = await toolErrorOf(post(server.url("/signals")));
    expect(error.message).toMatch(
      new RegExp(`^POST 127\\.0\\.0\\.1:${server.port}/signals failed: .*(?:ECONNRESET|UND_ERR_SOCKET)`),
    );
    expect(error.hint).not.toContain("safe");
    expect(error.reason).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET)$/);
    expect(error.status).toBeUndefined();
  });

  test.each<[string, Act]>([
    ["reset", resetAfterHeaders],
    ["truncated", truncated],
  ])("a response that is %s keeps its status", async (_, act) => {
    const server = await playScript([act]);
    const error = await toolErrorOf(get(server.url(), ONCE));
    expect(error).toMatchObject({ status: 200, retryable: true });
    expect(error.reason).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/);
  });

  test("the status is that of the last attempt", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), resetBeforeHeaders]);
    const error = await toolErrorOf(get(server.url()));
    expect(server.requests).toHaveLength(3);
    expect(error.status).toBeUndefined();
  });

  test("a response that is too large keeps its status and reason", async () => {
    const server = await playScript([endless]);
    expect(await toolErrorOf(get(server.url()))).toMatchObject({
      status: 200,
      reason: "UND_ERR_RES_EXCEEDED_MAX_SIZE",
    });
  });

  test("https to a plain http port means that nothing was processed", async () => {
    const server = await playScript([html(200)]);
    const error = await toolErrorOf(post(new URL(`https://127.0.0.1:${server.port}/`)));
    expect(error.code).toBe("upstream_error");
    expect(server.requests).toHaveLength(0);
    expect(error.hint).toBe(
      "Trying again will not help by itself. Check the base URL, the network connection and the proxy settings.",
    );
    expect(error.reason).toMatch(/^(?:ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/);
    expect(error.message).not.toContain("\n");
  });
});

describe("debug log", () => {
  /** A client and its log lines. */
  const createLogging = (level: LogLevel = "debug") => {
    const lines: string[] = [];
    return {
      lines,
      client: httpClient(
        {},
        createLogger(level, (line) => lines.push(line)),
      ),
    };
  };

  test("has a line for each attempt with method, host, path, duration and status", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), json(200, {})]);
    const { lines, client } = createLogging();
    await get(server.url("/api/v1/signals"), { client });
    const line = `debug: GET host="127.0.0.1:${server.port}" path="/api/v1/signals"`;
    expect(lines.map((text) => text.replace(/ ms=\d+ /, " "))).toEqual([
      `${line} status=503`,
      `${line} status=200`,
    ]);
  });

  test("has a line for each redirect", async () => {
    const server = await playScript([redirect(302, "/there"), json(200, {})]);
    const { lines, client } = createLogging();
    await get(server.url("/here"), { client });
    expect(lines.map((line) => /path="(.*?)".* status=(\d+)$/.exec(line)?.slice(1))).toEqual([
      ["/here", "302"],
      ["/there", "200"],
    ]);
  });

  test("names the error of a failed attempt", async () => {
    const server = await playScript([resetBeforeHeaders, json(200, {})]);
    const { lines, client } = createLogging();
    await get(server.url("/x"), { client });
    expect(lines).toEqual([
      expect.stringMatching(/^debug: GET host=.* path="\/x" ms=\d+ error=".+"$/),
      expect.stringMatching(/ status=200$/),
    ]);
  });

  test("names an attempt that was not sent", async () => {
    const { lines, client } = createLogging();
    const url = new URL(`http://127.0.0.1:${await closedPort()}/x`);
    await toolErrorOf(
      client.send({ method: "GET", url, headers: {} }, abortedDeadline(new Error("cancelled"))),
    );
    expect(lines).toEqual([expect.stringContaining('error="Error: cancelled"')]);
  });

  test("contains neither key nor query nor body", async () => {
    const server = await playScript([json(202, { answer: "hush-answer" })]);
    const { lines, client } = createLogging();
    await post(server.url("/x?hush=query"), { client, body: '{"input":"hush-body"}' });
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toMatch(/hush|lf_test/);
  });

  test("is empty above debug", async () => {
    const server = await playScript([resetBeforeHeaders]);
    const { lines, client } = createLogging("info");
    await toolErrorOf(get(server.url(), { client, totalMs: 190 }));
    expect(lines).toEqual([]);
  });

  test("says above debug that the server can't be reached and that it can be again, where that is reported", async () => {
    const server = await playScript([json(200, {}), resetBeforeHeaders, json(200, {})]);
    const lines: string[] = [];
    const log = createLogger("info", (line) => lines.push(line));
    reportReachability(log);
    const client = httpClient({}, log);
    await get(server.url(), { client });
    await toolErrorOf(get(server.url(), { client, totalMs: 190 }));
    await get(server.url(), { client });
    const origin = `origin="${server.origin}"`;
    expect(lines).toEqual([
      expect.stringMatching(`^error: upstream unreachable ${origin} reason="[A-Z_]+" failures=1$`),
      expect.stringMatching(`^info: upstream reachable again ${origin} failures=0 seconds=\\d+$`),
    ]);
  });
});

describe("redirects", () => {
  const ok = json(200, { status: "ok" });

  describe("within the origin", () => {
    test.each([301, 302, 303, 307, 308])("a GET follows %i", async (status) => {
      const server = await playScript([redirect(status, "/moved?to=here"), ok]);
      expect((await get(server.url("/here"))).status).toBe(200);
      expect(server.requests.map((request) => request.target)).toEqual(["/here", "/moved?to=here"]);
      expect(server.requests[1]?.headers.authorization).toBe("Bearer lf_test");
    });

    test.each([307, 308])("a POST that only reads follows %i with its body", async (status) => {
      const server = await playScript([redirect(status, "/moved"), json(202, {})]);
      expect((await post(server.url(), { safe: true })).status).toBe(202);
      expect(server.requests.map(({ method, body }) => [method, body])).toEqual([
        ["POST", '{"input":"x"}'],
        ["POST", '{"input":"x"}'],
      ]);
    });

    test.each([301, 302, 303])("a POST that only reads does not become a GET after %i", async (status) => {
      const server = await playScript([redirect(status, "/moved"), ok]);
      const { message, hint } = await toolErrorOf(post(server.url(), { safe: true }));
      expect(message).toBe(
        `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP ${status}): a POST is not repeated as a GET`,
      );
      expect(hint).toBe("Trying again will not help by itself.");
      expect(server.requests).toHaveLength(1);
    });

    test.each([301, 302, 303, 307, 308])("a write is not sent again after %i", async (status) => {
      const server = await playScript([redirect(status, "/moved"), ok]);
      const error = await toolErrorOf(post(server.url()));
      expect(error).toMatchObject({ code: "upstream_error", status, retryable: false, reason: undefined });
      expect(error.message).toBe(
        `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP ${status}): a POST is not sent again`,
      );
      expect(error.hint).toBe(
        "It is unknown whether the request was processed. Check before you try again, or it may run twice.",
      );
      expect(server.requests).toHaveLength(1);
    });

    test("three redirects are followed", async () => {
      const hops = ["/1", "/2", "/3"].map((path) => redirect(302, path));
      const server = await playScript([...hops, ok]);
      expect((await get(server.url("/0"))).status).toBe(200);
      expect(server.requests).toHaveLength(4);
    });

    test("a fourth redirect is an error", async () => {
      const server = await playScript([redirect(302, "/again")]);
      const error = await toolErrorOf(get(server.url()));
      expect(error).toMatchObject({
        message: `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP 302): too many redirects`,
        hint: "Trying again will not help by itself.",
        retryable: false,
      });
      expect(server.requests).toHaveLength(4);
    });
  });

  describe("to another origin", () => {
    test.each([301, 302, 303, 307, 308])("%i is not followed", async (status) => {
      const other = await playScript([ok]);
      const server = await playScript([redirect(status, `${other.origin}/steal?k=v`)]);
      for (const send of [get, post]) {
        const error = await toolErrorOf(send(server.url("/start")));
        expect(error.message).toBe(
          `127.0.0.1:${server.port} redirects to ${other.origin} (HTTP ${status}): credentials are not sent to another origin`,
        );
        expect(error.hint).toContain(`If ${other.origin} is right, set it as the base URL.`);
        expect(`${error.message} ${error.hint}`).not.toMatch(/steal|k=v/);
        expect(error.status).toBe(status);
      }
      expect(server.requests).toHaveLength(2);
      expect(other.requests).toHaveLength(0);
    });

    test.each([301, 302, 303, 307, 308])("a POST may have been processed before %i", async (status) => {
      const server = await playScript([redirect(status, "https://lightfast.test/x")]);
      const { hint } = await toolErrorOf(post(server.url()));
      expect(hint).toContain("unknown whether the request was processed");
    });

    test.each(["//127.0.0.1:1/x", "https://127.0.0.1/x", "file:///etc/hosts", "javascript:0"])(
      "%s is rejected",
      async (location) => {
        const server = await playScript([redirect(302, location)]);
        expect((await toolErrorOf(get(server.url()))).code).toBe("upstream_error");
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  test.each(["http://[", ""])("a redirect to %j is a response like any other", async (location) => {
    const server = await playScript([redirect(302, location)]);
    expect((await get(server.url())).status).toBe(302);
  });

  test("304 is not a redirect", async () => {
    const server = await playScript([redirect(304, "/elsewhere")]);
    expect((await get(server.url())).status).toBe(304);
  });
});

describe("requests", () => {
  /** Accepts connections, closes each at once, and counts them. */
  const startResettingServer = async () => {
    const server = createServer();
    let connections = 0;
    server.on("connection", (socket) => {
      connections += 1;
      socket.on("error", () => {});
      socket.resetAndDestroy();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  };

  test.each(['{"input":"x"}', '{"input":"é€😀"}', ""])(
    "a body is sent with its length in bytes (%j)",
    async (body) => {
      const server = await playScript([json(202, {})]);
      await post(server.url(), { body });
      expect(server.requests).toMatchObject([{ method: "POST", body }]);
      expect(server.requests[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
      expect(server.requests[0]?.headers).not.toHaveProperty("transfer-encoding");
    },
  );

  test("a GET has no body and no content-length", async () => {
    const server = await playScript([json(200, {})]);
    await get(server.url("/x?a=%20b"));
    expect(server.requests).toMatchObject([{ method: "GET", target: "/x?a=%20b", body: "" }]);
    expect(server.requests[0]?.headers).not.toHaveProperty("content-length");
  });

  test("a POST whose connection can't be opened was not processed, and is tried three times", async () => {
    const { port, connections } = await startResettingServer();
    const error = await toolErrorOf(post(new URL(`https://127.0.0.1:${port}/`)));
    expect(connections()).toBe(3);
    expect(error).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      reason: "ECONNRESET",
      retryable: true,
    });
  });

  test("concurrent requests share a bounded number of connections", async () => {
    const ports = new Set<number | undefined>();
    const server = await playScript([
      (response, { socket }) => {
        ports.add(socket.remotePort);
        response.end("{}");
      },
    ]);
    const client = httpClient();
    await Promise.all(Array.from({ length: 200 }, () => get(server.url(), { client })));
    expect(server.requests).toHaveLength(200);
    expect(ports.size).toBeLessThanOrEqual(64);
  });
});

describe("connections that the server closes silently", () => {
  /** Responds, and closes the connection without an announcement, at once or after a moment. */
  const respondAndClose =
    (status: number, afterMs?: number): Act =>
    (response, request) => {
      json(status, {})(response, request);
      const close = () => request.socket.destroy();
      if (afterMs === undefined) response.on("finish", close);
      else setTimeout(close, afterMs);
    };

  test.each([undefined, 0, 1])(
    "fail no write, and every write arrives once (after %s ms)",
    async (afterMs) => {
      const server = await playScript([respondAndClose(202, afterMs)]);
      const client = httpClient();
      const count = 300;
      for (let sent = 0; sent < count; sent += 10) {
        const statuses = Array.from({ length: 10 }, () => post(server.url(), { client }));
        for (const { status } of await Promise.all(statuses)) expect(status).toBe(202);
      }
      expect(server.requests).toHaveLength(count);
    },
  );

  test("cost a read a retry at most", async () => {
    const server = await playScript([respondAndClose(200, 0)]);
    const client = httpClient();
    for (let sent = 0; sent < 100; sent += 1) {
      expect((await get(server.url(), { client })).status).toBe(200);
    }
  });

  test("are avoided by one connection for each write and each read that is sent only once", async () => {
    const ports: (number | undefined)[] = [];
    const server = await playScript([
      (response, request) => {
        ports.push(request.socket.remotePort);
        json(200, {})(response, request);
      },
    ]);
    const client = httpClient();
    await get(server.url(), { client });
    await post(server.url(), { client });
    await post(server.url(), { client });
    await post(server.url(), { client, safe: true, maxAttempts: 1 });
    expect(new Set(ports).size).toBe(4);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual([
      "keep-alive",
      "close",
      "close",
      "close",
    ]);
  });
});

describe("content codings", () => {
  const gzip = { "content-encoding": "gzip" };
  const packed = gzipSync('{"status":"ok"}');

  test("only identity is accepted", async () => {
    const server = await playScript([json(200, {})]);
    await get(server.url());
    await post(server.url());
    expect(server.requests.map(({ headers }) => headers["accept-encoding"])).toEqual([
      "identity",
      "identity",
    ]);
  });

  test.each(["gzip", "br", "x\u00e9y"])("a success with %s is an error that names it", async (coding) => {
    const server = await playScript([answer(200, packed, { "content-encoding": coding })]);
    const error = await toolErrorOf(get(server.url("/x")));
    expect(error).toMatchObject({ status: 200, reason: "CONTENT_ENCODING", retryable: false });
    expect(error.message).toBe(
      `GET 127.0.0.1:${server.port}/x failed: the response has Content-Encoding ${coding}, which was not accepted (CONTENT_ENCODING)`,
    );
    expect(error.hint).toContain("compresses unasked");
    expect(server.requests).toHaveLength(1);
  });

  test("a write with such a response may have been processed", async () => {
    const server = await playScript([answer(202, packed, gzip)]);
    const { hint } = await toolErrorOf(post(server.url()));
    expect(hint).toContain("unknown whether the request was processed");
    expect(server.requests).toHaveLength(1);
  });

  test("an error response names the coding in place of its body", async () => {
    const server = await playScript([answer(401, packed, gzip)]);
    expect(await get(server.url())).toMatchObject({
      status: 401,
      body: "the response has Content-Encoding gzip, which was not accepted",
    });
  });

  test("identity is no coding", async () => {
    const server = await playScript([answer(200, "{}", { "content-encoding": "Identity" })]);
    expect((await get(server.url())).body).toBe("{}");
  });
});

describe("retries", () => {
  const NOW = { "retry-after": "0" };
  const ok = json(200, { status: "ok" });

  /** Calls `listener` for each failed connection. */
  const onConnectError = (listener: () => void): void => {
    subscribe("undici:client:connectError", listener);
    onTestFinished(() => void unsubscribe("undici:client:connectError", listener));
  };

  describe("a GET", () => {
    test.each([429, 502, 503, 504])("is retried after %i", async (status) => {
      const server = await playScript([answer(status, "", NOW), ok]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test("is retried after a response without Retry-After", async () => {
      const server = await playScript([answer(502), ok]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test.each([400, 401, 403, 404, 500, 501])("is not retried after %i", async (status) => {
      const server = await playScript([answer(status, "", NOW), ok]);
      expect((await get(server.url())).status).toBe(status);
      expect(server.requests).toHaveLength(1);
    });

    test("returns the last response after three attempts", async () => {
      const server = await playScript([answer(503, "first", NOW), answer(503, "later", NOW)]);
      const { status, body } = await get(server.url());
      expect({ status, body }).toEqual({ status: 503, body: "later" });
      expect(server.requests).toHaveLength(3);
    });

    const FAILURES: readonly [string, Act][] = [
      ["a reset before the headers", resetBeforeHeaders],
      ["a reset within the body", resetAfterHeaders],
      ["a truncated body", truncated],
    ];

    test.each(FAILURES)("is retried after %s", async (_, failure) => {
      const server = await playScript([failure, ok]);
      expect((await get(server.url())).body).toBe('{"status":"ok"}');
      expect(server.requests).toHaveLength(2);
    });

    test("fails after three resets", async () => {
      const server = await playScript([resetBeforeHeaders]);
      const error = await toolErrorOf(get(server.url()));
      expect(error).toMatchObject({ code: "upstream_error", status: undefined, retryable: true });
      expect(server.requests).toHaveLength(3);
    });
  });

  describe("Retry-After", () => {
    test("in seconds is waited for", async () => {
      const server = await playScript([answer(503, "", { "retry-after": "1" }), ok]);
      const start = performance.now();
      expect((await get(server.url())).status).toBe(200);
      expect(performance.now() - start).toBeGreaterThanOrEqual(990);
    });

    test("in the past means at once", async () => {
      const server = await playScript([
        answer(503, "", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }),
        ok,
      ]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test.each(["GET", "POST"])("beyond the deadline returns the response to a %s", async (method) => {
      const server = await playScript([answer(503, "busy", { "retry-after": "60" })]);
      const start = performance.now();
      const { status } = await (method === "GET" ? get : post)(server.url(), { totalMs: 3000 });
      expect(status).toBe(503);
      expect(server.requests).toHaveLength(1);
      expect(performance.now() - start).toBeLessThan(2000);
    });
  });

  describe("a POST", () => {
    test.each([429, 500, 502, 503, 504])("is sent once after %i, even with Retry-After", async (status) => {
      for (const headers of [NOW, { "retry-after": "1" }, {}]) {
        const server = await playScript([answer(status, "", headers), json(202, {})]);
        expect((await post(server.url())).status).toBe(status);
        expect(server.requests).toHaveLength(1);
      }
    });

    test.each<[string, Act]>([
      ["a reset before the headers", resetBeforeHeaders],
      ["a reset within the body", resetAfterHeaders],
      ["a truncated body", truncated],
    ])("reaches the server exactly once after %s", async (_, failure) => {
      const server = await playScript([failure, json(202, {})]);
      const error = await toolErrorOf(post(server.url()));
      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toContain("unknown whether the request was processed");
      expect(server.requests).toHaveLength(1);
    });

    test.each([429, 503])("that only reads is retried after %i", async (status) => {
      const server = await playScript([answer(status, "", NOW), json(200, {})]);
      expect((await post(server.url(), { safe: true })).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test("is retried after a refused connection", async () => {
      const port = await closedPort();
      const refused = new Promise<void>((resolve) => onConnectError(resolve));
      const sending = post(new URL(`http://127.0.0.1:${port}/`));
      await refused;
      const server = await playScript([json(202, {})], port);
      expect((await sending).status).toBe(202);
      expect(server.requests).toHaveLength(1);
    });

    test("is tried three times if the connection is refused, and was not processed", async () => {
      let attempts = 0;
      onConnectError(() => {
        attempts += 1;
      });
      const port = await closedPort();
      const error = await toolErrorOf(post(new URL(`http://127.0.0.1:${port}/`)));
      expect(attempts).toBe(3);
      expect(error.hint).toContain("It was not processed, so it is safe to try again.");
      expect(error.retryable).toBe(true);
    });
  });
});
