import { afterAll, describe, expect, it } from "vitest";
import { SANDBOX_KEYS } from "../../../../../src/platforms/lightfast/sandbox/fixtures.ts";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const HEALTH = "/api/v1/system/health";
const SIGNALS = "/api/v1/signals";
const UNKNOWN_ID = "/api/v1/signals/signal_00000000-0000-0000-0000-000000000000";

async function call(path: string, authorization?: string, init: RequestInit = {}) {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(new URL(path, sandbox.url), { ...init, headers });
  return { status: response.status, body: await response.json() };
}

function post(key: string, body: unknown) {
  return call(SIGNALS, `Bearer ${key}`, { method: "POST", body: JSON.stringify(body) });
}

function failure(status: number, error: string, message: string, code: string) {
  return {
    status,
    body: { error, message, diagnostics: [{ code, message }] },
  };
}
function unauthorized(message: string) {
  return failure(401, "auth_required", message, "AUTH_REQUIRED");
}
function forbidden(message: string) {
  return failure(403, "forbidden", message, "ORG_REQUIRED");
}

describe("without a usable key", () => {
  const required = unauthorized("API key required. Provide 'Authorization: Bearer <api-key>' header.");

  it.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["another scheme", "Basic lf_sandbox"],
    ["a key without a scheme", "lf_sandbox"],
    ["a scheme without a key", "Bearer"],
    ["a scheme and blanks", "Bearer   "],
  ])("%s fails on every endpoint", async (_, header) => {
    for (const path of [HEALTH, SIGNALS, UNKNOWN_ID]) expect(await call(path, header)).toEqual(required);
  });

  it.each(["sk_live", "sk-lf-old", "ak_old", "LF_sandbox", "Bearer"])(
    "rejects the format of %s",
    async (token) => {
      expect(await call(HEALTH, `Bearer ${token}`)).toEqual(unauthorized("Invalid API key format."));
    },
  );

  it.each(["lf_", "lf_unknown", "lf_sandbox2", "lf___proto__"])(
    "rejects the unknown key %s",
    async (token) => {
      expect(await call(HEALTH, `Bearer ${token}`)).toEqual(unauthorized("Invalid API key"));
    },
  );
});

describe("the header is parsed leniently", () => {
  it.each([
    "bearer lf_sandbox",
    "BEARER   lf_sandbox",
    "  Bearer\tlf_sandbox  ",
    "Bearer lf_sandbox and more",
  ])("as in %j", async (header) => {
    expect((await call(HEALTH, header)).status).toBe(200);
  });
});

describe("each rejected key fails alike on every endpoint", () => {
  it.each([
    ["lf_sandbox_outage", unauthorized("Invalid API key")],
    ["lf_sandbox_disabled", unauthorized("API key disabled")],
    ["lf_sandbox_expired", unauthorized("API key expired")],
    ["lf_sandbox_forbidden", forbidden("API key is missing required permissions")],
    ["lf_sandbox_orgless", forbidden("API key is not org-scoped")],
    ["lf_sandbox_creatorless", forbidden("API key is missing creator metadata")],
    [
      "lf_sandbox_broken",
      { status: 500, body: { error: "internal_error", message: "Failed to authenticate API request." } },
    ],
  ])("%s", async (key, response) => {
    for (const path of [HEALTH, SIGNALS, UNKNOWN_ID])
      expect(await call(path, `Bearer ${key}`)).toEqual(response);
    expect(await post(key, { input: "hello" })).toEqual(response);
  });
});

describe("a key of an organization with unfinished setup", () => {
  const unbound = [
    ["lf_sandbox_unbound", "setup-github-org"],
    ["lf_sandbox_unbound_repo", "setup-github-lightfast-repo"],
    ["lf_sandbox_unbound_x", "setup-x-connector"],
  ] as const;
  const message =
    "This organization has not completed setup. Complete setup before using Lightfast API features.";

  it.each(unbound)("%s reads health", async (key) => {
    expect((await call(HEALTH, `Bearer ${key}`)).status).toBe(200);
  });

  it.each(unbound)(
    "%s gets the repair %s from every signals request, even an invalid one",
    async (key, id) => {
      const response = {
        status: 403,
        body: {
          error: "org_setup_required",
          message,
          diagnostics: [{ code: "ORG_SETUP_REQUIRED", message, repair: { id } }],
        },
      };
      for (const path of [`${SIGNALS}?limit=0`, `${SIGNALS}/nonsense`]) {
        expect(await call(path, `Bearer ${key}`)).toEqual(response);
      }
      expect(await post(key, {})).toEqual(response);
    },
  );
});

describe("a key with one scope", () => {
  const lacks = (scope: string) =>
    failure(403, "forbidden", `API key requires the ${scope} scope.`, "API_KEY_SCOPE_REQUIRED");

  it("may read but not write, and reads health", async () => {
    expect((await call(HEALTH, "Bearer lf_sandbox_read")).status).toBe(200);
    expect((await call(SIGNALS, "Bearer lf_sandbox_read")).status).toBe(200);
    expect(await post("lf_sandbox_read", { input: "hello" })).toEqual(lacks("api.signals.write"));
  });

  it("may write but not read, and reads health", async () => {
    expect((await call(HEALTH, "Bearer lf_sandbox_write")).status).toBe(200);
    expect((await post("lf_sandbox_write", { input: "hello" })).status).toBe(202);
    for (const path of [SIGNALS, UNKNOWN_ID]) {
      expect(await call(path, "Bearer lf_sandbox_write")).toEqual(lacks("api.signals.read"));
    }
  });

  it("gets 400 for an invalid request before 403 for the missing scope", async () => {
    expect((await post("lf_sandbox_read", {})).status).toBe(400);
    for (const path of [`${SIGNALS}?limit=0`, `${SIGNALS}?cursor=x`, `${SIGNALS}/x`]) {
      expect((await call(path, "Bearer lf_sandbox_write")).status).toBe(400);
    }
  });
});

it("every key has a description", () => {
  for (const { effect } of Object.values(SANDBOX_KEYS)) expect(effect).toMatch(/^[A-Z].+\.$/);
});
