import { describe, expect, test } from "vitest";
import { encodePath, type Query } from "../../../../../src/platforms/lfx/api.ts";
import { HEADERS, startApi } from "../../../../support/lfx/rest-api.ts";
import type { Replies, Seen } from "../../../../support/lfx/tool-calls.ts";

describe("rest", () => {
  describe("an answer", () => {
    test("is its text, its revision and its JSON", async () => {
      const { send } = await startApi({ "GET /lfx/x": { body: ' {"a": [1]}\n', headers: { etag: '"7"' } } });

      const answer = await send({});

      expect([answer.text, answer.etag, answer.json()]).toEqual([' {"a": [1]}\n', '"7"', { a: [1] }]);
    });

    test.each([200, 201, 202])("of %i is a success", async (status) => {
      const { send } = await startApi({ "POST /lfx/x": { status, body: { uid: "c1" } } });

      const answer = await send({ method: "POST", json: {} });

      expect(answer.json()).toEqual({ uid: "c1" });
      expect(answer.etag).toBeUndefined();
    });

    test("of 204 is an empty text", async () => {
      const { send } = await startApi({ "DELETE /lfx/x": { status: 204 } });

      const { text } = await send({ method: "DELETE" });

      expect(text).toBe("");
    });

    test.each(["GET", "POST"] as const)(
      "to a %s that is no JSON is unusable only as JSON",
      async (method) => {
        const { send } = await startApi({ [`${method} /lfx/x`]: { body: "fine" } });

        const answer = await send({ method });

        expect(answer.text).toBe("fine");
        expect(() => answer.json()).toThrow(
          expect.objectContaining({
            code: "upstream_error",
            message: "Failed to do it: the response is not JSON",
            retryable: method === "GET",
          }),
        );
      },
    );

    test.each([304, 400, 404, 500])("of %i is an error that says what failed", async (status) => {
      const { send } = await startApi({ "POST /lfx/x": { status, body: { message: "the reason" } } });

      await expect(send({ method: "POST" })).rejects.toMatchObject({
        name: "ToolError",
        status,
        message: expect.stringContaining(`Failed to do it: HTTP ${status}`),
      });
    });
  });

  describe("a token that is refused", () => {
    const takes =
      (token: string) =>
      ({ headers }: Seen) =>
        headers.authorization === `Bearer ${token}` ? { body: "done" } : { status: 401, body: {} };
    const bearers = (seen: readonly Seen[]) => seen.map(({ headers }) => headers.authorization);

    test.each(["GET", "POST", "PUT", "DELETE"] as const)(
      "is dropped, and the same %s sent once more with the next",
      async (method) => {
        const { send, seen, dropped } = await startApi({ [`${method} /lfx/x`]: takes("token-2") }, [
          "token-1",
          "token-2",
        ]);

        const answer = await send({ method, query: { v: 1 }, json: { a: 1 } });

        expect(answer.text).toBe("done");
        expect(dropped).toEqual(["token-1"]);
        expect(bearers(seen)).toEqual(["Bearer token-1", "Bearer token-2"]);
        expect(seen.map(({ query, body }) => [query, body])).toEqual([
          ["v=1", '{"a":1}'],
          ["v=1", '{"a":1}'],
        ]);
      },
    );

    test("is not followed by a third", async () => {
      const { send, seen } = await startApi({ "POST /lfx/x": takes("token-3") }, [
        "token-1",
        "token-2",
        "token-3",
      ]);

      await expect(send({ method: "POST" })).rejects.toMatchObject({ code: "invalid_token", status: 401 });
      expect(bearers(seen)).toEqual(["Bearer token-1", "Bearer token-2"]);
    });

    test("is not sent again, where there is no other", async () => {
      const { send, seen } = await startApi({ "GET /lfx/x": takes("token-2") });

      await expect(send({})).rejects.toMatchObject({ code: "invalid_token", status: 401 });
      expect(seen).toHaveLength(1);
    });

    test.each([400, 403, 404])("is not what %i means", async (status) => {
      const { send, seen, dropped } = await startApi({ "GET /lfx/x": { status, body: {} } });

      await expect(send({})).rejects.toMatchObject({ status });
      expect([seen.length, dropped]).toEqual([1, []]);
    });
  });

  describe("a token that the service echoes", () => {
    const echo = (status: number) => (seen: Seen) => ({
      status,
      body: { message: `who is ${seen.headers.authorization}?` },
    });

    test("stands in no answer", async () => {
      const { send } = await startApi({ "GET /lfx/x": echo(200) });

      const { text } = await send({});

      expect(text).toBe('{"message":"who is Bearer [redacted]?"}');
    });

    test.each([400, 500])("stands in no error of %i", async (status) => {
      const { send } = await startApi({ "GET /lfx/x": echo(status) });

      await expect(send({})).rejects.toMatchObject({
        message: `Failed to do it: HTTP ${status}, "who is Bearer [redacted]?"`,
      });
    });

    test("stands in no error of the second try", async () => {
      const { send } = await startApi({ "GET /lfx/x": echo(401) }, ["token-1", "token-2"]);

      await expect(send({})).rejects.toMatchObject({
        message: 'Failed to do it: HTTP 401, "who is Bearer [redacted]?"',
      });
    });

    test("is gone before a long text is cut", async () => {
      const token = "t".repeat(100);
      const body = { message: `${"x".repeat(450)}${token}` };
      const { send } = await startApi({ "GET /lfx/x": { status: 400, body } }, [token]);

      await expect(send({})).rejects.toMatchObject({
        message: `Failed to do it: HTTP 400, "${"x".repeat(450)}[redacted]"`,
      });
    });
  });
});

