import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { WRITABLE_PROJECT } from "../../../../support/lfx/project-writer.ts";
import { startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const BASE = "/onboarding/member-onboarding/tools/email/pytorch";
const SLUG = { project_slug: "pytorch" };
const DRAFT = { ...SLUG, mode: "draft", template_name: "welcome" };
const ADDRESSEE = { to_email: "ada@acme.example", to_name: "Ada" };
const SEND = { ...DRAFT, mode: "send", ...ADDRESSEE };
const VARIABLES = { company: "Acme", note: " two\nlines " };

test("the templates of a project are listed as the service tells them", async () => {
  const answer = '[{"name": "welcome"}]';
  const { call, seen } = await startFakeLfx({
    ...WRITABLE_PROJECT,
    [`GET ${BASE}/templates`]: { body: answer },
  });

  const { content } = await call("list_email_templates", SLUG);

  expect(content).toEqual([{ type: "text", text: answer }]);
  expect(seen.at(-1)?.headers.authorization).toBe("Bearer own-for-onboarding");
});

describe.each<[args: JsonObject, path: string, body: JsonObject]>([
  [DRAFT, "render", { template_name: "welcome" }],
  [{ ...DRAFT, variables: VARIABLES }, "render", { template_name: "welcome", variables: VARIABLES }],
  [{ ...DRAFT, ...ADDRESSEE }, "render", { template_name: "welcome" }],
  [SEND, "send", { ...ADDRESSEE, template_name: "welcome" }],
  [
    { ...SEND, variables: VARIABLES },
    "send",
    { ...ADDRESSEE, template_name: "welcome", variables: VARIABLES },
  ],
])("send_email with %j", (args, path, body) => {
  test(`posts to ${path}, and gives the answer as it is`, async () => {
    const { call, seen } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      [`POST ${BASE}/${path}`]: { body: "Dear Ada,\n" },
    });

    const { content, isError } = await call("send_email", args);

    expect(isError).toBeUndefined();
    expect(content).toEqual([{ type: "text", text: "Dear Ada,\n" }]);
    const services = seen.filter((one) => one.path.startsWith("/onboarding"));
    expect(services).toHaveLength(1);
    expect(JSON.parse(services[0]?.body ?? "")).toEqual(body);
    expect(services[0]?.headers["content-type"]).toBe("application/json");
    expect(services[0]?.headers.authorization).toBe("Bearer own-for-onboarding");
  });
});

test.each([{}, { to_email: "ada@acme.example" }, { to_name: "Ada" }])(
  "nothing is sent to %j, and the error names what is needed",
  async (addressee) => {
    const { call, seen, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

    const { content } = await call("send_email", { ...DRAFT, mode: "send", ...addressee });

    expect(content[0]?.text).toMatch(/^invalid_input: .*`to_email` and `to_name`\. Nothing was sent/);
    expect([...seen, ...tokenRequests]).toEqual([]);
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
])("send_email with %j is refused before anything is sent", async (args, field) => {
  const { call, seen, tokenRequests } = await startFakeLfx(WRITABLE_PROJECT);

  const { content } = await call("send_email", args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`\`${field}\``);
  expect([...seen, ...tokenRequests]).toEqual([]);
});

test.each([
  [404, "not_found", "no such template"],
  [422, "invalid_input", "variables.company: Field required"],
  [500, "upstream_error", "mail server is down"],
])("an e-mail that the service answers with %i is told as %s, in its words", async (status, code, said) => {
  const detail = status === 422 ? [{ loc: ["body", "variables", "company"], msg: "Field required" }] : said;
  const { call, seen } = await startFakeLfx({
    ...WRITABLE_PROJECT,
    [`POST ${BASE}/send`]: { status, body: { detail } },
  });

  const { content } = await call("send_email", SEND);

  expect(content[0]?.text).toContain(`${code}: Failed to send email: HTTP ${status}, "${said}"`);
  expect(seen.filter(({ path }) => path.endsWith("/send"))).toHaveLength(1);
});

test("an e-mail whose fate is unknown is not called safe to repeat", async () => {
  const { call } = await startFakeLfx({
    ...WRITABLE_PROJECT,
    [`POST ${BASE}/send`]: { status: 502, body: "" },
  });

  const { content, _meta } = await call("send_email", SEND);

  expect(content[0]?.text).toMatch(/It is unknown whether the request was processed/);
  expect(_meta?.["ai.lightfast/error"]).toMatchObject({ retryable: false, status: 502 });
});
