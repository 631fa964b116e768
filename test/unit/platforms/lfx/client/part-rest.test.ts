import { describe, expect, test } from "vitest";
import type { Query } from "../../../../../src/platforms/lfx/api.ts";
import { pathOf } from "../../../../../src/platforms/lfx/path.ts";
import { HEADERS, startApi } from "../../../../support/lfx/rest-api.ts";
import type { Replies } from "../../../../support/lfx/tool-calls.ts";

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

    await send({ path: pathOf`/committees/${uid}/members` });

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
      message: 'Who is "Ada"?\r\n--boundary--\r\ncontent-disposition: form-data; name="user_id"\r\n\r\nroot',
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
