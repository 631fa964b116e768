import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { startFakeLfx, WRITABLE_PROJECT } from "../../../../support/lfx/tool-calls.ts";

describe("discord", () => {
  const BASE = "/onboarding/member-onboarding/tools/discord/pytorch";
  const SLUG = { project_slug: "pytorch" };
  const ASSIGNMENT = { user_id: "80351110224678912", user_name: "ada", role_id: "41771983423143936" };

  type Row = readonly [
    tool: string,
    args: JsonObject,
    request: string,
    body: JsonObject | "",
    operation: string,
  ];

  const CALLS: readonly Row[] = [
    ["list_discord_roles", SLUG, `GET ${BASE}/roles`, "", "list Discord roles"],
    [
      "find_discord_role",
      { ...SLUG, role_name: "Maintainer" },
      `GET ${BASE}/roles/Maintainer`,
      "",
      "find Discord role",
    ],
    [
      "find_discord_user",
      { ...SLUG, name: "Ada" },
      `POST ${BASE}/find-user`,
      { name: "Ada" },
      "find Discord user",
    ],
    [
      "find_discord_user",
      { ...SLUG, name: " Ada ", email: " ada@acme.example " },
      `POST ${BASE}/find-user`,
      { name: "Ada", email: "ada@acme.example" },
      "find Discord user",
    ],
    [
      "check_discord_user_role",
      { ...SLUG, user_id: "80351110224678912", role_id: "41771983423143936" },
      `GET ${BASE}/users/80351110224678912/roles/41771983423143936`,
      "",
      "check Discord user role",
    ],
    [
      "assign_discord_role",
      { ...SLUG, ...ASSIGNMENT, role_name: "Maintainer" },
      `POST ${BASE}/assign-role`,
      { ...ASSIGNMENT, role_name: "Maintainer" },
      "assign Discord role",
    ],
  ];

  describe.each(CALLS)("%s with %j", (tool, args, request, body, operation) => {
    test("calls the service with this server's own token, and returns its response as is", async () => {
      const response = '{ "roles": [ "Maintainer" ] }\n';
      const replies = { ...WRITABLE_PROJECT, [request]: { body: response } };
      const { call, requests, steps } = await startFakeLfx(replies);

      const { content, structuredContent, isError } = await call(tool, args);

      expect(isError).toBeUndefined();
      expect(structuredContent).toBeUndefined();
      expect(content).toEqual([{ type: "text", text: response }]);
      const last = requests.at(-1);
      expect(requests).toHaveLength(3);
      expect(`${last?.method} ${last?.path}`).toBe(request);
      expect(last?.query).toBe("");
      expect(last?.body && JSON.parse(last.body)).toEqual(body);
      expect(last?.headers.authorization).toBe("Bearer own-for-onboarding");
      expect(steps.map(({ done, total }) => `${done} of ${total}`)).toEqual(["0 of 2", "1 of 2"]);
    });

    test("returns no join credentials", async () => {
      const body = { keep: 1, deep: [{ passcode: "4711", join_url: "https://zoom.example/4711" }] };
      const { call } = await startFakeLfx({ ...WRITABLE_PROJECT, [request]: { body } });

      const { content } = await call(tool, args);

      expect(content).toEqual([{ type: "text", text: '{"keep":1,"deep":[{}]}' }]);
    });

    test("reports 404 as not_found with the service's message", async () => {
      const { call } = await startFakeLfx({
        ...WRITABLE_PROJECT,
        [request]: { status: 404, body: { detail: "no such guild" } },
      });

      const { content } = await call(tool, args);

      expect(content[0]?.text).toMatch(
        new RegExp(`^not_found: Failed to ${operation}: HTTP 404, "no such guild"`),
      );
    });

    test("reports 500 as upstream_error", async () => {
      const { call } = await startFakeLfx({
        ...WRITABLE_PROJECT,
        [request]: { status: 500, body: "broken" },
      });

      const { content } = await call(tool, args);

      expect(content[0]?.text).toMatch(
        new RegExp(`^upstream_error: Failed to ${operation}: HTTP 500, "broken"`),
      );
    });
  });

  test.each([
    ["C++ | Rust?", "C%2B%2B%20%7C%20Rust%3F"],
    ["50% #1", "50%25%20%231"],
    ["%2e%2e", "%252e%252e"],
    ["...", "..."],
    ["Größe 😀", "Gr%C3%B6%C3%9Fe%20%F0%9F%98%80"],
  ])("the role name %s stays one path segment", async (role, part) => {
    const { call, requests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`GET ${BASE}/roles/${part}`]: { body: "found" },
    });

    const { content } = await call("find_discord_role", { ...SLUG, role_name: role });

    expect(requests.at(-1)?.path).toBe(`${BASE}/roles/${part}`);
    expect(content[0]?.text).toBe("found");
  });

  test.each<[tool: string, args: JsonObject, field: string]>([
    ["list_discord_roles", {}, "project_slug"],
    ["list_discord_roles", { project_slug: ".." }, "project_slug"],
    ["list_discord_roles", { project_slug: "a/b" }, "project_slug"],
    ["list_discord_roles", { project_slug: "slug:x y" }, "project_slug"],
    ["find_discord_role", { ...SLUG, role_name: " " }, "role_name"],
    ["find_discord_role", { ...SLUG, role_name: "x".repeat(101) }, "role_name"],
    ["find_discord_user", SLUG, "name"],
    ["find_discord_user", { ...SLUG, name: "Ada", email: "ada" }, "email"],
    ["check_discord_user_role", { ...SLUG, user_id: "1", role_id: "../2" }, "role_id"],
    ["check_discord_user_role", { ...SLUG, role_id: "2" }, "user_id"],
    ["assign_discord_role", { ...SLUG, ...ASSIGNMENT }, "role_name"],
    ["assign_discord_role", { ...SLUG, ...ASSIGNMENT, role_name: "x", user_name: "" }, "user_name"],
  ])("%s with %j is rejected before anything is sent", async (tool, args, field) => {
    const { call, requests, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(content[0]?.text).toContain(`"${field}"`);
    expect([...requests, ...tokenRequests]).toEqual([]);
  });

  test.each([".", " .. ", "a/b", "/", "a\\b", "\\..\\x"])("the role name %j is rejected", async (role) => {
    const { call, requests, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

    const { content } = await call("find_discord_role", { ...SLUG, role_name: role });

    const shown = JSON.stringify(role.trim());
    expect(content[0]?.text).toContain(
      `invalid_input: ${shown} cannot be used in a URL path. Nothing was sent`,
    );
    expect([...requests, ...tokenRequests]).toEqual([]);
  });

  test("an assignment with an unknown outcome is not retried", async () => {
    const { call, requests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`POST ${BASE}/assign-role`]: { status: 503, body: { detail: "Discord is down" } },
    });

    const { content } = await call("assign_discord_role", { ...SLUG, ...ASSIGNMENT, role_name: "x" });

    expect(requests.filter(({ path }) => path.endsWith("/assign-role"))).toHaveLength(1);
    expect(content[0]?.text).toMatch(/"Discord is down"\. It is unknown whether/);
  });
});

