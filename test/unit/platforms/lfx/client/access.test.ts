import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../../src/mcp/caller.ts";
import { apiKeyCaller } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { bearerOf, machine, startHops, user } from "../../../../support/lfx/hops.ts";
import { WRITABLE_PROJECT } from "../../../../support/lfx/project-writer.ts";
import type { Replies, Reply, Seen } from "../../../../support/lfx/tool-calls.ts";

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
    ["an API key", apiKeyCaller("ci")],
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
