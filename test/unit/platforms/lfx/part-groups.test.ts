import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../src/mcp/caller.ts";
import { CARDS } from "../../../../src/platforms/lfx/cards.generated.ts";
import { groupCard } from "../../../../src/platforms/lfx/groups.ts";
import { TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import { startFakeLfx } from "../../../support/lfx/tool-calls.ts";

const AS_GROUPS = { committeesAsGroups: true };

const ELEVEN = [
  "search_groups",
  "get_group",
  "get_group_member",
  "search_group_members",
  "create_group",
  "update_group",
  "update_group_settings",
  "delete_group",
  "create_group_member",
  "update_group_member",
  "delete_group_member",
];

const offered = async () => {
  const { server } = await startFakeLfx({}, AS_GROUPS);
  return server.catalog.list(LOCAL_CALLER);
};

/** What the platform has for a tool of either name. */
const platformWire = (name: string) => {
  const card = CARDS.find(({ wire }) => wire.name === name.replace("group", "committee"));
  if (!card) throw new Error(`there is no card for ${name}`);
  return card.wire;
};

const SHARED = TOOL_NAMES.filter((name) => !name.includes("committee"));

describe("where committees are called groups", () => {
  test("their tools have the other names, and all others the same", async () => {
    const names = (await offered()).map(({ name }) => name);

    expect(names).toEqual([...ELEVEN, ...SHARED].sort());
  });

  test("each of the eleven says by which other name the thing is known", async () => {
    for (const { name, title, description } of await offered()) {
      if (!ELEVEN.includes(name)) continue;
      expect(title).toContain("Group");
      expect(title).not.toContain("Committee");
      expect(description).toMatch(/\bgroups? \(also called committees?\)/);
      expect(description.match(/also called/g)).toHaveLength(1);
    }
  });

  test("nothing but that, and the fields of answers, speaks of committees", async () => {
    for (const { description, inputSchema } of await offered()) {
      const words = [description, JSON.stringify(inputSchema)].join(" ");
      const left = words.replaceAll(/\(also called committees?\)|data\.committee\w+/g, "");
      expect(left).not.toContain("committee");
    }
  });

  test("no tool has a parameter of the old name, and those that had it have the new one, as required as it was", async () => {
    for (const { name, inputSchema } of await offered()) {
      const before = platformWire(name).inputSchema;
      const renamed = (keys: readonly string[]) =>
        keys.map((key) => (key === "committee_uid" ? "group_uid" : key));

      expect(Object.keys(inputSchema.properties ?? {})).toEqual(
        renamed(Object.keys(before.properties ?? {})),
      );
      expect(inputSchema.required ?? []).toEqual(renamed((before.required as string[] | undefined) ?? []));
    }
  });

  test("the platform's own terms stay what they are", async () => {
    const create = (await offered()).find(({ name }) => name === "create_group");

    expect(create?.inputSchema.properties).toMatchObject({
      category: {
        enum: expect.arrayContaining(["Finance Committee", "Legal Committee"]),
        description: expect.stringMatching(/kind of group .*Finance Committee/),
      },
    });
  });

  test("answers keep the platform's words", async () => {
    for (const { name, outputSchema } of await offered()) {
      expect(outputSchema).toEqual(platformWire(name).outputSchema);
    }
  });
});

test("a word that only looks like a group is left alone and not explained", () => {
  const [card] = CARDS;
  if (!card) throw new Error("there are no cards");
  const said = (description: string) =>
    groupCard({ ...card, wire: { ...card.wire, description } }).wire.description;

  expect(said("Group by a dimension; a group is one value.")).toBe(
    "Group by a dimension; a group is one value.",
  );
  expect(said("A group-by value of a committee.")).toBe(
    "A group-by value of a group (also called committee).",
  );
  expect(said("The committee's uid, as data.committee_uid tells; committees have one.")).toBe(
    "The group's uid, as data.committee_uid tells; groups (also called committees) have one.",
  );
});
