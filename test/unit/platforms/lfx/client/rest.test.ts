import { describe, expect, test } from "vitest";
import { encodePath, type Query } from "../../../../../src/platforms/lfx/api.ts";
import { HEADERS, startApi } from "../../../../support/lfx/rest-api.ts";
import type { ReceivedRequest, Replies } from "../../../../support/lfx/tool-calls.ts";

describe("a response", () => {
  test("has text, ETag and JSON", async () => {
    const { send } = await startApi({ "GET /lfx/x": { body: ' {"a": [1]}\n', headers: { etag: '"7"' } } });

    const response = await send({});

    expect([response.text, response.etag, response.json()]).toEqual([' {"a": [1]}\n', '"7"', { a: [1] }]);
  });

  test.each([200, 201, 202])("with %i is a success", async (status) => {
    const { send } = await startApi({ "POST /lfx/x": { status, body: { uid: "c1" } } });

    const response = await send({ method: "POST", json: {} });

    expect(response.json()).toEqual({ uid: "c1" });
    expect(response.etag).toBeUndefined();
  });

  test("with 204 has an empty text", async () => {
    const { send } = await startApi({ "DELETE /lfx/x": { status: 204 } });

    const { text } = await send({ method: "DELETE" });

    expect(text).toBe("");
  });

  test.each(["GET", "POST"] as const)(
    "to a %s that is not JSON fails only when read as JSON",
    async (method) => {
      const { send } = await startApi({ [`${method} /lfx/x`]: { body: "fine" } });

      const response = await send({ method });

      expect(response.text).toBe("fine");
      expect(() => response.json()).toThrow(
        expect.objectContaining({
          code: "upstream_error",
          message: "Failed to do it: the response is not JSON",
          retryable: method === "GET",
        }),
      );
    },
  );

  test.each([304, 400, 404, 500])("with %i is an error that names the operation", async (status) => {
    const { send } = await startApi({ "POST /lfx/x": { status, body: { message: "the reason" } } });

    await expect(send({ method: "POST" })).rejects.toMatchObject({
      name: "ToolError",
      status,
      message: expect.stringContaining(`Failed to do it: HTTP ${status}`),
    });
  });
});

