import { describe, expect, test } from "vitest";
import { accepted, health, organization } from "../../../../src/doctor/checks/lightfast.ts";
import { clock } from "../../../../src/doctor/checks/local.ts";
import type { DoctorContext } from "../../../../src/doctor/context.ts";
import { SANDBOX_KEYS } from "../../../../src/platforms/lightfast/sandbox/fixtures.ts";
import { contextFor, createContext, KEY, runCheck } from "../../../support/doctor.ts";
import { closedPort, hang, html, json, playScript } from "../../../support/scripted-server.ts";

function sandboxWith(key: string): Promise<DoctorContext> {
  return createContext({ flags: { sandbox: true }, env: { LIGHTFAST_API_KEY: key } });
}

describe("each key of the sandbox", () => {
  const [OK, CREDENTIALS] = [{ status: "ok" }, { status: "failed", failure: "credentials" }];
  const REJECTED = [OK, CREDENTIALS] as const;
  /** The results of health, accepted and organization. A missing one is not reached. */
  const TABLE: Readonly<Record<keyof typeof SANDBOX_KEYS, readonly object[]>> = {
    lf_sandbox: [OK, OK, OK],
    lf_sandbox_teammate: [OK, OK, OK],
    lf_sandbox_stranger: [OK, OK, OK],
    lf_sandbox_read: [OK, OK, OK],
    lf_sandbox_write: [
      OK,
      OK,
      { status: "warning", summary: "The organization is set up, but this key cannot read signals." },
    ],
    lf_sandbox_expired: REJECTED,
    lf_sandbox_disabled: REJECTED,
    lf_sandbox_forbidden: REJECTED,
    lf_sandbox_orgless: REJECTED,
    lf_sandbox_creatorless: REJECTED,
    lf_sandbox_unbound: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining("GitHub account") }],
    lf_sandbox_unbound_repo: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining(".lightfast") }],
    lf_sandbox_unbound_x: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining("X account") }],
    lf_sandbox_outage: REJECTED,
    lf_sandbox_broken: [{ status: "failed", failure: "other" }],
  };

  test.each(Object.entries(TABLE))("%s", async (key, expected) => {
    const context = await sandboxWith(key);
    const checks = [health, accepted, organization].slice(0, expected.length);
    const results = [];
    for (const check of checks) results.push(await runCheck(check, context));
    expect(results).toMatchObject(expected);
  });

  test("the table covers every key", () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(SANDBOX_KEYS));
  });
});

test("health shows the duration and the version of the API", async () => {
  expect((await runCheck(health, await sandboxWith("lf_sandbox"))).summary).toMatch(
    /^responded in \d+ ms, API version 0\.1\.0$/,
  );
});

test("one request serves health, key and clock", async () => {
  const server = await playScript([json(200, { status: "ok" })]);
  const context = await contextFor(server.origin);
  for (const check of [health, accepted, clock]) {
    expect(await runCheck(check, context)).toMatchObject({ status: "ok" });
  }
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /api/v1/system/health",
  ]);
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${KEY}`,
    "user-agent": expect.stringContaining("lightfast-mcp-doctor"),
  });
});

test("the checks send two reads and no writes", async () => {
  const server = await playScript([json(200, { status: "ok" })]);
  const context = await contextFor(server.origin);
  for (const check of [health, accepted, organization]) await runCheck(check, context);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /api/v1/system/health",
    "GET /api/v1/signals/signal_00000000-0000-0000-0000-000000000000",
  ]);
});

test.each([
  ["no key", undefined],
  ["a malformed key", "sk_0123456789"],
])("with %s the health request has no key", async (_, key) => {
  const refusal = { error: "auth_required", message: "API key required." };
  const server = await playScript([json(401, refusal)]);
  const env = { LIGHTFAST_BASE_URL: server.origin, ...(key ? { LIGHTFAST_API_KEY: key } : {}) };
  expect(await runCheck(health, await createContext({ env }))).toMatchObject({ status: "ok" });
  expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
});

test("a real key is never sent to the sandbox", async () => {
  const context = await sandboxWith(KEY);
  expect(context.target.apiKey).toBe("lf_sandbox");
});

test.each([
  ["a web page", html(404), "other", /not from the Lightfast API/],
  ["JSON of something else", json(200, { hello: "world" }), "other", /lightfast_system_health is unusable/],
  ["a page instead of JSON", html(200), "other", /instead of JSON/],
  ["a server error", json(500, { error: "internal_error", message: "Broken." }), "other", /HTTP 500/],
])("health fails on %s", async (_, act, failure, summary) => {
  const server = await playScript([act]);
  expect(await runCheck(health, await contextFor(server.origin))).toMatchObject({
    status: "failed",
    failure,
    summary: expect.stringMatching(summary),
  });
});

test("health without a response is a connection failure", async () => {
  const port = await closedPort();
  expect(await runCheck(health, await contextFor(`http://127.0.0.1:${port}`))).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: expect.stringContaining("ECONNREFUSED"),
  });
});

test("health uses the timeout of the settings if that is shorter", async () => {
  const server = await playScript([hang]);
  const context = await contextFor(server.origin, { LIGHTFAST_TIMEOUT: "150" });
  expect(await runCheck(health, context)).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: expect.stringContaining("150 ms"),
  });
});

describe("the clock", () => {
  const clockAt = async (offsetMs: number) => {
    const server = await playScript([
      (response) => {
        const date = new Date(Date.now() + offsetMs).toUTCString();
        response.writeHead(200, { date, "content-type": "application/json" }).end('{"status":"ok"}');
      },
    ]);
    const context = await contextFor(server.origin);
    await runCheck(health, context);
    return runCheck(clock, context);
  };
  const MINUTE_MS = 60_000;

  test.each([
    [0, "ok", /^within a minute/],
    [50_000, "ok", /^within a minute/],
    [-50_000, "ok", /^within a minute/],
    [90_000, "warning", /^This machine's clock is (?:89|90) s behind Lightfast's\.$/],
    [-4 * MINUTE_MS, "warning", /^This machine's clock is 4 min ahead of Lightfast's\.$/],
    [6 * MINUTE_MS, "warning", /^This machine's clock is 6 min behind Lightfast's\.$/],
    [-60 * MINUTE_MS, "warning", /^This machine's clock is 60 min ahead of Lightfast's\.$/],
  ])("of a server that is %i ms ahead: %s", async (offset, status, summary) => {
    expect(await clockAt(offset)).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });

  test("is also read from a rejection", async () => {
    const server = await playScript([json(401, { error: "auth_required", message: "API key expired" })]);
    const context = await contextFor(server.origin);
    await runCheck(health, context);
    expect(await runCheck(clock, context)).toMatchObject({ status: "ok" });
  });

  test("is skipped without a response, and for a response without a date", async () => {
    const silent = await contextFor("http://127.0.0.1:1");
    expect(await runCheck(clock, silent)).toMatchObject({ status: "skipped" });
    const server = await playScript([
      (response) => {
        response.sendDate = false;
        response.writeHead(200).end('{"status":"ok"}');
      },
    ]);
    const context = await contextFor(server.origin);
    await runCheck(health, context);
    expect(await runCheck(clock, context)).toMatchObject({ status: "skipped" });
  });
});
