import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

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

describe.each<[tool: string, request: string, args: JsonObject, doing: string]>([
  ["get_membership_key_contact", `GET ${ONE}`, IDS, "get membership key contact"],
  ["create_membership_key_contact", `POST ${ALL}`, NEW, "create key contact"],
  ["update_membership_key_contact", `PUT ${ONE}`, { ...IDS, ...STATE }, "update key contact"],
  ["delete_membership_key_contact", `DELETE ${ONE}`, IDS, "delete key contact"],
])("%s", (tool, request, args, doing) => {
  test.each<[reply: Reply, code: string]>([
    [{ status: 400, body: { message: "the reason" } }, "invalid_input"],
    [{ status: 403, body: { message: "the reason" } }, "insufficient_scope"],
    [{ status: 404, body: { message: "the reason" } }, "not_found"],
    [{ status: 412, body: { message: "the reason" } }, "invalid_input"],
    [{ status: 500, body: { message: "the reason" } }, "upstream_error"],
  ])("passes on the refusal %j as %s", async (reply, code) => {
    const { call } = await startFakeLfx({ [request]: reply });

    const { content, isError } = await call(tool, args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^${code}: Failed to ${doing}: HTTP ${reply.status}, "the reason"`),
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
  ["update_membership_key_contact", { ...IDS, email: "b@acme.example" }, "email"],
  ["delete_membership_key_contact", { contact_uid: "c1" }, "membership_uid"],
])("%s with %j is refused before anything is sent", async (tool, args, field) => {
  const { call, seen, tokenRequests } = await startFakeLfx({});

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`\`${field}\``);
  expect([...seen, ...tokenRequests]).toEqual([]);
});
