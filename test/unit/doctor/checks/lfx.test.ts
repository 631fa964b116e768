import { describe, expect, test } from "vitest";
import { issuerChecks, lfxChecks } from "../../../../src/doctor/checks/lfx.ts";
import { createServiceProbe } from "../../../../src/doctor/checks/services.ts";
import { runChecks } from "../../../../src/doctor/run.ts";
import { resolveLfxHttpSettings } from "../../../../src/platforms/lfx/config/http.ts";
import { type Act, answer, closedPort, html, json, playScript } from "../../../support/scripted-server.ts";

const TOKEN = json(200, { access_token: "hush", expires_in: 3600 });
const API_KEY = { LFXMCP_API_CREDENTIALS_CI: "0123456789abcdef0123456789abcdef" };

/** The checks of a deployment whose token endpoint and services respond as given, by id. */
async function reports(token: Act, service: Act, env: Readonly<Record<string, string>> = {}) {
  const [idp, api] = [await playScript([token]), await playScript([service])];
  const settings = resolveLfxHttpSettings(
    {},
    {
      LFXMCP_MCP_API_AUTH_SERVERS: idp.origin,
      LFXMCP_TOKEN_ENDPOINT: idp.url("/token").href,
      LFXMCP_CLIENT_ID: "our-client",
      LFXMCP_CLIENT_SECRET: "our-secret",
      LFXMCP_LFX_API_URL: api.url("/api/").href,
      LFXMCP_LENS_API_URL: api.origin,
      LFXMCP_LENS_API_AUDIENCE: "the lens",
      ...env,
    },
  );
  const found = await runChecks(lfxChecks(settings, createServiceProbe({})), undefined, {
    isConcurrent: true,
  });
  expect(JSON.stringify(found)).not.toMatch(/hush|our-secret/);
  const audiences = idp.requests.map(({ body }) => new URLSearchParams(body).get("audience"));
  return { all: Object.fromEntries(found.map((one) => [one.id, one])), audiences, api };
}

test("each service gets its own token, and reads only", async () => {
  const { audiences, api, all } = await reports(TOKEN, json(200, {}));
  expect(all).toMatchObject({
    "token-endpoint": { status: "ok" },
    lfx: { status: "ok", title: "LFX API" },
    lens: { status: "ok", title: "LFX Lens" },
  });
  // One request for LFX, although two checks need its token.
  expect(audiences).toEqual([api.url("/api/").href, "the lens"]);
  expect(api.requests.map(({ method, target }) => `${method} ${target}`).sort()).toEqual([
    "GET /api/query/resources?page_size=1&type=project&v=1",
    "GET /lfx-lens/semantic-layer/metrics?search=check",
  ]);
});

describe("a token endpoint that", () => {
  test.each<[what: string, act: Act, env: Readonly<Record<string, string>>, expected: object]>([
    [
      "rejects the client",
      json(401, { error: "invalid_client" }),
      {},
      { failure: "credentials", hint: expect.stringContaining("LFXMCP_CLIENT_SECRET") },
    ],
    [
      "rejects it with 400",
      json(400, { error: "invalid_client" }),
      {},
      { failure: "credentials", hint: expect.stringContaining("LFXMCP_CLIENT_ID") },
    ],
    [
      "grants no own token, which only machines need",
      json(403, { error: "access_denied" }),
      {},
      { status: "warning" },
    ],
    [
      "grants no own token, which API keys need",
      json(403, { error: "access_denied" }),
      API_KEY,
      { failure: "credentials", hint: expect.stringContaining("client_credentials") },
    ],
    ["is none", html(404), {}, { failure: "usage", hint: expect.stringContaining("LFXMCP_TOKEN_ENDPOINT") }],
    ["sends no token", json(200, {}), {}, { failure: "usage" }],
    ["has an error", answer(500), {}, { failure: "other" }],
  ])("%s", async (_, act, env, expected) => {
    const { all } = await reports(act, answer(401), env);
    expect(all["token-endpoint"]).toMatchObject(expected);
    // It is called for people with tokens that are exchanged.
    expect(all.lfx).toMatchObject({ status: "ok", summary: expect.stringContaining("requires a token") });
    expect(all.lens?.status).not.toBe("ok");
  });

  test("is down", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/token`;
    const { all } = await reports(TOKEN, answer(401), { LFXMCP_TOKEN_ENDPOINT: url });
    expect(all).toMatchObject({
      "token-endpoint": { failure: "unreachable", hint: expect.stringContaining("LFXMCP_TOKEN_ENDPOINT") },
      lens: { status: "skipped", summary: "Skipped (Token endpoint failed)" },
    });
  });
});

test("a rejected token says which setting is its audience", async () => {
  const { all } = await reports(TOKEN, answer(401));
  expect(all).toMatchObject({
    lfx: { failure: "credentials", hint: expect.stringContaining("LFXMCP_LFX_API_URL") },
    lens: { failure: "credentials", hint: expect.stringContaining("LFXMCP_LENS_API_AUDIENCE") },
  });
});

test("a rejected token from the settings asks for a new one", async () => {
  const api = await playScript([answer(401)]);
  const env = { LFXMCP_MCP_API_AUTH_SERVERS: "https://idp.test", LFXMCP_TOOLS: "user_info" };
  const { upstream, ...settings } = resolveLfxHttpSettings({}, env);
  const lfx = { url: api.url("/"), audience: api.origin };
  const checks = lfxChecks(
    { ...settings, upstream: { ...upstream, lfx, staticToken: "a-token" } },
    createServiceProbe({}),
  );
  const found = await runChecks(checks, undefined);
  expect(found.find(({ id }) => id === "lfx")).toMatchObject({
    failure: "credentials",
    hint: expect.stringContaining("Set a new token as LFXMCP_LFX_TOKEN."),
  });
});

test("without an OAuth client there is nothing to reach", async () => {
  const env = { LFXMCP_MCP_API_AUTH_SERVERS: "https://idp.test", LFXMCP_TOOLS: "user_info" };
  const checks = lfxChecks(resolveLfxHttpSettings({}, env), createServiceProbe({}));
  expect(await runChecks(checks, undefined)).toMatchObject([{ id: "token-endpoint", status: "skipped" }]);
});

test("issuers of the same host differ by their path", () => {
  const issuers = ["https://idp.test/realms/a", "https://idp.test/realms/b/", "https://other.test"];
  expect(issuerChecks(issuers, createServiceProbe({})).map(({ id }) => id)).toEqual([
    ...["issuer:idp.test/realms/a", "key-set:idp.test/realms/a"],
    ...["issuer:idp.test/realms/b", "key-set:idp.test/realms/b"],
    ...["issuer:other.test", "key-set:other.test"],
  ]);
});