describe("part rest", () => {
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
    ])("of %j is sent as %s", async (query, sent) => {
      const { send, seen } = await startApi(OK);

      await send({ query });

      expect(seen[0]?.query).toBe(sent);
    });
  });

  describe("a path", () => {
    test.each([
      ["m-1", "/committees/m-1/members"],
      ["a/b", "/committees/a%2Fb/members"],
      ["a?b#c", "/committees/a%3Fb%23c/members"],
      ["50%", "/committees/50%25/members"],
      ["%2F", "/committees/%252F/members"],
      ["é 😀", "/committees/%C3%A9%20%F0%9F%98%80/members"],
    ])("with the value %s is %s", async (uid, path) => {
      const { send, seen } = await startApi({ [`GET /lfx${path}`]: { body: {} } });

      await send({ path: encodePath`/committees/${uid}/members` });

      expect(seen[0]?.path).toBe(`/lfx${path}`);
      expect(seen[0]?.query).toBe("");
    });

    test.each(["/lfx", "/lfx/"])("stands below the address %s", async (base) => {
      const { send, seen } = await startApi(OK, ["token-1"], base);

      await send({});

      expect(seen[0]?.path).toBe("/lfx/x");
    });
  });

  describe("a request", () => {
    test("carries the token, and who asks on which trace", async () => {
      const { send, seen } = await startApi(OK);

      await send({});

      expect(seen[0]?.headers).toMatchObject({
        ...HEADERS,
        accept: "application/json",
        authorization: "Bearer token-1",
      });
      expect(seen[0]?.headers).not.toHaveProperty("content-type");
      expect(seen[0]?.body).toBe("");
    });

    test("carries headers of its own, but none that would replace the token", async () => {
      const { send, seen } = await startApi(OK);

      await send({ headers: { "if-match": '"7"', authorization: "Bearer mine" } });

      expect(seen[0]?.headers).toMatchObject({ "if-match": '"7"', authorization: "Bearer token-1" });
    });

    test.each([{ a: undefined, b: null, c: "é" }, [1], false, ""])("carries %j as JSON", async (json) => {
      const { send, seen } = await startApi(OK);

      await send({ method: "POST", json });

      expect(seen[0]?.headers["content-type"]).toBe("application/json");
      expect(seen[0]?.body).toBe(JSON.stringify(json));
      expect(seen[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(JSON.stringify(json))));
    });

    test("carries a form whose values are taken as they are", async () => {
      const form = {
        message:
          'Who is "Ada"?\r\n--boundary--\r\ncontent-disposition: form-data; name="user_id"\r\n\r\nroot',
        additional_data: '{"foundation":{"slug":"tlf"}}',
        user_id: "auth0|ada",
        empty: "",
        umlaut: "Größe 😀",
      };
      const { send, seen } = await startApi(OK);

      await send({ method: "POST", form });

      const [one] = seen;
      const type = String(one?.headers["content-type"]);
      expect(type).toMatch(/^multipart\/form-data; boundary=[0-9a-f]{32}$/);
      const read = await new Response(one?.body, { headers: { "content-type": type } }).formData();
      expect(Object.fromEntries(read)).toEqual(form);
    });

    test("has a boundary that no one can foresee", async () => {
      const { send, seen } = await startApi(OK);

      await send({ method: "POST", form: { a: "1" } });
      await send({ method: "POST", form: { a: "1" } });

      expect(seen[0]?.headers["content-type"]).not.toBe(seen[1]?.headers["content-type"]);
    });
  });
});
