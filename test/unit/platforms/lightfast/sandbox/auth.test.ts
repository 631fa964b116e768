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

function refusal(status: number, error: string, message: string, code: string) {
  return {
    status,
    body: { error, message, diagnostics: [{ code, message }] },
  };
}
function unauthorized(message: string) {
  return refusal(401, "auth_required", message, "AUTH_REQUIRED");
}
function forbidden(message: string) {
  return refusal(403, "forbidden", message, "ORG_REQUIRED");
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
  ])("%s asks for a key on every endpoint", async (_, header) => {
    for (const path of [HEALTH, SIGNALS, UNKNOWN_ID]) expect(await call(path, header)).toEqual(required);
  });

  it.each(["sk_live", "sk-lf-old", "ak_old", "LF_sandbox", "Bearer"])(
    "refuses the form of %s",
    async (token) => {
      expect(await call(HEALTH, `Bearer ${token}`)).toEqual(unauthorized("Invalid API key format."));
    },
  );

  it.each(["lf_", "lf_unknown", "lf_sandbox2", "lf___proto__"])("does not know %s", async (token) => {
    expect(await call(HEALTH, `Bearer ${token}`)).toEqual(unauthorized("Invalid API key"));
  });
});

describe("the header is read generously", () => {
  it.each([
    "bearer lf_sandbox",
    "BEARER   lf_sandbox",
    "  Bearer\tlf_sandbox  ",
    "Bearer lf_sandbox and more",
  ])("as in %j", async (header) => {
    expect((await call(HEALTH, header)).status).toBe(200);
  });
});

describe("each refused key gets the answer of its fault on every endpoint", () => {
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
  ])("%s", async (key, answer) => {
    for (const path of [HEALTH, SIGNALS, UNKNOWN_ID])
      expect(await call(path, `Bearer ${key}`)).toEqual(answer);
    expect(await post(key, { input: "hello" })).toEqual(answer);
  });
});

describe("a key of an organization whose setup is not finished", () => {
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
    "%s is told to %s by every call about signals, however wrong the call",
    async (key, id) => {
      const answer = {
        status: 403,
        body: {
          error: "org_setup_required",
          message,
          diagnostics: [{ code: "ORG_SETUP_REQUIRED", message, repair: { id } }],
        },
      };
      for (const path of [`${SIGNALS}?limit=0`, `${SIGNALS}/nonsense`]) {
        expect(await call(path, `Bearer ${key}`)).toEqual(answer);
      }
      expect(await post(key, {})).toEqual(answer);
    },
  );
});

describe("a key with one scope", () => {
  const lacks = (scope: string) =>
    refusal(403, "forbidden", `API key requires the ${scope} scope.`, "API_KEY_SCOPE_REQUIRED");

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

  it("hears of a bad request before it hears of the missing scope", async () => {
    expect((await post("lf_sandbox_read", {})).status).toBe(400);
    for (const path of [`${SIGNALS}?limit=0`, `${SIGNALS}?cursor=x`, `${SIGNALS}/x`]) {
      expect((await call(path, "Bearer lf_sandbox_write")).status).toBe(400);
    }
  });
});

it("every documented key says in one sentence what it provokes", () => {
  for (const { meaning } of Object.values(SANDBOX_KEYS)) expect(meaning).toMatch(/^[A-Z].+\.$/);
});
