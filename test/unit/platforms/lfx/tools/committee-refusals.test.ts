import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { revised } from "../../../../support/lfx/exchanges.ts";
import { type Replies, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const C1 = "/lfx/committees/c1";
const M1 = `${C1}/members/m1`;
const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };
const SEAT = { committee_uid: "c1", email: "ada@acme.example", appointed_by: "Community", status: "Active" };
const IDS = { committee_uid: "c1", member_uid: "m1" };

/** Whatever is read before it is written is there. */
const BEFORE: Replies = {
  [`GET ${C1}`]: revised({ uid: "c1", ...NEW }),
  [`GET ${C1}/settings`]: revised({ uid: "c1", business_email_required: false }),
  [`GET ${M1}`]: revised({ uid: "m1", email: "ada@acme.example" }),
};

const WRITES: readonly [tool: string, write: string, args: JsonObject][] = [
  ["create_committee", "POST /lfx/committees", NEW],
  ["update_committee", `PUT ${C1}`, { uid: "c1", public: true }],
  ["update_committee_settings", `PUT ${C1}/settings`, { uid: "c1", show_meeting_attendees: true }],
  ["delete_committee", `DELETE ${C1}`, { uid: "c1" }],
  ["create_committee_member", `POST ${C1}/members`, SEAT],
  ["update_committee_member", `PUT ${M1}`, { ...IDS, status: "Inactive" }],
  ["delete_committee_member", `DELETE ${M1}`, IDS],
];

describe.each(WRITES)("%s", (tool, write, args) => {
  test.each<[reply: Reply, code: string, rest: RegExp]>([
    [{ status: 400, body: { message: "the reason" } }, "invalid_input", /"the reason"\. Nothing was changed/],
    [{ status: 403, body: {} }, "insufficient_scope", /HTTP 403\. .*support\.lfx\.dev/],
    [{ status: 404, body: { message: "the reason" } }, "not_found", /"the reason"\. .*support\.lfx\.dev/],
    [{ status: 409, body: { message: "the reason" } }, "invalid_input", /"the reason"\. .*Read that again/],
    [{ status: 500, body: { message: "the reason" } }, "upstream_error", /"the reason"\. It is unknown/],
  ])("passes on the refusal %j as %s, and does not try again", async (reply, code, rest) => {
    const { call, seen } = await startFakeLfx({ ...BEFORE, [write]: reply });

    const { content, isError } = await call(tool, args);

    const doing = tool.replaceAll("_", " ");
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(new RegExp(`^${code}: Failed to ${doing}: HTTP ${reply.status}`));
    expect(content[0]?.text).toMatch(rest);
    expect(seen.filter(({ method }) => method !== "GET")).toHaveLength(1);
  });
});

test.each(WRITES.filter(([tool]) => !tool.startsWith("delete_")))(
  "%s is not said to have done nothing where its answer cannot be read",
  async (tool, write, args) => {
    const { call } = await startFakeLfx({ ...BEFORE, [write]: { body: "done" } });

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(/^upstream_error: .*is unknown whether/);
  },
);

describe.each<[tool: string, read: string, args: JsonObject, doing: string]>([
  ["update_committee", C1, { uid: "c1", public: true }, "fetch committee for update"],
  [
    "update_committee_settings",
    `${C1}/settings`,
    { uid: "c1", show_meeting_attendees: true },
    "fetch committee settings for update",
  ],
  ["delete_committee", C1, { uid: "c1" }, "fetch committee for delete"],
  ["update_committee_member", M1, { ...IDS, status: "Inactive" }, "fetch committee member for update"],
  ["delete_committee_member", M1, IDS, "fetch committee member for delete"],
])("%s", (tool, read, args, doing) => {
  test.each<[Reply, RegExp]>([
    [{ status: 403, body: {} }, /^insufficient_scope: .* HTTP 403/],
    [{ status: 404, body: { message: "no such" } }, /^not_found: .* HTTP 404, "no such"/],
    [{ body: "not JSON" }, /^upstream_error: .* not JSON/],
    [{ body: [] }, /^upstream_error: .* no record/],
  ])("writes nothing where what is there cannot be read: %j", async (reply, text) => {
    const { call, seen } = await startFakeLfx({ [`GET ${read}`]: reply });

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(text);
    expect(content[0]?.text).toContain(`Failed to ${doing}: `);
    expect(seen.map(({ method }) => method)).not.toContain("PUT");
    expect(seen.map(({ method }) => method)).not.toContain("DELETE");
  });
});

test.each<[tool: string, args: JsonObject]>([
  ["update_committee", { uid: "c1" }],
  ["update_committee_settings", { uid: "c1" }],
  ["update_committee_member", IDS],
])("%s with nothing to change is refused before anything is sent", async (tool, args) => {
  const { call, seen } = await startFakeLfx({});

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(/^invalid_input: There is nothing to change\. Nothing was sent/);
  expect(seen).toEqual([]);
});