describe("email", () => {
  const BASE = "/onboarding/member-onboarding/tools/email/pytorch";
  const SLUG = { project_slug: "pytorch" };
  const DRAFT = { ...SLUG, mode: "draft", template_name: "welcome" };
  const RECIPIENT = { to_email: "ada@acme.example", to_name: "Ada" };
  const SEND = { ...DRAFT, mode: "send", ...RECIPIENT };
  const VARIABLES = { company: "Acme", note: " two\nlines " };

  test("list_email_templates returns the service's response as is", async () => {
    const response = '[{"name": "welcome"}]';
    const { call, requests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`GET ${BASE}/templates`]: { body: response },
    });

    const { content } = await call("list_email_templates", SLUG);

    expect(content).toEqual([{ type: "text", text: response }]);
    expect(requests.at(-1)?.headers.authorization).toBe("Bearer own-for-onboarding");
  });

  describe.each<[args: JsonObject, path: string, body: JsonObject]>([
    [DRAFT, "render", { template_name: "welcome" }],
    [{ ...DRAFT, variables: VARIABLES }, "render", { template_name: "welcome", variables: VARIABLES }],
    [{ ...DRAFT, ...RECIPIENT }, "render", { template_name: "welcome" }],
    [SEND, "send", { ...RECIPIENT, template_name: "welcome" }],
    [
      { ...SEND, variables: VARIABLES },
      "send",
      { ...RECIPIENT, template_name: "welcome", variables: VARIABLES },
    ],
  ])("send_email with %j", (args, path, body) => {
    test(`posts to ${path}, and returns the response as is`, async () => {
      const { call, requests } = await startFakeLfx({
        ...WRITABLE_PROJECT,
        [`POST ${BASE}/${path}`]: { body: "Dear Ada,\n" },
      });

      const { content, isError } = await call("send_email", args);

      expect(isError).toBeUndefined();
      expect(content).toEqual([{ type: "text", text: "Dear Ada,\n" }]);
      const services = requests.filter((one) => one.path.startsWith("/onboarding"));
      expect(services).toHaveLength(1);
      expect(JSON.parse(services[0]?.body ?? "")).toEqual(body);
      expect(services[0]?.headers["content-type"]).toBe("application/json");
      expect(services[0]?.headers.authorization).toBe("Bearer own-for-onboarding");
    });
  });

  test.each([{}, { to_email: "ada@acme.example" }, { to_name: "Ada" }])(
    "send_email to %j is rejected, and the error names the missing parameters",
    async (recipient) => {
      const { call, requests, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

      const { content } = await call("send_email", { ...DRAFT, mode: "send", ...recipient });

      expect(content[0]?.text).toMatch(/^invalid_input: .*"to_email" and "to_name"\. Nothing was sent/);
      expect([...requests, ...tokenRequests]).toEqual([]);
    },
  );

  test.each<[args: JsonObject, field: string]>([
    [{ ...SEND, mode: "test" }, "mode"],
    [{ ...SEND, mode: "SEND" }, "mode"],
    [{ ...SEND, to_email: "ada@" }, "to_email"],
    [{ ...SEND, to_email: "ada@acme.example, bob@acme.example" }, "to_email"],
    [{ ...SEND, to_name: " " }, "to_name"],
    [{ ...SEND, template_name: "" }, "template_name"],
    [{ ...SEND, variables: { count: 3 } }, "variables.count"],
    [{ ...SEND, variables: "company=Acme" }, "variables"],
    [{ ...SEND, project_slug: "../pytorch" }, "project_slug"],
    [{ ...SEND, cc: "bob@acme.example" }, "cc"],
  ])("send_email with %j is rejected before anything is sent", async (args, field) => {
    const { call, requests, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

    const { content } = await call("send_email", args);

    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(content[0]?.text).toContain(`"${field}"`);
    expect([...requests, ...tokenRequests]).toEqual([]);
  });

  test.each([
    [404, "not_found", "no such template"],
    [422, "invalid_input", "variables.company: Field required"],
    [500, "upstream_error", "mail server is down"],
  ])("send_email reports %i as %s with the service's message", async (status, code, message) => {
    const detail =
      status === 422 ? [{ loc: ["body", "variables", "company"], msg: "Field required" }] : message;
    const { call, requests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`POST ${BASE}/send`]: { status, body: { detail } },
    });

    const { content } = await call("send_email", SEND);

    expect(content[0]?.text).toContain(`${code}: Failed to send email: HTTP ${status}, "${message}"`);
    expect(requests.filter(({ path }) => path.endsWith("/send"))).toHaveLength(1);
  });

  test("an email with an unknown outcome is not retryable", async () => {
    const { call } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`POST ${BASE}/send`]: { status: 502, body: "" },
    });

    const { content, _meta } = await call("send_email", SEND);

    expect(content[0]?.text).toMatch(/It is unknown whether the request was processed/);
    expect(_meta?.["ai.lightfast/error"]).toMatchObject({ retryable: false, status: 502 });
  });
});
