import { expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };
const IDS = { committee_uid: "c1", member_uid: "m1" };
const SEAT = { committee_uid: "c1", email: "ada@acme.example", appointed_by: "Community", status: "Active" };

test.each<[tool: string, args: JsonObject, field: string]>([
  ["search_committees", { name: " " }, "name"],
  ["search_committees", { project_uid: "p1 OR p2" }, "project_uid"],
  ["search_committees", { committee_uid: "c1" }, "committee_uid"],
  ["search_committee_members", { page_size: 101 }, "page_size"],
  ["get_committee", {}, "uid"],
  ["get_committee", { uid: "../projects/p1" }, "uid"],
  ["get_committee_member", { committee_uid: "c1" }, "member_uid"],
  ["get_committee_member", { committee_uid: "", member_uid: "m1" }, "committee_uid"],

  ["create_committee", { name: "A", category: "Board" }, "project_uid"],
  ["create_committee", { ...NEW, name: " " }, "name"],
  ["create_committee", { ...NEW, name: "a".repeat(101) }, "name"],
  ["create_committee", { ...NEW, category: "Knitting" }, "category"],
  ["create_committee", { ...NEW, description: "a".repeat(2001) }, "description"],
  ["create_committee", { ...NEW, website: "steering.example" }, "website"],
  ["create_committee", { ...NEW, website: "javascript:alert(1)" }, "website"],
  ["create_committee", { ...NEW, website: "https://a b" }, "website"],
  ["create_committee", { ...NEW, website: "https://[::1" }, "website"],
  ["create_committee", { ...NEW, display_name: "a".repeat(101) }, "display_name"],
  ["create_committee", { ...NEW, member_visibility: "everybody" }, "member_visibility"],
  ["create_committee", { ...NEW, public: "yes" }, "public"],
  ["create_committee", { ...NEW, join_mode: "open" }, "join_mode"],
  ["update_committee", { name: "A" }, "uid"],
  ["update_committee", { uid: "c1", name: " " }, "name"],
  ["update_committee", { uid: "c1", category: "finance committee" }, "category"],
  ["update_committee", { uid: "c1", business_email_required: true }, "business_email_required"],
  ["update_committee_settings", { uid: "c1", writers: [] }, "writers"],
  ["update_committee_settings", { uid: "c1", member_visibility: " " }, "member_visibility"],
  ["delete_committee", {}, "uid"],
  ["delete_committee", { uid: "c1/members/m1" }, "uid"],

  ["create_committee_member", { ...SEAT, committee_uid: "c1/settings" }, "committee_uid"],
  ["create_committee_member", { ...SEAT, email: "ada" }, "email"],
  ["create_committee_member", { ...SEAT, appointed_by: "Vote" }, "appointed_by"],
  ["create_committee_member", { ...SEAT, status: "active" }, "status"],
  ["create_committee_member", { committee_uid: "c1", email: "ada@acme.example" }, "appointed_by"],
  ["create_committee_member", { ...SEAT, first_name: "a".repeat(101) }, "first_name"],
  ["create_committee_member", { ...SEAT, last_name: " " }, "last_name"],
  ["create_committee_member", { ...SEAT, job_title: "a".repeat(201) }, "job_title"],
  ["create_committee_member", { ...SEAT, username: "ada" }, "username"],
  [
    "create_committee_member",
    { ...SEAT, linkedin_profile: "https://linkedin.com.evil.example/in/ada" },
    "linkedin_profile",
  ],
  ["create_committee_member", { ...SEAT, linkedin_profile: "linkedin.com/in/ada" }, "linkedin_profile"],
  ["create_committee_member", { ...SEAT, role: { name: "King" } }, "role.name"],
  ["create_committee_member", { ...SEAT, role: { start_date: "2026-01-31" } }, "role.name"],
  [
    "create_committee_member",
    { ...SEAT, role: { name: "Chair", start_date: "2026-01-31T00:00:00Z" } },
    "role.start_date",
  ],
  ["create_committee_member", { ...SEAT, role: { name: "Chair", end_date: "2026-02-30" } }, "role.end_date"],
  ["create_committee_member", { ...SEAT, voting: { status: "Voter" } }, "voting.status"],
  ["create_committee_member", { ...SEAT, voting: { status: "None", since: "2026" } }, "voting"],
  ["create_committee_member", { ...SEAT, organization: {} }, "organization"],
  ["create_committee_member", { ...SEAT, organization: { name: "a".repeat(201) } }, "organization.name"],
  ["create_committee_member", { ...SEAT, organization: { website: "acme" } }, "organization.website"],
  ["update_committee_member", { committee_uid: "c1", status: "Inactive" }, "member_uid"],
  ["update_committee_member", { ...IDS, email: " " }, "email"],
  ["update_committee_member", { ...IDS, organization: { name: null, website: "" } }, "organization"],
  ["update_committee_member", { ...IDS, voting: { status: "", start_date: null } }, "voting.status"],
  ["update_committee_member", { ...IDS, organization: { id: "o-2" } }, "organization"],
  ["delete_committee_member", { member_uid: "m1" }, "committee_uid"],
])("%s with %j is refused before anything is sent", async (tool, args, field) => {
  const { call, seen, tokenRequests } = await startFakeLfx({});

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`\`${field}\``);
  expect([...seen, ...tokenRequests]).toEqual([]);
});
