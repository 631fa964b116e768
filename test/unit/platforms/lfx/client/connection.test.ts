import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import { toApiKeyCaller } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { bearerOf, machine, startHops, user } from "../../../../support/lfx/hops.ts";
import {
  type ReceivedRequest,
  type Replies,
  type Reply,
  WRITABLE_PROJECT,
} from "../../../../support/lfx/tool-calls.ts";

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

describe("an email is sent", () => {
  test("for a user: exchange the token, resolve the slug and check access as the user, then call the service", async () => {
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
  ])("for %s: every request as the server", async (_, caller) => {
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

  test("again with only the access check and the service call, because tokens and slug are cached", async () => {
    const { call, hops } = await startHops(LFX);
    await call("send_email", EMAIL, user("ada"));
    hops();

    await call("send_email", EMAIL, user("ada"));

    expect(hops()).toEqual([
      "POST /lfx/access-check as ada-for-lfx-1",
      `POST ${SEND} as server-for-onboarding-1`,
    ]);
  });

  test("only after an access check of its own for every user", async () => {
    const allowed = ({ headers }: ReceivedRequest) => headers.authorization === "Bearer ada-for-lfx-1";
    const { call, hops } = await startHops({
      ...LFX,
      "POST /lfx/access-check": (requests) => ({
        body: { results: [`project:p-1#writer@user:x\t${allowed(requests)}`] },
      }),
    });
    await call("send_email", EMAIL, user("ada"));
    hops();

    const { content } = await call("send_email", EMAIL, user("bob"));

    expect(content[0]?.text).toMatch(/^insufficient_scope: /);
    expect(hops()).toEqual(["bob's token exchanged for lfx", "POST /lfx/access-check as bob-for-lfx-1"]);
  });
});

describe("if access is denied", () => {
  test.each([
    ["a user", user("ada"), "ada-for-lfx-1"],
    ["a machine", machine, "server-for-lfx-1"],
  ])("%s reaches no service, and no service token is requested", async (_, caller, token) => {
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

  test("a revocation takes effect immediately", async () => {
    let isWriter = true;
    const { call, hops } = await startHops({
      ...LFX,
      "POST /lfx/access-check": () => ({ body: { results: [`project:p-1#writer@user:ada\t${isWriter}`] } }),
    });
    await call("send_email", EMAIL, user("ada"));
    isWriter = false;
    hops();

    const { isError } = await call("send_email", EMAIL, user("ada"));

    expect(isError).toBe(true);
    expect(hops()).toEqual(["POST /lfx/access-check as ada-for-lfx-1"]);
  });
});

/** Accepts the second token of each kind and rejects the first. */
const onlySecond =
  (reply: Reply) =>
  (requests: ReceivedRequest): Reply =>
    bearerOf(requests).endsWith("-2") ? reply : { status: 401, body: { message: "token revoked" } };

const REQUESTS = [
  ["the search for the slug", "GET /lfx/query/resources", "ada", "lfx"],
  ["the access check", "POST /lfx/access-check", "ada", "lfx"],
  ["the service", `POST ${SEND}`, "server", "onboarding"],
] as const;

describe.each(REQUESTS)("if %s rejects a token", (_, request, subject, audience) => {
  test("the request is sent once more with a new one", async () => {
    const reply = LFX[request];
    if (typeof reply !== "object") throw new Error(`${request} has one reply`);
    const { call, hops } = await startHops({ ...LFX, [request]: onlySecond(reply) });

    const { content } = await call("send_email", EMAIL, user("ada"));

    expect(content).toEqual(SENT);
    const lines = hops();
    const first = lines.indexOf(`${request} as ${subject}-for-${audience}-1`);
    const renewed = subject === "ada" ? "ada's token exchanged for lfx" : "server's own token for onboarding";
    expect(lines.slice(first, first + 3)).toEqual([
      `${request} as ${subject}-for-${audience}-1`,
      renewed,
      `${request} as ${subject}-for-${audience}-2`,
    ]);
    expect(lines).toHaveLength(7);
  });

  test("and the new one too, the call fails without further requests", async () => {
    const { call, hops } = await startHops({
      ...LFX,
      [request]: { status: 401, body: { message: "token revoked" } },
    });

    const { content } = await call("send_email", EMAIL, user("ada"));

    // A service knows only this server, so its operator must act.
    const code = audience === "lfx" ? "invalid_token" : "upstream_error";
    expect(content[0]?.text).toMatch(new RegExp(`^${code}: .*HTTP 401, "token revoked"`));
    const lines = hops();
    expect(lines.at(-1)).toBe(`${request} as ${subject}-for-${audience}-2`);
    expect(lines.filter((line) => line.startsWith(request))).toHaveLength(2);
  });
});

test("later calls do not use a rejected token", async () => {
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
