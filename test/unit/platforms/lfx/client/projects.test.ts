import { describe, expect, onTestFinished, test } from "vitest";
import { LOCAL_CALLER } from "../../../../../src/mcp/caller.ts";
import { createLfxConnection } from "../../../../../src/platforms/lfx/client/connection.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";
import { createLogger } from "../../../../../src/shared/logger.ts";
import { bearerOf, startHops, user } from "../../../../support/lfx/hops.ts";
import { WRITABLE_PROJECT } from "../../../../support/lfx/project-writer.ts";
import { type Replies, type Reply, type Seen, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const ROLES = "GET /onboarding/member-onboarding/tools/discord/pytorch/roles";
const LFX: Replies = { ...WRITABLE_PROJECT, [ROLES]: { body: "roles" } };
const SLUG = { project_slug: "pytorch" };

const FOUND = LFX[QUERY] as Reply;
const NOTHING: Reply = { body: { resources: [] } };

/** What is sent to the query service. */
const searches = (seen: readonly Seen[]) => seen.filter(({ path }) => path === "/lfx/query/resources");

test("a project is looked up by its exact slug, and its UUID is what access is checked for", async () => {
  const { call, seen } = await startHops(LFX);

  await call("list_discord_roles", { project_slug: " pytorch " });

  expect(searches(seen).map(({ query }) => query)).toEqual([
    "filters_all=slug%3Apytorch&page_size=1&type=project&v=1",
  ]);
  const check = seen.find(({ path }) => path === "/lfx/access-check");
  expect(JSON.parse(check?.body ?? "")).toEqual({ requests: ["project:p-1#writer"] });
});

test("an id without the type in front is the UUID itself", async () => {
  const bare: Reply = { body: { resources: [{ type: "project", id: "p-1", data: { slug: "pytorch" } }] } };
  const { call } = await startHops({ ...LFX, [QUERY]: bare });

  const { content } = await call("list_discord_roles", SLUG);

  expect(content[0]?.text).toBe("roles");
});

test("a slug that is not found is told as such, and nothing is asked further", async () => {
  const { call, hops } = await startHops({ ...LFX, [QUERY]: NOTHING });

  const { content, isError } = await call("list_discord_roles", SLUG, user("ada"));

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^not_found: .*"pytorch".*no such project\. .*support\.lfx\.dev/);
  expect(hops()).toEqual(["ada's token exchanged for lfx", "GET /lfx/query/resources as ada-for-lfx-1"]);
});

test.each<[what: string, reply: Reply, text: RegExp]>([
  ["fails", { status: 500, body: { message: "down" } }, /^upstream_error: .*"pytorch": HTTP 500, "down"/],
  ["is refused", { status: 400, body: { message: "bad" } }, /^invalid_input: .*"pytorch": HTTP 400, "bad"/],
  ["brings no list", { body: { resources: "p-1" } }, /^upstream_error: .*"pytorch": .*no list/],
  ["brings no JSON", { body: "<html>" }, /^upstream_error: .*"pytorch": .*not JSON/],
  [
    "brings a project without an id",
    { body: { resources: [{ data: { slug: "pytorch" } }] } },
    /^upstream_error: .*"pytorch": .*no id/,
  ],
  [
    "brings a project without a slug",
    { body: { resources: [{ id: "project:p-9", data: {} }] } },
    /^upstream_error: .*"pytorch": another project/,
  ],
])("where the search %s, nobody gets any further", async (_, reply, text) => {
  const { call, hops } = await startHops({ ...LFX, [QUERY]: reply });

  const { content } = await call("list_discord_roles", SLUG);

  expect(content[0]?.text).toMatch(text);
  expect(hops().at(-1)).toBe("GET /lfx/query/resources as server-for-lfx-1");
});

describe("what was found", () => {
  test("is asked for no more, by nobody, while access is checked each time", async () => {
    const { call, seen, hops } = await startHops(LFX);
    await call("list_discord_roles", SLUG, user("ada"));
    hops();

    await call("list_discord_roles", SLUG, user("ada"));
    await call("list_discord_roles", SLUG, user("bob"));

    expect(searches(seen)).toHaveLength(1);
    expect(hops()).toEqual([
      "POST /lfx/access-check as ada-for-lfx-1",
      `${ROLES} as server-for-onboarding-1`,
      "bob's token exchanged for lfx",
      "POST /lfx/access-check as bob-for-lfx-1",
      `${ROLES} as server-for-onboarding-1`,
    ]);
  });

  test("says nothing of other slugs", async () => {
    const { call, seen } = await startHops(LFX);
    await call("list_discord_roles", SLUG);

    await call("list_discord_roles", { project_slug: "PyTorch" });

    expect(searches(seen).map(({ query }) => new URLSearchParams(query).get("filters_all"))).toEqual([
      "slug:pytorch",
      "slug:PyTorch",
    ]);
  });

  test("is asked for again after an hour", async () => {
    const { settings, seen } = await startFakeLfx(LFX);
    let now = 1_000_000;
    const connection = createLfxConnection({
      upstream: settings.upstream,
      resource: "https://mcp.example/mcp",
      proxies: {},
      log: createLogger("silent", () => {}),
      debugTraffic: false,
      now: () => now,
    });
    onTestFinished(() => connection.close());
    const { signal } = new AbortController();
    const searchesAfter = async (ms: number) => {
      now += ms;
      await withDeadline(5000, signal, (deadline) =>
        connection.connect({ caller: LOCAL_CALLER, signal }, deadline).onboarding("pytorch"),
      );
      return searches(seen).length;
    };

    expect(await searchesAfter(0)).toBe(1);
    expect(await searchesAfter(60 * 60 * 1000 - 1)).toBe(1);
    expect(await searchesAfter(1)).toBe(2);
  });
});

describe("what was not found", () => {
  test("by one caller may be found by another, who asks for himself", async () => {
    const { call, seen } = await startHops({
      ...LFX,
      [QUERY]: (one) => (bearerOf(one).startsWith("ada") ? FOUND : NOTHING),
    });

    const bob = await call("list_discord_roles", SLUG, user("bob"));
    const ada = await call("list_discord_roles", SLUG, user("ada"));

    expect(bob.content[0]?.text).toMatch(/^not_found: /);
    expect(ada.content[0]?.text).toBe("roles");
    expect(searches(seen).map(bearerOf)).toEqual(["bob-for-lfx-1", "ada-for-lfx-1"]);
  });

  test("by one caller is not told to another who asks at the same time", async () => {
    const { call, seen } = await startHops({
      ...LFX,
      [QUERY]: (one) => (bearerOf(one).startsWith("ada") ? FOUND : NOTHING),
    });

    const answers = await Promise.all(
      ["bob", "ada"].map((name) => call("list_discord_roles", SLUG, user(name))),
    );

    expect(answers.map(({ isError }) => isError)).toEqual([true, undefined]);
    expect(searches(seen).map(bearerOf).sort()).toEqual(["ada-for-lfx-1", "bob-for-lfx-1"]);
  });

  test.each<[what: string, first: Reply]>([
    ["is not kept", NOTHING],
    ["because the search failed is not kept either", { status: 500, body: { message: "down" } }],
  ])("%s", async (_, first) => {
    let times = 0;
    const { call } = await startHops({
      ...LFX,
      [QUERY]: () => {
        times += 1;
        return times === 1 ? first : FOUND;
      },
    });

    const before = await call("list_discord_roles", SLUG);
    const after = await call("list_discord_roles", SLUG);

    expect(before.isError).toBe(true);
    expect(after.content[0]?.text).toBe("roles");
  });
});
