import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { createLogger, type LogLevel } from "../../../src/shared/logger.ts";
import { createGate } from "../../support/gate.ts";
import { get, httpClient, overBefore, post, toolErrorOf } from "../../support/http.ts";
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

describe("http answers", () => {
  const LIMIT = 1024 * 1024;

  test("an answer of exactly 1 MiB is read", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT))]);
    expect((await get(server.url())).body).toHaveLength(LIMIT);
  });

  test("an answer of one byte more is refused, and not asked for again", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
    const error = await toolErrorOf(get(server.url()));
    expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
    expect(error.retryable).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test("an answer without an end is refused", async () => {
    const server = await playScript([endless]);
    const error = await toolErrorOf(get(server.url()));
    expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
    expect(server.requests).toHaveLength(1);
  });

  test("nobody is told to repeat a request whose answer is too large", async () => {
    const server = await playScript([answer(200, "x".repeat(LIMIT + 1))]);
    const { hint } = await toolErrorOf(get(server.url()));
    expect(hint).not.toContain("try again");
  });

  test("characters that are split between packets stay whole", async () => {
    const halves = Buffer.from("é");
    const server = await playScript([
      (response) => {
        response.writeHead(200);
        response.write(halves.subarray(0, 1), () => response.end(halves.subarray(1)));
      },
    ]);
    expect((await get(server.url())).body).toBe("é");
  });

  test("connections are used again by later calls", async () => {
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

  test.each([200, 404, 500])("an answer of HTML with status %i is an answer", async (status) => {
    const server = await playScript([html(status)]);
    const answer = await get(server.url());
    expect(answer.status).toBe(status);
    expect(answer.header("content-type")).toBe("text/html");
    expect(answer.header("x-absent")).toBeUndefined();
  });

  test("of a header that comes twice, the first counts", async () => {
    const server = await playScript([
      (response) => {
        response.writeHead(200, { "x-twice": ["one", "two"] }).end();
      },
    ]);
    expect((await get(server.url())).header("x-twice")).toBe("one");
  });

  test("an empty body is an empty text", async () => {
    const server = await playScript([(response) => void response.writeHead(204).end()]);
    expect((await get(server.url())).body).toBe("");
  });
});

describe("http close", () => {
  const ROUTES: readonly [string, (server: ScriptedServer) => URL][] = [
    ["this machine", (server) => server.url()],
    ["the world", (server) => beyond(server)],
  ];

  test.each(ROUTES)(
    "a closed client ends what is in flight to %s, and sends nothing more",
    async (_, urlOf) => {
      nameThisMachine();
      const server = await playScript([hang]);
      const client = httpClient();
      const call = toolErrorOf(get(urlOf(server), { client }));
      await server.arrived(1);
      await client.close();
      expect((await call).code).toBe("upstream_error");
      expect((await toolErrorOf(get(urlOf(server), { client }))).code).toBe("upstream_error");
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each(ROUTES)("a closed client keeps no connection to %s", async (_, urlOf) => {
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

  test("a client may be closed before it was used, and more than once", async () => {
    const client = httpClient();
    await client.close();
    await expect(client.close()).resolves.toBeUndefined();
  });
});

describe("http deadline", () => {
  const WAITS: readonly [string, Act, status: number | undefined][] = [
    ["an answer that never begins", hang, undefined],
    ["a body that never ends", drip, 200],
  ];

  test.each(WAITS)("the deadline ends %s", async (_, act, status) => {
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

  test("the deadline of a POST leaves its outcome unknown", async () => {
    const server = await playScript([hang]);
    const error = await toolErrorOf(post(server.url(), { totalMs: 200 }));
    expect(error.hint).toContain("unknown whether the request was processed");
    expect(error.retryable).toBe(false);
  });

  test("the deadline covers all attempts together", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), hang]);
    const error = await toolErrorOf(get(server.url(), { totalMs: 300 }));
    expect(error.message).toContain("did not respond within 300 ms");
    expect(server.requests).toHaveLength(2);
  });

  test("the deadline cuts the wait before a retry short", async () => {
    const server = await playScript([answer(503, "busy", { "retry-after": "1" })]);
    const start = performance.now();
    expect((await get(server.url(), { totalMs: 500 })).status).toBe(503);
    expect(performance.now() - start).toBeLessThan(500);
  });

  test.each(WAITS)("the client's cancellation ends %s", async (_, act) => {
    const server = await playScript([act]);
    const cancel = new AbortController();
    const call = toolErrorOf(get(server.url(), { cancel: cancel.signal }));
    await server.arrived(1);
    cancel.abort(new Error("cancelled by the client"));
    expect((await call).message).toContain("cancelled by the client");
    expect(server.requests).toHaveLength(1);
  });

  test("the client's cancellation ends the wait before a retry", async () => {
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

  test("nothing is sent when the client has cancelled already", async () => {
    const server = await playScript([json(200, {})]);
    const reason = new Error("cancelled");
    await expect(get(server.url(), { cancel: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const request = { method: "GET", url: server.url(), headers: {} } as const;
    const error = await toolErrorOf(httpClient().send(request, overBefore(reason)));
    expect(error.message).toContain("cancelled");
    expect(server.requests).toHaveLength(0);
  });

  test("a POST that was never begun is not called unknown", async () => {
    const server = await playScript([json(202, {})]);
    const request = { method: "POST", url: server.url(), headers: {}, body: "{}" } as const;
    const error = await toolErrorOf(httpClient().send(request, overBefore(new DeadlineExceeded(10))));
    expect(error).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      retryable: true,
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("http errors", () => {
  /** Too little time for a second attempt. */
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

  test("a broken connection carries its code", async () => {
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
    ["cut short", truncated],
  ])("an answer that is %s keeps the status it began with", async (_, act) => {
    const server = await playScript([act]);
    const error = await toolErrorOf(get(server.url(), ONCE));
    expect(error).toMatchObject({ status: 200, retryable: true });
    expect(error.reason).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/);
  });

  test("the status is that of the last attempt, not of an earlier one", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), resetBeforeHeaders]);
    const error = await toolErrorOf(get(server.url()));
    expect(server.requests).toHaveLength(3);
    expect(error.status).toBeUndefined();
  });

  test("an answer that is too large keeps its status and its reason", async () => {
    const server = await playScript([endless]);
    expect(await toolErrorOf(get(server.url()))).toMatchObject({
      status: 200,
      reason: "UND_ERR_RES_EXCEEDED_MAX_SIZE",
    });
  });

  test("https at a port that speaks http is told apart from a lost answer: nothing was processed", async () => {
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

describe("http log", () => {
  /** A client and every line that it logs. */
  const logging = (level: LogLevel = "debug") => {
    const lines: string[] = [];
    return {
      lines,
      client: httpClient(
        {},
        createLogger(level, (line) => lines.push(line)),
      ),
    };
  };

  test("every attempt is one line at debug: the method, the place, the time and the status", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "0" }), json(202, {})]);
    const { lines, client } = logging();
    await post(server.url("/api/v1/signals"), { client });
    const line = `lightfast-mcp debug: POST host="127.0.0.1:${server.port}" path="/api/v1/signals"`;
    expect(lines.map((text) => text.replace(/ ms=\d+ /, " "))).toEqual([
      `${line} status=503`,
      `${line} status=202`,
    ]);
  });

  test("a redirect is an attempt of its own", async () => {
    const server = await playScript([redirect(302, "/there"), json(200, {})]);
    const { lines, client } = logging();
    await get(server.url("/here"), { client });
    expect(lines.map((line) => /path="(.*?)".* status=(\d+)$/.exec(line)?.slice(1))).toEqual([
      ["/here", "302"],
      ["/there", "200"],
    ]);
  });

  test("an attempt without an answer is told with its fault", async () => {
    const server = await playScript([resetBeforeHeaders, json(200, {})]);
    const { lines, client } = logging();
    await get(server.url("/x"), { client });
    expect(lines).toEqual([
      expect.stringMatching(/^lightfast-mcp debug: GET host=.* path="\/x" ms=\d+ error=".+"$/),
      expect.stringMatching(/ status=200$/),
    ]);
  });

  test("an attempt that was not even begun is one too", async () => {
    const { lines, client } = logging();
    const url = new URL(`http://127.0.0.1:${await closedPort()}/x`);
    await toolErrorOf(client.send({ method: "GET", url, headers: {} }, overBefore(new Error("cancelled"))));
    expect(lines).toEqual([expect.stringContaining('error="Error: cancelled"')]);
  });

  test("neither the key nor the query nor the body is logged", async () => {
    const server = await playScript([json(202, { answer: "hush-answer" })]);
    const { lines, client } = logging();
    await post(server.url("/x?hush=query"), { client, body: '{"input":"hush-body"}' });
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toMatch(/hush|lf_test/);
  });

  test("above debug nothing is logged", async () => {
    const server = await playScript([resetBeforeHeaders]);
    const { lines, client } = logging("info");
    await toolErrorOf(get(server.url(), { client, totalMs: 190 }));
    expect(lines).toEqual([]);
  });
});

describe("http redirects", () => {
  const ok = json(200, { status: "ok" });

  describe("within the origin", () => {
    test.each([301, 302, 303, 307, 308])("a GET follows %i", async (status) => {
      const server = await playScript([redirect(status, "/moved?to=here"), ok]);
      expect((await get(server.url("/here"))).status).toBe(200);
      expect(server.requests.map((request) => request.target)).toEqual(["/here", "/moved?to=here"]);
      expect(server.requests[1]?.headers.authorization).toBe("Bearer lf_test");
    });

    test.each([307, 308])("a POST follows %i with its body", async (status) => {
      const server = await playScript([redirect(status, "/moved"), json(202, {})]);
      expect((await post(server.url())).status).toBe(202);
      expect(server.requests.map(({ method, body }) => [method, body])).toEqual([
        ["POST", '{"input":"x"}'],
        ["POST", '{"input":"x"}'],
      ]);
    });

    test.each([301, 302, 303])("a POST does not become a GET after %i", async (status) => {
      const server = await playScript([redirect(status, "/moved"), ok]);
      const error = await toolErrorOf(post(server.url()));
      expect(error).toMatchObject({ code: "upstream_error", status, retryable: false, reason: undefined });
      expect(error.message).toBe(
        `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP ${status}): a POST is not repeated as a GET`,
      );
      expect(server.requests).toHaveLength(1);
    });

    test.each([301, 302, 303])(
      "a POST answered by %i may have been processed, and the error says so",
      async (status) => {
        const server = await playScript([redirect(status, "/created/1")]);
        const { hint } = await toolErrorOf(post(server.url()));
        expect(hint).toBe(
          "It is unknown whether the request was processed. Check before you try again, or it may run twice.",
        );
      },
    );

    test("three redirects are followed", async () => {
      const hops = ["/1", "/2", "/3"].map((path) => redirect(302, path));
      const server = await playScript([...hops, ok]);
      expect((await get(server.url("/0"))).status).toBe(200);
      expect(server.requests).toHaveLength(4);
    });

    test("a fourth one is not", async () => {
      const server = await playScript([redirect(302, "/again")]);
      const error = await toolErrorOf(get(server.url()));
      expect(error).toMatchObject({
        message: `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP 302): too many redirects`,
        hint: "Trying again will not help by itself.",
        retryable: false,
      });
      expect(server.requests).toHaveLength(4);
    });

    test.each([307, 308])(
      "a POST that is sent from place to place by %i was not processed",
      async (status) => {
        const server = await playScript([redirect(status, "/again")]);
        const { hint, message } = await toolErrorOf(post(server.url()));
        expect(message).toContain("too many redirects");
        expect(hint).not.toContain("unknown whether");
        expect(server.requests).toHaveLength(4);
      },
    );
  });

  describe("to another origin", () => {
    test.each([301, 302, 303, 307, 308])("nothing is sent after %i", async (status) => {
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

    test.each([301, 302, 303])("a POST may have been processed before %i", async (status) => {
      const server = await playScript([redirect(status, "https://lightfast.test/x")]);
      const { hint } = await toolErrorOf(post(server.url()));
      expect(hint).toContain("unknown whether the request was processed");
    });

    test.each([307, 308])("a POST was not processed before %i", async (status) => {
      const server = await playScript([redirect(status, "https://lightfast.test/x")]);
      const { hint } = await toolErrorOf(post(server.url()));
      expect(hint).toMatch(/^Trying again will not help by itself\./);
    });

    test.each(["//127.0.0.1:1/x", "https://127.0.0.1/x", "file:///etc/hosts", "javascript:0"])(
      "%s is refused",
      async (location) => {
        const server = await playScript([redirect(302, location)]);
        expect((await toolErrorOf(get(server.url()))).code).toBe("upstream_error");
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  test.each(["http://[", ""])("a redirect to %j is an answer like any other", async (location) => {
    const server = await playScript([redirect(302, location)]);
    expect((await get(server.url())).status).toBe(302);
  });

  test("304 is no redirect", async () => {
    const server = await playScript([redirect(304, "/elsewhere")]);
    expect((await get(server.url())).status).toBe(304);
  });
});

describe("http requests", () => {
  /** Takes connections and breaks each at once; tells how many there were. */
  const breakConnections = async () => {
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
    "a body is sent whole, with its length in bytes (%j)",
    async (body) => {
      const server = await playScript([json(202, {})]);
      await post(server.url(), { body });
      expect(server.requests).toMatchObject([{ method: "POST", body }]);
      expect(server.requests[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
      expect(server.requests[0]?.headers).not.toHaveProperty("transfer-encoding");
    },
  );

  test("a read has no body and says nothing of one", async () => {
    const server = await playScript([json(200, {})]);
    await get(server.url("/x?a=%20b"));
    expect(server.requests).toMatchObject([{ method: "GET", target: "/x?a=%20b", body: "" }]);
    expect(server.requests[0]?.headers).not.toHaveProperty("content-length");
  });

  test("a POST whose connection breaks before it stands was not processed, and is tried three times", async () => {
    const { port, connections } = await breakConnections();
    const error = await toolErrorOf(post(new URL(`https://127.0.0.1:${port}/`)));
    expect(connections()).toBe(3);
    expect(error).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      reason: "ECONNRESET",
      retryable: true,
    });
  });

  test("many calls at once share a bounded number of connections", async () => {
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

describe("client", () => {
  const NOW = { "retry-after": "0" };
  const ok = json(200, { status: "ok" });

  /** Calls `then` whenever a connection could not be made. */
  const onConnectError = (then: () => void): void => {
    subscribe("undici:client:connectError", then);
    onTestFinished(() => void unsubscribe("undici:client:connectError", then));
  };

  describe("a GET", () => {
    test.each([429, 502, 503, 504])("is sent again after %i", async (status) => {
      const server = await playScript([answer(status, "", NOW), ok]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test("is sent again after an answer without Retry-After", async () => {
      const server = await playScript([answer(502), ok]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test.each([400, 401, 403, 404, 500, 501])("is not sent again after %i", async (status) => {
      const server = await playScript([answer(status, "", NOW), ok]);
      expect((await get(server.url())).status).toBe(status);
      expect(server.requests).toHaveLength(1);
    });

    test("gets the last answer after three attempts", async () => {
      const server = await playScript([answer(503, "first", NOW), answer(503, "later", NOW)]);
      const { status, body } = await get(server.url());
      expect({ status, body }).toEqual({ status: 503, body: "later" });
      expect(server.requests).toHaveLength(3);
    });

    const FAULTS: readonly [string, Act][] = [
      ["a reset before the headers", resetBeforeHeaders],
      ["a reset within the body", resetAfterHeaders],
      ["a body that ends too early", truncated],
    ];

    test.each(FAULTS)("is sent again after %s", async (_, fault) => {
      const server = await playScript([fault, ok]);
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

    test("as a date in the past means at once", async () => {
      const server = await playScript([
        answer(503, "", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }),
        ok,
      ]);
      expect((await get(server.url())).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    });

    test.each(["GET", "POST"])("beyond the deadline ends a %s with the answer itself", async (method) => {
      const server = await playScript([answer(503, "busy", { "retry-after": "60" })]);
      const start = performance.now();
      const { status } = await (method === "GET" ? get : post)(server.url(), { totalMs: 3000 });
      expect(status).toBe(503);
      expect(server.requests).toHaveLength(1);
      expect(performance.now() - start).toBeLessThan(2000);
    });
  });

  describe("a POST", () => {
    test.each([429, 503])("is sent again, whole, after %i with Retry-After", async (status) => {
      const server = await playScript([answer(status, "", NOW), json(202, {})]);
      expect((await post(server.url())).status).toBe(202);
      expect(server.requests.map(({ method, body }) => `${method} ${body}`)).toEqual([
        'POST {"input":"x"}',
        'POST {"input":"x"}',
      ]);
    });

    test.each([429, 503])("is not sent again after %i without Retry-After", async (status) => {
      const server = await playScript([answer(status), json(202, {})]);
      expect((await post(server.url())).status).toBe(status);
      expect(server.requests).toHaveLength(1);
    });

    test.each([500, 502, 504])("is not sent again after %i, with Retry-After or without", async (status) => {
      const server = await playScript([answer(status, "", NOW), json(202, {})]);
      expect((await post(server.url())).status).toBe(status);
      expect(server.requests).toHaveLength(1);
    });

    test.each<[string, Act]>([
      ["a reset before the headers", resetBeforeHeaders],
      ["a reset within the body", resetAfterHeaders],
      ["a body that ends too early", truncated],
    ])("reaches the server exactly once when it ends in %s", async (_, fault) => {
      const server = await playScript([fault, json(202, {})]);
      const error = await toolErrorOf(post(server.url()));
      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toContain("unknown whether the request was processed");
      expect(server.requests).toHaveLength(1);
    });

    test("is sent again when nobody listened", async () => {
      const port = await closedPort();
      const refused = new Promise<void>((resolve) => onConnectError(resolve));
      const sending = post(new URL(`http://127.0.0.1:${port}/`));
      await refused;
      const server = await playScript([json(202, {})], port);
      expect((await sending).status).toBe(202);
      expect(server.requests).toHaveLength(1);
    });

    test("is tried three times where nobody listens, and then said to be unsent", async () => {
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
