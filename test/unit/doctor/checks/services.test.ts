import { describe, expect, test } from "vitest";
import { SettingsError } from "../../../../src/config/resolve.ts";
import type { Check } from "../../../../src/doctor/check.ts";
import {
  clockCheck,
  connectionFailed,
  createServiceProbe,
  invalidSettings,
  issuerCheck,
  keySetCheck,
  type ServiceOptions,
  serviceCheck,
  validSettings,
} from "../../../../src/doctor/checks/services.ts";
import { type CheckReport, runChecks } from "../../../../src/doctor/run.ts";
import { ToolError } from "../../../../src/mcp/errors.ts";
import {
  type Act,
  answer,
  closedPort,
  hang,
  html,
  json,
  playScript,
  redirect,
} from "../../../support/scripted-server.ts";

async function report(check: Check<unknown>): Promise<CheckReport | undefined> {
  return (await runChecks([{ ...check, needs: [] }], undefined))[0];
}

describe("settings", () => {
  test("that are invalid are all listed", async () => {
    const problems = ["a is required.", "b must be a URL."].map((message) => ({ setting: "", message }));
    expect(await report(invalidSettings(new SettingsError(problems)))).toMatchObject({
      status: "failed",
      failure: "usage",
      details: ["a is required.", "b must be a URL."],
    });
  });

  test("with warnings are a warning, without any ok", async () => {
    const warning = { setting: "", message: "c uses plain http." };
    expect(await report(validSettings("auth oauth", [warning]))).toMatchObject({
      status: "warning",
      summary: "auth oauth",
      details: ["c uses plain http."],
    });
    expect(await report(validSettings("auth oauth", []))).toMatchObject({ status: "ok", details: [] });
  });
});

describe("an issuer", () => {
  const checkWith = async (act: (origin: string) => Act) => {
    const server = await playScript([(response, request) => act(server.origin)(response, request)]);
    const metadataUrl = server.url("/metadata");
    const options = { name: "", issuer: server.origin, metadataUrl, setting: "ISSUER" };
    return report(issuerCheck(options, createServiceProbe({})));
  };

  test.each(["", "/"])("that names itself is ok, with %j at its end", async (end) => {
    const result = await checkWith((issuer) => json(200, { issuer: issuer + end }));
    expect(result).toMatchObject({ status: "ok", summary: expect.stringMatching(/ responded in \d+ ms$/) });
  });

  test.each<[what: string, act: Act, status: string, failure: string | undefined, hint: string]>([
    [
      "names another",
      json(200, { issuer: "https://b.test" }),
      "failed",
      "usage",
      "Set ISSUER to https://b.test",
    ],
    ["has a page", html(200), "failed", "usage", "Check ISSUER."],
    ["names none", json(200, {}), "failed", "usage", "Check ISSUER."],
    ["has no metadata", answer(404), "warning", undefined, "Check ISSUER: it must be the issuer"],
    [
      "redirects",
      redirect(302, "https://b.test/"),
      "warning",
      undefined,
      "Check ISSUER: it must be the issuer",
    ],
    ["is broken", answer(500), "failed", "other", "Read its log"],
  ])("that %s is reported with the next step", async (_, act, status, failure, hint) => {
    const result = await checkWith(() => act);
    expect(result).toMatchObject({ status, hint: expect.stringContaining(hint) });
    expect(result?.failure).toBe(failure);
  });

  test("that names itself at length is shortened", async () => {
    const result = await checkWith(() => json(200, { issuer: `https://${"x".repeat(100_000)}.test` }));
    expect(JSON.stringify(result).length).toBeLessThan(2000);
  });
});

describe("a key set", () => {
  const KEYS = { keys: [{ kty: "OKP", crv: "Ed25519", x: "x" }] };

  test("is loaded from its URL", async () => {
    const server = await playScript([json(200, KEYS)]);
    const options = { name: "", source: server.url("/keys"), setting: "JWKS" };
    expect(await report(keySetCheck(options, createServiceProbe({})))).toMatchObject({
      status: "ok",
      summary: `1 key at ${server.origin}/keys`,
    });
  });

  test("is loaded from the URL that the issuer's metadata name", async () => {
    const server = await playScript([
      (response, request) =>
        json(200, { issuer: server.origin, jwks_uri: server.url("/named").href })(response, request),
      json(200, KEYS),
    ]);
    const options = { name: "", source: { issuer: server.origin }, setting: "ISSUER" };
    expect(await report(keySetCheck(options, createServiceProbe({})))).toMatchObject({ status: "ok" });
    expect(server.requests.map(({ target }) => target)).toEqual([
      "/.well-known/openid-configuration",
      "/named",
    ]);
  });

  test.each<[Act, failure: string]>([
    [json(200, { keys: [] }), "usage"],
    [json(200, []), "usage"],
    [html(200), "usage"],
    [answer(404), "usage"],
    [answer(503), "other"],
  ])("without keys is a failure", async (act, failure) => {
    const server = await playScript([act]);
    const options = { name: "", source: server.url("/keys"), setting: "JWKS" };
    expect(await report(keySetCheck(options, createServiceProbe({})))).toMatchObject({
      status: "failed",
      failure,
    });
  });
});

