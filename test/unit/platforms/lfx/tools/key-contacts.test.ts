import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { type FakeLfx, pageOf, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const ONE = "/lfx/project_memberships/m1/key_contacts/c1";
const ALL = "/lfx/project_memberships/m1/key_contacts";
const IDS = { membership_uid: "m1", contact_uid: "c1" };

const NEW = {
  membership_uid: "m1",
  email: "ada@acme.example",
  first_name: "Ada",
  last_name: "Lovelace",
  role: "Technical Contact",
};

const STATE = { status: "Active" };

describe.each<[tool: string, request: string, args: JsonObject, operation: string]>([
  ["get_membership_key_contact", `GET ${ONE}`, IDS, "get membership key contact"],
  ["create_membership_key_contact", `POST ${ALL}`, NEW, "create key contact"],
  ["update_membership_key_contact", `PUT ${ONE}`, { ...IDS, ...STATE }, "update key contact"],
  ["delete_membership_key_contact", `DELETE ${ONE}`, IDS, "delete key contact"],
])("%s", (tool, request, args, operation) => {
  test.each<[reply: Reply, code: string]>([
    [{ status: 400, body: { message: "the reason" } }, "invalid_input"],
    [{ status: 403, body: { message: "the reason" } }, "insufficient_scope"],
    [{ status: 404, body: { message: "the reason" } }, "not_found"],
    [{ status: 412, body: { message: "the reason" } }, "invalid_input"],
    [{ status: 500, body: { message: "the reason" } }, "upstream_error"],
  ])("reports %j as %s", async (reply, code) => {
    const { call } = await startFakeLfx({ [request]: reply });

    const { content, isError } = await call(tool, args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^${code}: Failed to ${operation}: HTTP ${reply.status}, "the reason"`),
    );
  });
});

test.each<[tool: string, args: JsonObject, field: string]>([
  ["get_membership_key_contacts", {}, "membership_uid"],
  ["get_membership_key_contact", { membership_uid: "m1" }, "contact_uid"],
  ["get_membership_key_contact", { ...IDS, contact_uid: "c1/x" }, "contact_uid"],
  ["create_membership_key_contact", { ...NEW, email: "Ada <ada@acme.example>" }, "email"],
  ["create_membership_key_contact", { ...NEW, email: `${"a".repeat(250)}@b.example` }, "email"],
  ["create_membership_key_contact", { ...NEW, first_name: " " }, "first_name"],
  ["create_membership_key_contact", { ...NEW, role: "" }, "role"],
  ["create_membership_key_contact", { ...NEW, board_member: "no" }, "board_member"],
  ["update_membership_key_contact", { ...IDS, role: " " }, "role"],
  ["create_membership_key_contact", { ...NEW, role: "Chair" }, "role"],
  ["create_membership_key_contact", { ...NEW, status: "Purchased" }, "status"],
  ["update_membership_key_contact", { ...IDS, role: "technical contact" }, "role"],
  ["update_membership_key_contact", { ...IDS, status: "active" }, "status"],
  ["update_membership_key_contact", { ...IDS, email: "ada" }, "email"],
  ["update_membership_key_contact", { ...IDS, first_name: "Augusta" }, "first_name"],
  ["delete_membership_key_contact", { contact_uid: "c1" }, "membership_uid"],
])("%s with %j is rejected before anything is sent", async (tool, args, field) => {
  const { call, requests, tokenRequests } = await startFakeLfx({});

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`"${field}"`);
  expect([...requests, ...tokenRequests]).toEqual([]);
});

const CONTACT = {
  uid: "c1",
  membership_uid: "m1",
  project_sfid: "a09",
  role: "Technical Contact",
  board_member: false,
  email: "ada@acme.example",
};

/** The only request. */
const onlyOne = ({ requests }: FakeLfx) => {
  expect(requests).toHaveLength(1);
  const { method, path, query, body = "", headers = {} } = requests[0] ?? {};
  expect(headers.authorization).toBe("Bearer own-for-lfx");
  expect(headers["if-match"]).toBeUndefined();
  expect(headers["x-sync"]).toBeUndefined();
  return { request: `${method} ${path}`, query, body: body && JSON.parse(body) };
};

describe("get_membership_key_contacts", () => {
  test("lists the contacts of one membership, without the project's record id", async () => {
    const fake = await startFakeLfx({
      "GET /lfx/query/resources": pageOf("key_contact", [CONTACT], "next"),
    });

    const args = { membership_uid: "m1", page_size: 1, page_token: "t" };
    const { structuredContent } = await fake.call("get_membership_key_contacts", args);

    expect(onlyOne(fake).query).toBe(
      "filters_all=membership_uid%3Am1&page_size=1&page_token=t&type=key_contact&v=1",
    );
    const { project_sfid: _, ...data } = CONTACT;
    expect(structuredContent).toEqual({
      resources: [{ type: "key_contact", id: "key_contact:1", data }],
      page_token: "next",
    });
  });

  test("warns about hidden rows if a page is short and more follow", async () => {
    const { call } = await startFakeLfx({
      "GET /lfx/query/resources": pageOf("key_contact", [CONTACT], "next"),
    });

    const { structuredContent } = await call("get_membership_key_contacts", { membership_uid: "m1" });

    expect(structuredContent?.warnings).toEqual([expect.stringContaining("you can see")]);
  });
});

describe("get_membership_key_contact", () => {
  test("returns the person without related records", async () => {
    const fake = await startFakeLfx({
      [`GET ${ONE}`]: { body: { ...CONTACT, tier_uid: "t1", title: "" } },
    });

    const { structuredContent } = await fake.call("get_membership_key_contact", IDS);

    expect(onlyOne(fake)).toMatchObject({ request: `GET ${ONE}`, query: "v=1" });
    expect(structuredContent).toEqual({
      uid: "c1",
      role: "Technical Contact",
      board_member: false,
      title: "",
      email: "ada@acme.example",
    });
  });
});

describe("create_membership_key_contact", () => {
  test("sends the given fields and returns the contact", async () => {
    const fake = await startFakeLfx({ [`POST ${ALL}`]: { status: 201, body: CONTACT } });

    const { structuredContent } = await fake.call("create_membership_key_contact", {
      ...NEW,
      email: " ada@acme.example ",
      title: "Countess",
      status: "Active",
      board_member: false,
      primary_contact: true,
      send_invite: true,
    });

    const { membership_uid: _, ...person } = NEW;
    expect(onlyOne(fake)).toEqual({
      request: `POST ${ALL}`,
      query: "v=1",
      body: {
        ...person,
        title: "Countess",
        status: "Active",
        board_member: false,
        primary_contact: true,
        send_invite: true,
      },
    });
    expect(structuredContent).toEqual(CONTACT);
  });

  test("omits absent fields", async () => {
    const fake = await startFakeLfx({ [`POST ${ALL}`]: { status: 201, body: CONTACT } });

    await fake.call("create_membership_key_contact", NEW);

    const { membership_uid: _, ...person } = NEW;
    expect(onlyOne(fake).body).toEqual(person);
  });

  test.each(["created", "[]", "null"])("reports an unknown outcome for the response %s", async (body) => {
    const { call } = await startFakeLfx({ [`POST ${ALL}`]: { status: 201, body } });

    const { content } = await call("create_membership_key_contact", NEW);

    expect(content[0]?.text).toMatch(/^upstream_error: Failed to create key contact: .*unknown whether/);
  });

  test("reports a conflict if a role is taken", async () => {
    const { call } = await startFakeLfx({
      [`POST ${ALL}`]: { status: 409, body: { message: "only one Billing Contact" } },
    });

    const { content } = await call("create_membership_key_contact", { ...NEW, role: "Billing Contact" });

    expect(content[0]?.text).toMatch(
      /^invalid_input: Failed to create key contact: HTTP 409, "only one Billing Contact"\. The request conflicts/,
    );
  });

  test("is not retried", async () => {
    const fake = await startFakeLfx({ [`POST ${ALL}`]: { status: 503, body: { message: "busy" } } });

    const { content } = await fake.call("create_membership_key_contact", NEW);

    expect(fake.requests).toHaveLength(1);
    expect(content[0]?.text).toMatch(/HTTP 503, "busy"\. It is unknown whether/);
  });
});

describe("update_membership_key_contact", () => {
  test.each<JsonObject>([
    { role: "PR Contact" },
    { status: "Inactive" },
    { board_member: false },
    { role: "Legal Contact", status: "Active", board_member: true, primary_contact: false },
    { email: "augusta@acme.example", title: "Countess", send_invite: true },
  ])("sends only %j, without a precondition", async (changes) => {
    const fake = await startFakeLfx({ [`PUT ${ONE}`]: { body: { ...CONTACT, ...changes } } });

    const { structuredContent } = await fake.call("update_membership_key_contact", { ...IDS, ...changes });

    expect(onlyOne(fake)).toEqual({ request: `PUT ${ONE}`, query: "v=1", body: changes });
    expect(structuredContent).toEqual({ ...CONTACT, ...changes });
  });

  test("with nothing to change is rejected before anything is sent", async () => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call("update_membership_key_contact", IDS);

    expect(content[0]?.text).toMatch(
      /^invalid_input: Nothing to change\. Nothing was sent\. Give at least one/,
    );
    expect(requests).toEqual([]);
  });
});

describe("delete_membership_key_contact", () => {
  test("removes the contact, and confirms it", async () => {
    const fake = await startFakeLfx({ [`DELETE ${ONE}`]: { status: 204 } });

    const { content, structuredContent } = await fake.call("delete_membership_key_contact", IDS);

    expect(onlyOne(fake)).toEqual({ request: `DELETE ${ONE}`, query: "v=1", body: "" });
    expect(content).toEqual([
      { type: "text", text: "Key contact c1 successfully removed from membership m1." },
    ]);
    expect(structuredContent).toBeUndefined();
  });
});
