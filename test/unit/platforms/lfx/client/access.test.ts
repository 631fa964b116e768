import { describe, expect, onTestFinished, test } from "vitest";
import { LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import { toApiKeyCaller } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { createLfxConnection } from "../../../../../src/platforms/lfx/client/connection.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";
import { createLogger } from "../../../../../src/shared/logger.ts";
import { bearerOf, machine, startHops, user } from "../../../../support/lfx/hops.ts";
import { WRITABLE_PROJECT } from "../../../../support/lfx/project-writer.ts";
import { type Replies, type Reply, type Seen, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

describe("access check", () => {
  const ROLES = "/onboarding/member-onboarding/tools/discord/pytorch/roles";

  /** What becomes of a call when the access check is answered so, and how often the service was asked. */
  const checked = async (reply: Reply) => {
    const { call, seen, tokenRequests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      "POST /lfx/access-check": reply,
      [`GET ${ROLES}`]: { body: "roles" },
    });
    const { content } = await call("list_discord_roles", { project_slug: "pytorch" });
    return {
      text: content[0]?.text,
      check: seen.find(({ path }) => path === "/lfx/access-check"),
      served: seen.filter(({ path }) => path === ROLES).length,
      audiences: tokenRequests.map((form) => form.get("audience")),
    };
  };

  const answered = (...results: readonly unknown[]) => checked({ body: { results } });

  test("one question is asked: whether the caller may write to the project", async () => {
    const { check } = await answered("project:p-1#writer@user:ada\ttrue");

    expect(check?.query).toBe("v=1");
    expect(check?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(check?.body ?? "")).toEqual({ requests: ["project:p-1#writer"] });
  });

  test.each(["ada", "auth0|ada", "ada@acme.example", "cron@clients", "a@b@c", "ada#writer", "a:b"])(
    "a plain yes for the user %s lets the call through",
    async (id) => {
      const { text, served } = await answered(`project:p-1#writer@user:${id}\ttrue`);

      expect(text).toBe("roles");
      expect(served).toBe(1);
    },
  );

  test.each([
    "false",
    "True",
    "TRUE",
    "",
    " true",
    "true ",
    "true\n",
    "1",
    "yes",
    "truefalse",
    "true\tfalse",
  ])("the finding %j is no yes", async (finding) => {
    const { text, served, audiences } = await answered(`project:p-1#writer@user:ada\t${finding}`);

    expect(text).toMatch(/^insufficient_scope: Access denied: no writer relation to project p-1\./);
    expect(served).toBe(0);
    expect(audiences).toEqual(["lfx"]);
  });

  const YES = "project:p-1#writer@user:ada\ttrue";
  const OTHER = "project:p-2#writer@user:ada\ttrue";

  describe("an answer to be made nothing of lets nobody through:", () => {
    test.each<[what: string, results: readonly unknown[], why: string]>([
      ["no tab", ["project:p-1#writer@user:ada true"], "unknown format"],
      ["no @", ["project:p-1#writer\ttrue"], "unknown format"],
      ["nothing but a yes", ["true"], "unknown format"],
      ["an empty text", [""], "unknown format"],
      ["a boolean", [true], "unknown format"],
      ["null", [null], "unknown format"],
      ["an object", [{ request: "project:p-1#writer", allowed: true }], "unknown format"],
      ["no result", [], "received 0"],
      ["a result twice", [YES, YES], "received 2"],
      ["another project's result besides", [YES, OTHER], "received 2"],
      ["another project's result before", [OTHER, YES], "received 2"],
      ["another project", [OTHER], "another check"],
      ["a project whose uid begins alike", ["project:p-11#writer@user:ada\ttrue"], "another check"],
      ["another relation", ["project:p-1#viewer@user:ada\ttrue"], "another check"],
      ["a relation that begins alike", ["project:p-1#writers@user:ada\ttrue"], "another check"],
      ["another type", ["committee:p-1#writer@user:ada\ttrue"], "another check"],
      ["a space in front", [` ${YES}`], "another check"],
    ])("%s", async (_, results, why) => {
      const { text, served, audiences } = await answered(...results);

      expect(text).toMatch(/^upstream_error: Failed to check access: /);
      expect(text).toContain(why);
      expect(served).toBe(0);
      expect(audiences).toEqual(["lfx"]);
    });

    test.each<[what: string, body: unknown]>([
      ["no results", {}],
      ["results that are none", { results: null }],
      ["results as a text", { results: YES }],
      ["results by name", { results: { 0: YES, length: 1 } }],
      ["a list", [YES]],
      ["null", null],
      ["a text", YES],
      ["nothing", ""],
      ["a page", "<html>Sign in</html>"],
    ])("%s", async (_, body) => {
      const { text, served, audiences } = await checked({ body });

      expect(text).toMatch(/^upstream_error: Failed to check access: /);
      expect(served).toBe(0);
      expect(audiences).toEqual(["lfx"]);
    });
  });

  test.each([
    [400, "invalid_input"],
    [401, "upstream_error"],
    [403, "insufficient_scope"],
    [404, "not_found"],
    [500, "upstream_error"],
    [503, "upstream_error"],
  ])("a check that is answered with %i lets nobody through, even with a yes in it", async (status, code) => {
    const { text, served } = await checked({ status, body: { results: [YES], message: "the reason" } });

    expect(text).toMatch(new RegExp(`^${code}: Failed to check access: HTTP ${status}, "the reason"`));
    expect(served).toBe(0);
  });
});

describe("access", () => {
  const SEND = "/onboarding/member-onboarding/tools/email/pytorch/send";
  const LFX: Replies = { ...WRITABLE_PROJECT, [`POST ${SEND}`]: { body: "sent" } };

  const EMAIL = {
    project_slug: "pytorch",
    mode: "send",
    template_name: "welcome",
    to_email: "ada@acme.example",
    to_name: "Ada",
  };

  const SENT = [{ type: "text", text: "sent" }];

  describe("an e-mail is sent", () => {
    test("for a user: his token exchanged, the slug found and access checked in his name, then the service", async () => {
      const { call, hops } = await startHops(LFX);

      const { content } = await call("send_email", EMAIL, user("ada"));

      expect(content).toEqual(SENT);
      expect(hops()).toEqual([
        "ada's token exchanged for lfx",
        "GET /lfx/query/resources as ada-for-lfx-1",
        "POST /lfx/access-check as ada-for-lfx-1",
        "server's own token for onboarding",
        `POST ${SEND} as server-for-onboarding-1`,
      ]);
    });

    test.each([
      ["a machine", machine],
      ["an API key", toApiKeyCaller("ci")],
      ["the local user", LOCAL_CALLER],
    ])("for %s: all of it in the server's own name", async (_, caller) => {
      const { call, hops } = await startHops(LFX);

      const { content } = await call("send_email", EMAIL, caller);

      expect(content).toEqual(SENT);
      expect(hops()).toEqual([
        "server's own token for lfx",
        "GET /lfx/query/resources as server-for-lfx-1",
        "POST /lfx/access-check as server-for-lfx-1",
        "server's own token for onboarding",
        `POST ${SEND} as server-for-onboarding-1`,
      ]);
    });

    test("again with nothing but the check and the service, as tokens and the slug are known", async () => {
      const { call, hops } = await startHops(LFX);
      await call("send_email", EMAIL, user("ada"));
      hops();

      await call("send_email", EMAIL, user("ada"));

      expect(hops()).toEqual([
        "POST /lfx/access-check as ada-for-lfx-1",
        `POST ${SEND} as server-for-onboarding-1`,
      ]);
    });

    test("for another user with a check of his own, after the first was let in", async () => {
      const allowed = ({ headers }: Seen) => headers.authorization === "Bearer ada-for-lfx-1";
      const { call, hops } = await startHops({
        ...LFX,
        "POST /lfx/access-check": (seen) => ({
          body: { results: [`project:p-1#writer@user:x\t${allowed(seen)}`] },
        }),
      });
      await call("send_email", EMAIL, user("ada"));
      hops();

      const { content } = await call("send_email", EMAIL, user("bob"));

      expect(content[0]?.text).toMatch(/^insufficient_scope: /);
      expect(hops()).toEqual(["bob's token exchanged for lfx", "POST /lfx/access-check as bob-for-lfx-1"]);
    });
  });

  describe("where access is denied", () => {
    test.each([
      ["a user", user("ada"), "ada-for-lfx-1"],
      ["a machine", machine, "server-for-lfx-1"],
    ])("%s reaches no service, and no token is asked for it", async (_, caller, token) => {
      const { call, hops } = await startHops({
        ...LFX,
        "POST /lfx/access-check": { body: { results: ["project:p-1#writer@user:ada\tfalse"] } },
      });

      const { content, isError } = await call("send_email", EMAIL, caller);

      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(
        /^insufficient_scope: Access denied: no writer relation to project p-1\. .*support\.lfx\.dev/,
      );
      expect(hops().slice(1)).toEqual([
        `GET /lfx/query/resources as ${token}`,
        `POST /lfx/access-check as ${token}`,
      ]);
    });

    test("it is denied from the moment on that it is withdrawn", async () => {
      let may = true;
      const { call, hops } = await startHops({
        ...LFX,
        "POST /lfx/access-check": () => ({ body: { results: [`project:p-1#writer@user:ada\t${may}`] } }),
      });
      await call("send_email", EMAIL, user("ada"));
      may = false;
      hops();

      const { isError } = await call("send_email", EMAIL, user("ada"));

      expect(isError).toBe(true);
      expect(hops()).toEqual(["POST /lfx/access-check as ada-for-lfx-1"]);
    });
  });

  /** Takes the second token of each kind, and refuses the first. */
  const onlySecond =
    (reply: Reply) =>
    (seen: Seen): Reply =>
      bearerOf(seen).endsWith("-2") ? reply : { status: 401, body: { message: "token revoked" } };

  const PLACES = [
    ["the search for the slug", "GET /lfx/query/resources", "ada", "lfx"],
    ["the access check", "POST /lfx/access-check", "ada", "lfx"],
    ["the service", `POST ${SEND}`, "server", "onboarding"],
  ] as const;

  describe.each(PLACES)("where %s refuses a token", (_, request, whose, audience) => {
    test("it is asked once more with a new one", async () => {
      const reply = LFX[request];
      if (typeof reply !== "object") throw new Error(`${request} has one reply`);
      const { call, hops } = await startHops({ ...LFX, [request]: onlySecond(reply) });

      const { content } = await call("send_email", EMAIL, user("ada"));

      expect(content).toEqual(SENT);
      const lines = hops();
      const first = lines.indexOf(`${request} as ${whose}-for-${audience}-1`);
      const renewed = whose === "ada" ? "ada's token exchanged for lfx" : "server's own token for onboarding";
      expect(lines.slice(first, first + 3)).toEqual([
        `${request} as ${whose}-for-${audience}-1`,
        renewed,
        `${request} as ${whose}-for-${audience}-2`,
      ]);
      expect(lines).toHaveLength(7);
    });

    test("and the new one too, it is asked no more, and nothing behind it is asked at all", async () => {
      const { call, hops } = await startHops({
        ...LFX,
        [request]: { status: 401, body: { message: "token revoked" } },
      });

      const { content } = await call("send_email", EMAIL, user("ada"));

      // Only LFX knows the caller; the service knows nobody but this server.
      const code = audience === "lfx" ? "invalid_token" : "upstream_error";
      expect(content[0]?.text).toMatch(new RegExp(`^${code}: .*HTTP 401, "token revoked"`));
      const lines = hops();
      expect(lines.at(-1)).toBe(`${request} as ${whose}-for-${audience}-2`);
      expect(lines.filter((line) => line.startsWith(request))).toHaveLength(2);
    });
  });

  test("a token that was refused once is not used again by later calls", async () => {
    const check = LFX["POST /lfx/access-check"] as Reply;
    const { call, hops } = await startHops({ ...LFX, "POST /lfx/access-check": onlySecond(check) });
    await call("send_email", EMAIL, user("ada"));
    hops();

    await call("send_email", EMAIL, user("ada"));

    expect(hops()).toEqual([
      "POST /lfx/access-check as ada-for-lfx-2",
      `POST ${SEND} as server-for-onboarding-1`,
    ]);
  });
});

describe("projects", () => {
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
    ["brings no list", { body: { resources: "p-1" } }, /^upstream_error: .*"pytorch": .*not a list/],
    ["brings no JSON", { body: "<html>" }, /^upstream_error: .*"pytorch": .*not JSON/],
    [
      "brings a project without an id",
      { body: { resources: [{ data: { slug: "pytorch" } }] } },
      /^upstream_error: .*"pytorch": .*no id/,
    ],
    [
      "brings a project without a slug",
      { body: { resources: [{ id: "project:p-9", data: {} }] } },
      /^upstream_error: .*"pytorch": the response is another project/,
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
});
