import { expect, test } from "vitest";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";

test("organisations are searched by name, a page at a time", async () => {
  const { call, seen } = await startFakeLfx({
    [QUERY]: pageOf("b2b_org", [{ uid: "o1", name: "Acme", primary_domain: "acme.example" }], "next"),
  });

  const { structuredContent } = await call("search_b2b_orgs", { search_name: " acme ", page_size: 1 });

  expect(seen).toHaveLength(1);
  expect(seen[0]?.query).toBe("name=acme&page_size=1&type=b2b_org&v=1");
  expect(seen[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({
    resources: [
      {
        type: "b2b_org",
        id: "b2b_org:1",
        data: { uid: "o1", name: "Acme", primary_domain: "acme.example" },
      },
    ],
    page_token: "next",
  });
});

test("without a name all organisations are listed, from where the page before ended", async () => {
  const { call, seen } = await startFakeLfx({ [QUERY]: pageOf("b2b_org", []) });

  await call("search_b2b_orgs", { page_token: "a+b=" });

  expect(seen[0]?.query).toBe("page_size=10&page_token=a%2Bb%3D&type=b2b_org&v=1");
});

test.each([
  [{ search_name: " " }, "search_name"],
  [{ name: "acme" }, "name"],
  [{ page_size: 101 }, "page_size"],
  [{ page_size: 1.5 }, "page_size"],
])("a search with %j is refused before anything is sent", async (args, field) => {
  const { call, seen } = await startFakeLfx({});

  const { content } = await call("search_b2b_orgs", args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`\`${field}\``);
  expect(seen).toEqual([]);
});

test("a search that fails says which one", async () => {
  const { call } = await startFakeLfx({ [QUERY]: { status: 500, body: { message: "index is down" } } });

  const { content } = await call("search_b2b_orgs", {});

  expect(content[0]?.text).toMatch(/^upstream_error: Failed to search B2B orgs: HTTP 500, "index is down"/);
});
