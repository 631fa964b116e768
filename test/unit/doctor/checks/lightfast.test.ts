import { describe, expect, test } from "vitest";
import { accepted, health, organization } from "../../../../src/doctor/checks/lightfast.ts";
import { clock } from "../../../../src/doctor/checks/local.ts";
import type { DoctorContext } from "../../../../src/doctor/context.ts";
import { SANDBOX_KEYS } from "../../../../src/platforms/lightfast/sandbox/fixtures.ts";
import { closedPort, hang, html, json, playScript } from "../../../support/scripted-server.ts";
import { findingOf, KEY, subjectAt, subjectOf } from "../../../support/subject.ts";

function sandboxWith(key: string): Promise<DoctorContext> {
  return subjectOf({ flags: { sandbox: true }, env: { LIGHTFAST_API_KEY: key } });
}

describe("for each key of the emulator", () => {
  const [OK, CREDENTIALS] = [{ status: "ok" }, { status: "failed", failure: "credentials" }];
  const REFUSED = [OK, CREDENTIALS] as const;
  /** What health, the key and the organization are found to be; the last is asked only after the others. */
  const TABLE: Readonly<Record<keyof typeof SANDBOX_KEYS, readonly object[]>> = {
    lf_sandbox: [OK, OK, OK],
    lf_sandbox_teammate: [OK, OK, OK],
    lf_sandbox_stranger: [OK, OK, OK],
    lf_sandbox_read: [OK, OK, OK],
    lf_sandbox_write: [
      OK,
      OK,
      { status: "warning", summary: "The setup is finished, but this key may not read signals." },
    ],
    lf_sandbox_expired: REFUSED,
    lf_sandbox_disabled: REFUSED,
    lf_sandbox_forbidden: REFUSED,
    lf_sandbox_orgless: REFUSED,
    lf_sandbox_creatorless: REFUSED,
    lf_sandbox_unbound: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining("GitHub account") }],
    lf_sandbox_unbound_repo: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining(".lightfast") }],
    lf_sandbox_unbound_x: [OK, OK, { ...CREDENTIALS, hint: expect.stringContaining("X account") }],
    lf_sandbox_outage: REFUSED,
    lf_sandbox_broken: [{ status: "failed", failure: "other" }],
  };

  test.each(Object.entries(TABLE))("%s", async (key, expected) => {
    const subject = await sandboxWith(key);
    const checks = [health, accepted, organization].slice(0, expected.length);
    const findings = [];
    for (const check of checks) findings.push(await findingOf(check, subject));
    expect(findings).toMatchObject(expected);
  });

  test("the table is whole", () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(SANDBOX_KEYS));
  });
});

test("health tells how long it took and the version of the API", async () => {
  expect((await findingOf(health, await sandboxWith("lf_sandbox"))).summary).toMatch(
    /^answered after \d+ ms, API version 0\.1\.0$/,
  );
});

test("one request serves health, key and clock", async () => {
  const server = await playScript([json(200, { status: "ok" })]);
  const subject = await subjectAt(server.origin);
  for (const check of [health, accepted, clock]) {
    expect(await findingOf(check, subject)).toMatchObject({ status: "ok" });
  }
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /api/v1/system/health",
  ]);
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${KEY}`,
    "user-agent": expect.stringContaining("lightfast-mcp-doctor"),
  });
});

test("nothing is ever written: all that is sent are two reads", async () => {
  const server = await playScript([json(200, { status: "ok" })]);
  const subject = await subjectAt(server.origin);
  for (const check of [health, accepted, organization]) await findingOf(check, subject);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /api/v1/system/health",
    "GET /api/v1/signals/signal_00000000-0000-0000-0000-000000000000",
  ]);
});

test.each([
  ["no key", undefined],
  ["a malformed key", "sk_0123456789"],
])("with %s health is asked for without one", async (_, key) => {
  const refusal = { error: "auth_required", message: "API key required." };
  const server = await playScript([json(401, refusal)]);
  const env = { LIGHTFAST_BASE_URL: server.origin, ...(key ? { LIGHTFAST_API_KEY: key } : {}) };
  expect(await findingOf(health, await subjectOf({ env }))).toMatchObject({ status: "ok" });
  expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
});

test("a real key stays out of the emulator", async () => {
  const subject = await sandboxWith(KEY);
  expect(subject.target.apiKey).toBe("lf_sandbox");
});

test.each([
  ["a web page", html(404), "other", /not from the Lightfast API/],
  ["JSON of something else", json(200, { hello: "world" }), "other", /lightfast_system_health is unusable/],
  ["a page instead of JSON", html(200), "other", /instead of JSON/],
  ["a fault of the API", json(500, { error: "internal_error", message: "Broken." }), "other", /HTTP 500/],
])("health fails on %s", async (_, act, failure, summary) => {
  const server = await playScript([act]);
  expect(await findingOf(health, await subjectAt(server.origin))).toMatchObject({
    status: "failed",
    failure,
    summary: expect.stringMatching(summary),
  });
});

test("health without an answer is a matter of the connection", async () => {
  const port = await closedPort();
  expect(await findingOf(health, await subjectAt(`http://127.0.0.1:${port}`))).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: expect.stringContaining("ECONNREFUSED"),
  });
});

test("health heeds the timeout of the settings where it is the shorter one", async () => {
  const server = await playScript([hang]);
  const subject = await subjectAt(server.origin, { LIGHTFAST_TIMEOUT: "150" });
  expect(await findingOf(health, subject)).toMatchObject({
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
    const subject = await subjectAt(server.origin);
    await findingOf(health, subject);
    return findingOf(clock, subject);
  };
  const MINUTE_MS = 60_000;

  test.each([
    [0, "ok", /agrees/],
    [50_000, "ok", /agrees/],
    [-50_000, "ok", /agrees/],
    [90_000, "warning", /^This machine's clock is (?:89|90) s behind Lightfast's\.$/],
    [-4 * MINUTE_MS, "warning", /^This machine's clock is 4 min ahead of Lightfast's\.$/],
    [6 * MINUTE_MS, "failed", /^This machine's clock is 6 min behind Lightfast's\.$/],
    [-60 * MINUTE_MS, "failed", /^This machine's clock is 60 min ahead of Lightfast's\.$/],
  ])("of a server that is %i ms ahead: %s", async (offset, status, summary) => {
    expect(await clockAt(offset)).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });

  test("is read from a refusal as well", async () => {
    const server = await playScript([json(401, { error: "auth_required", message: "API key expired" })]);
    const subject = await subjectAt(server.origin);
    await findingOf(health, subject);
    expect(await findingOf(clock, subject)).toMatchObject({ status: "ok" });
  });

  test("is not judged without an answer, or by an answer without a date", async () => {
    const silent = await subjectAt("http://127.0.0.1:1");
    expect(await findingOf(clock, silent)).toMatchObject({ status: "skipped" });
    const server = await playScript([
      (response) => {
        response.sendDate = false;
        response.writeHead(200).end('{"status":"ok"}');
      },
    ]);
    const subject = await subjectAt(server.origin);
    await findingOf(health, subject);
    expect(await findingOf(clock, subject)).toMatchObject({ status: "skipped" });
  });
});