describe("a rejected token", () => {
  const accepts =
    (token: string) =>
    ({ headers }: ReceivedRequest) =>
      headers.authorization === `Bearer ${token}` ? { body: "done" } : { status: 401, body: {} };
  const bearers = (requests: readonly ReceivedRequest[]) =>
    requests.map(({ headers }) => headers.authorization);

  test.each(["POST", "PUT", "DELETE"] as const)(
    "is invalidated, but the %s was sent and is not repeated",
    async (method) => {
      const { send, requests, invalidated } = await startApi({ [`${method} /lfx/x`]: accepts("token-2") }, [
        "token-1",
        "token-2",
      ]);

      await expect(send({ method, json: { a: 1 } })).rejects.toMatchObject({ status: 401, retryable: false });
      expect(bearers(requests)).toEqual(["Bearer token-1"]);
      expect(invalidated).toEqual(["token-1"]);
      expect((await send({ method, json: { a: 1 } })).text).toBe("done");
    },
  );

  test.each(["GET", "POST"] as const)(
    "is invalidated, and the %s that only reads is sent once more with the next one",
    async (method) => {
      const { send, requests, invalidated } = await startApi({ [`${method} /lfx/x`]: accepts("token-2") }, [
        "token-1",
        "token-2",
      ]);

      const response = await send({ method, safe: true, query: { v: 1 }, json: { a: 1 } });

      expect(response.text).toBe("done");
      expect(invalidated).toEqual(["token-1"]);
      expect(bearers(requests)).toEqual(["Bearer token-1", "Bearer token-2"]);
      expect(requests.map(({ query, body }) => [query, body])).toEqual([
        ["v=1", '{"a":1}'],
        ["v=1", '{"a":1}'],
      ]);
    },
  );

  test("is replaced only once", async () => {
    const { send, requests } = await startApi({ "POST /lfx/x": accepts("token-3") }, [
      "token-1",
      "token-2",
      "token-3",
    ]);

    await expect(send({ method: "POST", safe: true })).rejects.toMatchObject({
      code: "invalid_token",
      status: 401,
    });
    expect(bearers(requests)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test("is not sent again if there is no other", async () => {
    const { send, requests } = await startApi({ "GET /lfx/x": accepts("token-2") });

    await expect(send({})).rejects.toMatchObject({ code: "invalid_token", status: 401 });
    expect(requests).toHaveLength(1);
  });

  test.each([400, 403, 404])("is not assumed for %i", async (status) => {
    const { send, requests, invalidated } = await startApi({ "GET /lfx/x": { status, body: {} } });

    await expect(send({})).rejects.toMatchObject({ status });
    expect([requests.length, invalidated]).toEqual([1, []]);
  });
});

describe("an echoed token", () => {
  const echo = (status: number) => (requests: ReceivedRequest) => ({
    status,
    body: { message: `who is ${requests.headers.authorization}?` },
  });

  test("is redacted in a response", async () => {
    const { send } = await startApi({ "GET /lfx/x": echo(200) });

    const { text } = await send({});

    expect(text).toBe('{"message":"who is Bearer [redacted]?"}');
  });

  test.each([400, 500])("is redacted in an error with %i", async (status) => {
    const { send } = await startApi({ "GET /lfx/x": echo(status) });

    await expect(send({})).rejects.toMatchObject({
      message: `Failed to do it: HTTP ${status}, "who is Bearer [redacted]?"`,
    });
  });

  test("is redacted in an error of the second attempt", async () => {
    const { send } = await startApi({ "GET /lfx/x": echo(401) }, ["token-1", "token-2"]);

    await expect(send({})).rejects.toMatchObject({
      message: 'Failed to do it: HTTP 401, "who is Bearer [redacted]?"',
    });
  });

  test("is redacted before a long text is truncated", async () => {
    const token = "t".repeat(100);
    const body = { message: `${"x".repeat(450)}${token}` };
    const { send } = await startApi({ "GET /lfx/x": { status: 400, body } }, [token]);

    await expect(send({})).rejects.toMatchObject({
      message: `Failed to do it: HTTP 400, "${"x".repeat(450)}[redacted]"`,
    });
  });
});

const OK: Replies = { "GET /lfx/x": { body: { ok: true } }, "POST /lfx/x": { body: { ok: true } } };

describe("a query", () => {
  test.each<[query: Query, sent: string]>([
    [{}, ""],
    [{ v: 1 }, "v=1"],
    [
      { type: "project", page_size: 10, name: "zep", deep: false },
      "deep=false&name=zep&page_size=10&type=project",
    ],
    [{ b: undefined, a: 0 }, "a=0"],
    [{ z: ["b", "a"], y: "1" }, "y=1&z=b&z=a"],
    [{ z: [] }, ""],
    [{ name: "" }, "name="],
    [{ name: "a b&c=d+e%/?#é😀" }, "name=a+b%26c%3Dd%2Be%25%2F%3F%23%C3%A9%F0%9F%98%80"],
    [{ B: "1", a: "2", a_b: "3", ab: "4" }, "B=1&a=2&a_b=3&ab=4"],
  ])("%j is sent as %s", async (query, sent) => {
    const { send, requests } = await startApi(OK);

    await send({ query });

    expect(requests[0]?.query).toBe(sent);
  });
});

describe("a path", () => {
  test.each([
    ["m-1", "/committees/m-1/members"],
    ["a?b#c", "/committees/a%3Fb%23c/members"],
    ["50%", "/committees/50%25/members"],
    ["%2F", "/committees/%252F/members"],
    ["é 😀", "/committees/%C3%A9%20%F0%9F%98%80/members"],
  ])("with the value %s becomes %s", async (uid, path) => {
    const { send, requests } = await startApi({ [`GET /lfx${path}`]: { body: {} } });

    await send({ path: encodePath`/committees/${uid}/members` });

    expect(requests[0]?.path).toBe(`/lfx${path}`);
    expect(requests[0]?.query).toBe("");
  });

  test.each(["", ".", "..", "/", "a/b", "a/..", "\\", "a\\b", "..\\..", "x\ud800"])(
    "never contains %j",
    (uid) => {
      expect(() => encodePath`/committees/${uid}/members`).toThrow(
        expect.objectContaining({ code: "invalid_input", hint: expect.stringContaining("Nothing was sent") }),
      );
    },
  );

  test.each(["/lfx", "/lfx/"])("is appended to the base URL %s", async (base) => {
    const { send, requests } = await startApi(OK, ["token-1"], base);

    await send({});

    expect(requests[0]?.path).toBe("/lfx/x");
  });
});

describe("a request", () => {
  test("has the token, the user agent and the trace context", async () => {
    const { send, requests } = await startApi(OK);

    await send({});

    expect(requests[0]?.headers).toMatchObject({
      ...HEADERS,
      accept: "application/json",
      authorization: "Bearer token-1",
    });
    expect(requests[0]?.headers).not.toHaveProperty("content-type");
    expect(requests[0]?.body).toBe("");
  });

  test("may have extra headers, but none replaces the token", async () => {
    const { send, requests } = await startApi(OK);

    await send({ headers: { "if-match": '"7"', authorization: "Bearer mine" } });

    expect(requests[0]?.headers).toMatchObject({ "if-match": '"7"', authorization: "Bearer token-1" });
  });

  test.each([{ a: undefined, b: null, c: "é" }, [1], false, ""])("sends %j as JSON", async (json) => {
    const { send, requests } = await startApi(OK);

    await send({ method: "POST", json });

    expect(requests[0]?.headers["content-type"]).toBe("application/json");
    expect(requests[0]?.body).toBe(JSON.stringify(json));
    expect(requests[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(JSON.stringify(json))));
  });

  test("sends a form with values as they are", async () => {
    const form = {
      message: 'Who is "Ada"?\r\n--boundary--\r\ncontent-disposition: form-data; name="user_id"\r\n\r\nroot',
      additional_data: '{"foundation":{"slug":"tlf"}}',
      user_id: "auth0|ada",
      empty: "",
      umlaut: "Größe 😀",
    };
    const { send, requests } = await startApi(OK);

    await send({ method: "POST", form });

    const [one] = requests;
    const type = String(one?.headers["content-type"]);
    expect(type).toMatch(/^multipart\/form-data; boundary=[0-9a-f]{32}$/);
    const read = await new Response(one?.body, { headers: { "content-type": type } }).formData();
    expect(Object.fromEntries(read)).toEqual(form);
  });

  test("uses an unpredictable form boundary", async () => {
    const { send, requests } = await startApi(OK);

    await send({ method: "POST", form: { a: "1" } });
    await send({ method: "POST", form: { a: "1" } });

    expect(requests[0]?.headers["content-type"]).not.toBe(requests[1]?.headers["content-type"]);
  });
});
