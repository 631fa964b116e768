import { describe, expect, test } from "vitest";
import { WRITABLE_PROJECT } from "../../../../support/lfx/project-writer.ts";
import { type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

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

test.each(["false", "True", "TRUE", "", " true", "true ", "true\n", "1", "yes", "truefalse", "true\tfalse"])(
  "the finding %j is no yes",
  async (finding) => {
    const { text, served, audiences } = await answered(`project:p-1#writer@user:ada\t${finding}`);

    expect(text).toMatch(/^insufficient_scope: Access denied: no writer relation to project p-1\./);
    expect(served).toBe(0);
    expect(audiences).toEqual(["lfx"]);
  },
);

const YES = "project:p-1#writer@user:ada\ttrue";
const OTHER = "project:p-2#writer@user:ada\ttrue";

describe("an answer to be made nothing of lets nobody through:", () => {
  test.each<[what: string, results: readonly unknown[], why: string]>([
    ["no tab", ["project:p-1#writer@user:ada true"], "form"],
    ["no @", ["project:p-1#writer\ttrue"], "form"],
    ["nothing but a yes", ["true"], "form"],
    ["an empty text", [""], "form"],
    ["a boolean", [true], "form"],
    ["null", [null], "form"],
    ["an object", [{ request: "project:p-1#writer", allowed: true }], "form"],
    ["no result", [], "0 answered"],
    ["a result twice", [YES, YES], "2 answered"],
    ["another project's result besides", [YES, OTHER], "2 answered"],
    ["another project's result before", [OTHER, YES], "2 answered"],
    ["another project", [OTHER], "another question"],
    ["a project whose uid begins alike", ["project:p-11#writer@user:ada\ttrue"], "another question"],
    ["another relation", ["project:p-1#viewer@user:ada\ttrue"], "another question"],
    ["a relation that begins alike", ["project:p-1#writers@user:ada\ttrue"], "another question"],
    ["another type", ["committee:p-1#writer@user:ada\ttrue"], "another question"],
    ["a space in front", [` ${YES}`], "another question"],
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