describe("a service", () => {
  const checkWith = async (act: Act, more: Partial<ServiceOptions> = {}) => {
    const server = await playScript([act]);
    const options: ServiceOptions = {
      id: "api",
      title: "API",
      url: server.url("/read"),
      setting: "API_URL",
      token: async () => "hush",
      rejectedHint: "Get another token.",
      ...more,
    };
    const result = await report(serviceCheck(options, createServiceProbe({})));
    expect(JSON.stringify(result)).not.toContain("hush");
    return { ...result, received: server.requests[0]?.headers.authorization };
  };
  const none = { token: async () => undefined };

  test.each<[what: string, act: Act, more: Partial<ServiceOptions>, result: object]>([
    ["accepts the token", json(200, {}), {}, { status: "ok", received: "Bearer hush" }],
    ["needs none", json(200, {}), none, { status: "ok", received: undefined }],
    ["requires one, and there is none", answer(401), none, { status: "ok" }],
    ["rejects the token", answer(401), {}, { failure: "credentials", hint: "Get another token." }],
    ["forbids it", answer(403), {}, { failure: "credentials", hint: "Get another token." }],
    ["is another service", answer(404), {}, { failure: "usage", hint: "Check API_URL." }],
    ["redirects", redirect(301, "https://b.test/"), {}, { failure: "usage" }],
    ["has no known path", answer(404), { isAnyStatus: true }, { status: "ok" }],
    ["has an error", answer(500), { isAnyStatus: true }, { failure: "other" }],
  ])("that %s", async (_, act, more, result) => {
    expect(await checkWith(act, more)).toMatchObject(result);
  });

  test("without the token that it requires fails as the token does, and is not asked", async () => {
    const failure = { status: "failed", summary: "no token", failure: "credentials" } as const;
    const result = await checkWith(json(200, {}), { token: async () => failure });
    expect(result).toMatchObject({ ...failure, received: undefined });
  });

  test("that does not respond ends with its limit", async () => {
    const server = await playScript([hang]);
    const options = { id: "a", title: "A", url: server.url(), setting: "A_URL", rejectedHint: "", ...none };
    const check = { ...serviceCheck(options, createServiceProbe({})), limitMs: 50 };
    expect(await report(check)).toMatchObject({
      status: "failed",
      failure: "unreachable",
      hint: "Check A_URL.",
    });
  });
});

describe("a failed connection", () => {
  const URL_OF_IT = new URL("https://api.tiny.test:8443/x");
  const CODES = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "UND_ERR_CONNECT_TIMEOUT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "PROXY_UNSUPPORTED",
  ];

  test("has the code in its text, and a next step for that code", () => {
    const results = CODES.map((code) => {
      const cause = Object.assign(new Error(`it failed: ${code}`), { code });
      return connectionFailed(cause, URL_OF_IT, "API_URL");
    });
    for (const [index, { summary, failure }] of results.entries()) {
      expect(summary).toMatch(/^api\.tiny\.test:8443: /);
      expect(summary).toContain(CODES[index]);
      expect(failure).toBe("unreachable");
    }
    expect(new Set(results.map(({ hint }) => hint)).size).toBe(CODES.length);
  });

  test("without a response in time says so", () => {
    const error = new ToolError("upstream_error", "late", {
      hint: "",
      reason: "DEADLINE",
      unreachable: true,
    });
    expect(connectionFailed(error, URL_OF_IT, "API_URL")).toMatchObject({
      summary: "api.tiny.test:8443: no response in time.",
      hint: expect.stringContaining("network policies"),
    });
  });

  test("is what a closed port causes, over both clients", async () => {
    const url = new URL(`http://127.0.0.1:${await closedPort()}/`);
    const { http, post } = createServiceProbe({});
    const deadline = { signal: new AbortController().signal, totalMs: 4000, remainingMs: () => 4000 };
    for (const sent of [
      http.send({ method: "GET", url, headers: {}, maxAttempts: 1 }, deadline),
      post({ url, body: "", headers: {} }, 4000),
    ]) {
      const error = await sent.catch((cause: unknown) => cause);
      expect(connectionFailed(error, url, "API_URL").hint).toBe(
        "Check the port in API_URL, and whether the service runs.",
      );
    }
  });
});

test.each([
  [undefined, "skipped"],
  [0, "ok"],
  [-120_000, "warning"],
  [600_000, "failed"],
])("a clock that is %s ms behind is %s", async (aheadMs, status) => {
  const probe = { ...createServiceProbe({}), clockAheadMs: () => aheadMs };
  expect(await report(clockCheck([], probe))).toMatchObject({ status });
});
