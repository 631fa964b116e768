import { setMaxListeners } from "node:events";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import { toApiKeyCaller } from "../../../../../src/platforms/lfx/auth/identity.ts";
import { createLfxConnection } from "../../../../../src/platforms/lfx/client/connection.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";
import { createLogger } from "../../../../../src/shared/logger.ts";
import { readTrace } from "../../../../../src/shared/trace.ts";
import { bearerOf, machine, startHops, user } from "../../../../support/lfx/hops.ts";
import {
  type ReceivedRequest,
  type Replies,
  type Reply,
  startFakeLfx,
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

  test("again with cached tokens, but resolve the slug and check access again", async () => {
    const { call, hops } = await startHops(LFX);
    await call("send_email", EMAIL, user("ada"));
    hops();

    await call("send_email", EMAIL, user("ada"));

    expect(hops()).toEqual([
      "GET /lfx/query/resources as ada-for-lfx-1",
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
    expect(hops()).toEqual([
      "bob's token exchanged for lfx",
      "GET /lfx/query/resources as bob-for-lfx-1",
      "POST /lfx/access-check as bob-for-lfx-1",
    ]);
  });
});

test("every request of a call continues its trace, token requests included", async () => {
  const { call, requests } = await startHops(LFX);
  const headers = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "a=1",
    baggage: "b=2",
  };
  await call("send_email", EMAIL, user("ada"), readTrace(headers));
  expect(requests).toHaveLength(5);
  for (const request of requests) expect(request.headers).toMatchObject(headers);
  await call("send_email", EMAIL, user("ada"));
  expect(requests.slice(5).map((request) => request.headers.traceparent)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
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
    expect(hops()).toEqual([
      "GET /lfx/query/resources as ada-for-lfx-1",
      "POST /lfx/access-check as ada-for-lfx-1",
    ]);
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
] as const;

describe("if the service rejects a token", () => {
  test("the e-mail is not sent again, and the next call has a new token", async () => {
    const request = `POST ${SEND}`;
    const { call, hops } = await startHops({ ...LFX, [request]: onlySecond(LFX[request] as Reply) });

    const { content, isError } = await call("send_email", EMAIL, user("ada"));

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^upstream_error: .*HTTP 401, "token revoked"\. .*requests a new one/);
    expect(hops().filter((line) => line.startsWith(request))).toHaveLength(1);
    expect((await call("send_email", EMAIL, user("ada"))).content).toEqual(SENT);
    expect(hops().at(-1)).toBe(`${request} as server-for-onboarding-2`);
  });
});

describe.each(REQUESTS)("if %s rejects a token", (_, request, subject, audience) => {
  test("the request is sent once more with a new one", async () => {
    const reply = LFX[request];
    if (typeof reply !== "object") throw new Error(`${request} has one reply`);
    const { call, hops } = await startHops({ ...LFX, [request]: onlySecond(reply) });

    const { content } = await call("send_email", EMAIL, user("ada"));

    expect(content).toEqual(SENT);
    const lines = hops();
    const first = lines.indexOf(`${request} as ${subject}-for-${audience}-1`);
    expect(lines.slice(first, first + 3)).toEqual([
      `${request} as ${subject}-for-${audience}-1`,
      "ada's token exchanged for lfx",
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

    expect(content[0]?.text).toMatch(/^upstream_error: .*HTTP 401, "token revoked"\. .*operator/);
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
    "GET /lfx/query/resources as ada-for-lfx-2",
    "POST /lfx/access-check as ada-for-lfx-2",
    `POST ${SEND} as server-for-onboarding-1`,
  ]);
});

describe("access check", () => {
  const ROLES = "/onboarding/member-onboarding/tools/discord/pytorch/roles";

  /** Calls a tool whose access check has this response, and counts the service calls. */
  const callWith = async (reply: Reply) => {
    const { call, requests, tokenRequests } = await startFakeLfx({
      ...WRITABLE_PROJECT,
      "POST /lfx/access-check": reply,
      [`GET ${ROLES}`]: { body: "roles" },
    });
    const { content } = await call("list_discord_roles", { project_slug: "pytorch" });
    return {
      text: content[0]?.text,
      check: requests.find(({ path }) => path === "/lfx/access-check"),
      serviceCalls: requests.filter(({ path }) => path === ROLES).length,
      audiences: tokenRequests.map((form) => form.get("audience")),
    };
  };

  const callWithResults = (...results: readonly unknown[]) => callWith({ body: { results } });

  test("asks whether the caller may write to the project", async () => {
    const { check } = await callWithResults("project:p-1#writer@user:ada\ttrue");

    expect(check?.query).toBe("v=1");
    expect(check?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(check?.body ?? "")).toEqual({ requests: ["project:p-1#writer"] });
  });

  test.each(["ada", "auth0|ada", "ada@acme.example", "cron@clients", "a@b@c", "ada#writer", "a:b"])(
    "the result true for the user %s allows the call",
    async (id) => {
      const { text, serviceCalls } = await callWithResults(`project:p-1#writer@user:${id}\ttrue`);

      expect(text).toBe("roles");
      expect(serviceCalls).toBe(1);
    },
  );

  test("the result false denies the call", async () => {
    const { text, serviceCalls, audiences } = await callWithResults("project:p-1#writer@user:ada\tfalse");

    expect(text).toMatch(/^insufficient_scope: Access denied: no writer relation to project p-1\./);
    expect(serviceCalls).toBe(0);
    expect(audiences).toEqual(["lfx"]);
  });

  const YES = "project:p-1#writer@user:ada\ttrue";
  const OTHER = "project:p-2#writer@user:ada\ttrue";

  describe("an unusable response allows no call:", () => {
    test.each<[what: string, results: readonly unknown[], why: string]>([
      ["no tab", ["project:p-1#writer@user:ada true"], "unknown format"],
      ["no @", ["project:p-1#writer\ttrue"], "unknown format"],
      ...[
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
        "\ttrue",
      ].map((result): [string, string[], string] => [
        `the result ${JSON.stringify(result)}`,
        [`project:p-1#writer@user:ada\t${result}`],
        "unknown format",
      ]),
      ["only the result", ["true"], "unknown format"],
      ["an empty string", [""], "unknown format"],
      ["a boolean", [true], "unknown format"],
      ["null", [null], "unknown format"],
      ["an object", [{ request: "project:p-1#writer", allowed: true }], "unknown format"],
      ["no result", [], "received 0"],
      ["two equal results", [YES, YES], "received 2"],
      ["another project's result after it", [YES, OTHER], "received 2"],
      ["another project's result before it", [OTHER, YES], "received 2"],
      ["another project", [OTHER], "another check"],
      ["a project with the same uid prefix", ["project:p-11#writer@user:ada\ttrue"], "another check"],
      ["another relation", ["project:p-1#viewer@user:ada\ttrue"], "another check"],
      ["a relation with the same prefix", ["project:p-1#writers@user:ada\ttrue"], "another check"],
      ["another type", ["committee:p-1#writer@user:ada\ttrue"], "another check"],
      ["a leading space", [` ${YES}`], "another check"],
    ])("%s", async (_, results, why) => {
      const { text, serviceCalls, audiences } = await callWithResults(...results);

      expect(text).toMatch(/^upstream_error: Failed to check access: /);
      expect(text).toContain(why);
      expect(serviceCalls).toBe(0);
      expect(audiences).toEqual(["lfx"]);
    });

    test.each<[what: string, body: unknown]>([
      ["no results", {}],
      ["null results", { results: null }],
      ["results as a string", { results: YES }],
      ["results as an object", { results: { 0: YES, length: 1 } }],
      ["a list", [YES]],
      ["null", null],
      ["a string", YES],
      ["an empty body", ""],
      ["an HTML page", "<html>Sign in</html>"],
    ])("%s", async (_, body) => {
      const { text, serviceCalls, audiences } = await callWith({ body });

      expect(text).toMatch(/^upstream_error: Failed to check access: /);
      expect(serviceCalls).toBe(0);
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
  ])("the status %i allows no call, even with the result true", async (status, code) => {
    const { text, serviceCalls } = await callWith({
      status,
      body: { results: [YES], message: "the reason" },
    });

    expect(text).toMatch(new RegExp(`^${code}: Failed to check access: HTTP ${status}, "the reason"`));
    expect(serviceCalls).toBe(0);
  });
});

describe("project ids", () => {
  const QUERY = "GET /lfx/query/resources";
  const ROLES = "GET /onboarding/member-onboarding/tools/discord/pytorch/roles";
  const LFX: Replies = { ...WRITABLE_PROJECT, [ROLES]: { body: "roles" } };
  const SLUG = { project_slug: "pytorch" };

  const FOUND = LFX[QUERY] as Reply;
  const NOTHING: Reply = { body: { resources: [] } };

  /** The requests to the query service. */
  const searches = (requests: readonly ReceivedRequest[]) =>
    requests.filter(({ path }) => path === "/lfx/query/resources");

  test("finds the project by its exact slug, and checks access by its UUID", async () => {
    const { call, requests } = await startHops(LFX);

    await call("list_discord_roles", { project_slug: " pytorch " });

    expect(searches(requests).map(({ query }) => query)).toEqual([
      "filters_all=slug%3Apytorch&page_size=1&type=project&v=1",
    ]);
    const check = requests.find(({ path }) => path === "/lfx/access-check");
    expect(JSON.parse(check?.body ?? "")).toEqual({ requests: ["project:p-1#writer"] });
  });

  test("accepts an id without the type prefix", async () => {
    const bare: Reply = { body: { resources: [{ type: "project", id: "p-1", data: { slug: "pytorch" } }] } };
    const { call } = await startHops({ ...LFX, [QUERY]: bare });

    const { content } = await call("list_discord_roles", SLUG);

    expect(content[0]?.text).toBe("roles");
  });

  test("reports an unknown slug and sends no further request", async () => {
    const { call, hops } = await startHops({ ...LFX, [QUERY]: NOTHING });

    const { content, isError } = await call("list_discord_roles", SLUG, user("ada"));

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^not_found: .*"pytorch".*no such project\. .*support\.lfx\.dev/);
    expect(hops()).toEqual(["ada's token exchanged for lfx", "GET /lfx/query/resources as ada-for-lfx-1"]);
  });

  test.each<[what: string, reply: Reply, text: RegExp]>([
    ["fails", { status: 500, body: { message: "down" } }, /^upstream_error: .*"pytorch": HTTP 500, "down"/],
    [
      "is rejected",
      { status: 400, body: { message: "bad" } },
      /^invalid_input: .*"pytorch": HTTP 400, "bad"/,
    ],
    ["returns no list", { body: { resources: "p-1" } }, /^upstream_error: .*"pytorch": .*not a list/],
    ["returns no JSON", { body: "<html>" }, /^upstream_error: .*"pytorch": .*not JSON/],
    [
      "returns a project without an id",
      { body: { resources: [{ data: { slug: "pytorch" } }] } },
      /^upstream_error: .*"pytorch": .*no id/,
    ],
    [
      "returns a project without a slug",
      { body: { resources: [{ id: "project:p-9", data: {} }] } },
      /^upstream_error: .*"pytorch": the response is another project/,
    ],
  ])("if the search %s, the call fails", async (_, reply, text) => {
    const { call, hops } = await startHops({ ...LFX, [QUERY]: reply });

    const { content } = await call("list_discord_roles", SLUG);

    expect(content[0]?.text).toMatch(text);
    expect(hops().at(-1)).toBe("GET /lfx/query/resources as server-for-lfx-1");
  });

  describe("a UUID", () => {
    test("is resolved at every call, so that access is checked for the project the service acts on", async () => {
      let uid = "p-1";
      const { call, requests } = await startHops({
        ...LFX,
        [QUERY]: () => ({ body: { resources: [{ id: `project:${uid}`, data: { slug: "pytorch" } }] } }),
        // The caller may write to the project that had the slug before, not to the one that has it now.
        "POST /lfx/access-check": ({ body }) => {
          const [relation] = JSON.parse(body).requests;
          return { body: { results: [`${relation}@user:ada\t${relation === "project:p-1#writer"}`] } };
        },
      });
      expect((await call("list_discord_roles", SLUG, user("ada"))).content[0]?.text).toBe("roles");
      uid = "p-2";
      const { content } = await call("list_discord_roles", SLUG, user("ada"));
      expect(content[0]?.text).toContain("no writer relation to project p-2");
      expect(requests.filter(({ path }) => path.startsWith("/onboarding"))).toHaveLength(1);
      expect(searches(requests)).toHaveLength(2);
    });
  });

  describe("a failed search", () => {
    test("of one caller does not affect another, who searches again", async () => {
      const { call, requests } = await startHops({
        ...LFX,
        [QUERY]: (one) => (bearerOf(one).startsWith("ada") ? FOUND : NOTHING),
      });

      const bob = await call("list_discord_roles", SLUG, user("bob"));
      const ada = await call("list_discord_roles", SLUG, user("ada"));

      expect(bob.content[0]?.text).toMatch(/^not_found: /);
      expect(ada.content[0]?.text).toBe("roles");
      expect(searches(requests).map(bearerOf)).toEqual(["bob-for-lfx-1", "ada-for-lfx-1"]);
    });

    test("of one caller is not shared with a concurrent caller", async () => {
      const { call, requests } = await startHops({
        ...LFX,
        [QUERY]: (one) => (bearerOf(one).startsWith("ada") ? FOUND : NOTHING),
      });

      const answers = await Promise.all(
        ["bob", "ada"].map((name) => call("list_discord_roles", SLUG, user(name))),
      );

      expect(answers.map(({ isError }) => isError)).toEqual([true, undefined]);
      expect(searches(requests).map(bearerOf).sort()).toEqual(["ada-for-lfx-1", "bob-for-lfx-1"]);
    });

    test.each<[what: string, first: Reply]>([
      ["without a result is not cached", NOTHING],
      ["with an error is not cached either", { status: 500, body: { message: "down" } }],
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

test("calls that use up all connections delay neither the token nor the access check of another caller", async () => {
  const { settings, requests } = await startFakeLfx({
    ...WRITABLE_PROJECT,
    "GET /lfx/committees/c": { status: 0 },
  });
  const connection = createLfxConnection({
    upstream: settings.upstream,
    resource: "https://mcp.example/mcp",
    proxies: {},
    log: createLogger("silent", () => {}),
    debugTraffic: false,
  });
  const controller = new AbortController();
  const { signal } = controller;
  setMaxListeners(0, signal);
  onTestFinished(() => connection.close());
  const hanging = Array.from({ length: 300 }, () =>
    withDeadline(30_000, signal, (deadline) =>
      connection
        .connect({ caller: machine, signal }, deadline)
        .lfx.send({ method: "GET", path: "/committees/c", operation: "get committee" }),
    ).catch(() => {}),
  );
  await vi.waitFor(() => expect(requests).toHaveLength(256), { timeout: 10_000 });

  await withDeadline(5000, undefined, async (deadline) => {
    const api = connection.connect({ caller: user("ada"), signal: deadline.signal }, deadline);
    return api.onboarding("pytorch");
  });

  expect(requests.slice(256).map(({ path }) => path)).toEqual(["/lfx/query/resources", "/lfx/access-check"]);
  controller.abort();
  await Promise.all(hanging);
});

test("the log of requests and responses has neither tokens nor what lets anyone join a meeting", async () => {
  const data = { title: "TSC", join_url: "https://zoom.example/j/9?pwd=a-secret", passcode: "a-secret" };
  const summary = { requires_approval: true, content: "a-secret decision" };
  const { settings } = await startFakeLfx({
    "GET /lfx/query/resources": { body: { resources: [{ data }, { data: summary }] } },
  });
  const lines: string[] = [];
  const connection = createLfxConnection({
    upstream: settings.upstream,
    resource: "https://mcp.example/mcp",
    proxies: {},
    log: createLogger("debug", (line) => lines.push(line)),
    debugTraffic: true,
  });
  onTestFinished(() => connection.close());

  const json = await withDeadline(5000, undefined, async (deadline) => {
    const api = connection.connect({ caller: machine, signal: deadline.signal }, deadline);
    const query = { v: 1, type: "v1_meeting", tags_all: "meeting_id:9" };
    const request = { method: "GET", path: "/query/resources", query, operation: "search" } as const;
    return (await api.lfx.send(request)).json();
  });

  expect(json).toMatchObject({ resources: [{ data: { title: "TSC" } }, { data: summary }] });
  const log = lines.join("\n");
  expect(log).toContain("TSC");
  expect(log).toContain("tags_all=meeting_id%3A9");
  expect(log).not.toMatch(/a-secret|own-for-lfx/);
});

test("an unreachable login service is named without the name of an error's class", async () => {
  const { settings } = await startFakeLfx({});
  const token = `e30.${Buffer.from('{"exp":4102444800}').toString("base64url")}.c2ln`;
  const connection = createLfxConnection({
    upstream: { ...settings.upstream, staticToken: token, staticIssuer: "http://127.0.0.1:1/" },
    resource: "",
    proxies: {},
    log: createLogger("silent", () => {}),
    debugTraffic: false,
  });
  onTestFinished(() => connection.close());

  const failure = withDeadline(5000, undefined, (deadline) =>
    connection.connect({ caller: LOCAL_CALLER, signal: deadline.signal }, deadline).userInfo(),
  );

  await expect(failure).rejects.toMatchObject({
    code: "upstream_error",
    message: expect.stringMatching(/^Failed to get user info: GET 127\.0\.0\.1:1/),
  });
});
