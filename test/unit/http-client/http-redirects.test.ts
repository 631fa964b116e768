import { describe, expect, test } from "vitest";
import { get, post, toolErrorOf } from "../../support/http.ts";
import { json, playScript, redirect } from "../../support/scripted-server.ts";

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
      `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP ${status}), which would turn the request into another`,
    );
    expect(server.requests).toHaveLength(1);
  });

  test.each([301, 302, 303])(
    "a POST answered by %i may have been processed, and the error says so",
    async (status) => {
      const server = await playScript([redirect(status, "/created/1")]);
      const { hint } = await toolErrorOf(post(server.url()));
      expect(hint).toBe(
        "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.",
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
      message: `127.0.0.1:${server.port} redirects to ${server.origin} (HTTP 302), once too often`,
      hint: "Trying again will not help by itself.",
      retryable: false,
    });
    expect(server.requests).toHaveLength(4);
  });

  test.each([307, 308])("a POST that is sent from place to place by %i was not processed", async (status) => {
    const server = await playScript([redirect(status, "/again")]);
    const { hint, message } = await toolErrorOf(post(server.url()));
    expect(message).toContain("once too often");
    expect(hint).not.toContain("unknown whether");
    expect(server.requests).toHaveLength(4);
  });
});

describe("to another origin", () => {
  test.each([301, 302, 303, 307, 308])("nothing is sent after %i", async (status) => {
    const other = await playScript([ok]);
    const server = await playScript([redirect(status, `${other.origin}/steal?k=v`)]);
    for (const send of [get, post]) {
      const error = await toolErrorOf(send(server.url("/start")));
      expect(error.message).toBe(
        `127.0.0.1:${server.port} redirects to ${other.origin} (HTTP ${status}), where the credentials are not sent`,
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
