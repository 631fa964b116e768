import { describe, expect, test } from "vitest";
import { fakeLfx } from "../../fakes/lfx/start.ts";
import { fakeApp } from "../../fakes/lightfast-app/server.ts";
import { authorizationServer } from "../../fakes/oauth/server.ts";
import { API_KEY, expectNoSecrets, upstreamEnvironment } from "../../support/lfx/program.ts";
import { type Environment, run } from "../../support/program.ts";
import { closedPort } from "../../support/scripted-server.ts";

const SECRET = "the secret that both the app and this server have";
const RESOURCE = "https://mcp.lightfast.test/mcp";

type Report = {
  version: string;
  exitCode: number;
  counts: Record<string, number>;
  checks: { id: string; status: string; summary: string; details: string[]; hint?: string }[];
};

async function lightfastDeployment() {
  const [auth, app] = [await authorizationServer(), await fakeApp({ secret: SECRET, resource: RESOURCE })];
  const env: Environment = {
    LIGHTFAST_MCP_HOST: "0.0.0.0",
    // In use: the check binds no port.
    LIGHTFAST_MCP_PORT: app.url.port,
    MCP_RESOURCE_URL: RESOURCE,
    MCP_AUTH_ISSUER: auth.issuer,
    MCP_JWKS_URL: auth.jwksUrl,
    APP_INTERNAL_URL: app.url.origin,
    SERVICE_JWT_SECRET: SECRET,
  };
  return { app, env };
}

async function lfxDeployment() {
  const lfx = await fakeLfx();
  const env: Environment = {
    ...upstreamEnvironment(lfx),
    LFXMCP_HTTP_HOST: "0.0.0.0",
    LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.lfx.test/mcp",
    LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer,
    LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY,
  };
  return { lfx, env };
}

/** Runs the check as text and as JSON, which say the same. */
async function check(command: readonly string[], env: Environment): Promise<Report & { text: string }> {
  const [text, json] = await Promise.all([
    run([...command, "--check"], env),
    run([...command, "--check", "--json"], env),
  ]);
  for (const { stdout, stderr } of [text, json]) {
    expectNoSecrets(stdout + stderr, [SECRET]);
    expect(stderr).toBe("");
  }
  const report: Report = JSON.parse(json.stdout);
  expect([text.code, json.code]).toEqual([report.exitCode, report.exitCode]);
  for (const { status, hint, details } of report.checks) {
    expect([status, hint !== undefined]).toEqual([status, status === "failed" || status === "warning"]);
    for (const line of [...details, ...(hint ? [hint] : [])]) expect(text.stdout).toContain(line);
  }
  return { ...report, text: text.stdout };
}

function statuses({ checks }: Report): Record<string, string> {
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]));
}

/** The environment with every service at a port where none listens. */
async function unreachable(env: Environment): Promise<Environment> {
  const port = await closedPort();
  const moved = (value: string) => value.replace(/^http:\/\/127\.0\.0\.1:\d+/, `http://127.0.0.1:${port}`);
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, moved(value)]));
}

describe("http --check", () => {
  test("of a healthy deployment is ok, and leaves no grant, event or signal behind", async () => {
    const { app, env } = await lightfastDeployment();
    const report = await check(["http"], env);
    expect(statuses(report)).toEqual({
      settings: "ok",
      issuer: "ok",
      "key-set": "ok",
      app: "ok",
      clock: "ok",
    });
    expect(report.exitCode).toBe(0);
    expect(app.faults).toEqual([]);
    expect([app.audited, app.signals.size, app.grants.size]).toEqual([[], 0, 0]);
  });

  test("of a half-configured deployment lists every setting at once", async () => {
    const { env } = await lightfastDeployment();
    const { SERVICE_JWT_SECRET: _, MCP_RESOURCE_URL: __, ...half } = env;
    const report = await check(["http"], { ...half, APP_INTERNAL_URL: "http://app.internal" });
    expect(report.exitCode).toBe(1);
    expect(report.checks).toMatchObject([
      {
        id: "settings",
        details: [
          expect.stringContaining("--resource-url (MCP_RESOURCE_URL) is required"),
          expect.stringContaining("APP_INTERNAL_URL must be an https URL unless --allow-insecure-http"),
          expect.stringContaining("SERVICE_JWT_SECRET is required"),
        ],
      },
    ]);
  });

  test("of an unreachable deployment names each service, and exits with 4", async () => {
    const { env } = await lightfastDeployment();
    const report = await check(["http"], await unreachable(env));
    expect(statuses(report)).toMatchObject({
      settings: "ok",
      issuer: "failed",
      "key-set": "failed",
      app: "failed",
    });
    expect(report.exitCode).toBe(4);
    for (const { hint = "" } of report.checks.slice(1, 4)) expect(hint).toMatch(/^Check the port in --/);
  });

  test("finds a secret, and a resource, that the app does not have", async () => {
    const { env } = await lightfastDeployment();
    const other = await check(["http"], { ...env, SERVICE_JWT_SECRET: `${SECRET}, but another` });
    expect(other.exitCode).toBe(3);
    expect(other.checks.find(({ id }) => id === "app")?.hint).toContain("the same SERVICE_JWT_SECRET");
    const resource = await check(["http"], { ...env, MCP_RESOURCE_URL: "https://other.lightfast.test/mcp" });
    expect(resource.exitCode).toBe(1);
    expect(resource.checks.find(({ id }) => id === "app")?.hint).toContain("Set MCP_RESOURCE_URL");
  });

  test("reaches the API for servers without OAuth", async () => {
    const report = await check(["http", "--auth", "none", "--sandbox"], {});
    expect(statuses(report)).toEqual({ settings: "ok", api: "ok", clock: "ok" });
  });
});

describe("lfx http --check", () => {
  test("of a healthy deployment is ok, and gets tokens for each service", async () => {
    const { lfx, env } = await lfxDeployment();
    const report = await check(["lfx", "http"], env);
    expect(statuses(report)).toEqual({
      settings: "ok",
      issuer: "ok",
      "key-set": "ok",
      "token-endpoint": "ok",
      lfx: "ok",
      onboarding: "ok",
      lens: "ok",
      clock: "ok",
    });
    expect(report.exitCode).toBe(0);
    // No path of this service is known to be harmless and to need no project.
    expect(new Set(lfx.faults)).toEqual(new Set(["onboarding: GET /: no operation GET /"]));
    expect(new Set(lfx.journal.take().filter((line) => !line.includes("auth:")))).toEqual(
      new Set([
        "mcp > lfx: GET /query/resources as itself",
        "mcp > onboarding: GET / as itself",
        "mcp > lens: GET /lfx-lens/semantic-layer/metrics as itself",
      ]),
    );
  });

  test("of a half-configured deployment lists every setting at once", async () => {
    const { env } = await lfxDeployment();
    const { LFXMCP_TOKEN_ENDPOINT: _, LFXMCP_LENS_API_AUDIENCE: __, ...half } = env;
    const report = await check(["lfx", "http"], half);
    expect(report.exitCode).toBe(1);
    expect(statuses(report)).toMatchObject({ settings: "failed", issuer: "ok", "token-endpoint": "skipped" });
    for (const name of ["LFXMCP_TOKEN_ENDPOINT", "LFXMCP_LENS_API_AUDIENCE"])
      expect(report.checks[0]?.details.join("\n")).toContain(name);
  });

  test("of an unreachable deployment names each service, and exits with 4", async () => {
    const { env } = await lfxDeployment();
    const { LFXMCP_MCP_API_AUTH_SERVERS: issuer = "", ...down } = await unreachable(env);
    const { host, port } = new URL(issuer);
    const issuers = `${issuer},http://localhost:${port}`;
    const report = await check(["lfx", "http"], { ...down, LFXMCP_MCP_API_AUTH_SERVERS: issuers });
    expect(statuses(report)).toMatchObject({
      settings: "ok",
      [`issuer:${host}`]: "failed",
      [`key-set:${host}`]: "skipped",
      [`issuer:localhost:${port}`]: "failed",
      "token-endpoint": "failed",
      lfx: "failed",
      onboarding: "skipped",
      lens: "skipped",
    });
    expect(report.exitCode).toBe(4);
  });

  test("finds credentials that the authorization server rejects", async () => {
    const { env } = await lfxDeployment();
    const { LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: _, ...rest } = env;
    const report = await check(["lfx", "http"], { ...rest, LFXMCP_CLIENT_SECRET: "a wrong secret" });
    expect(report.exitCode).toBe(3);
    expect(statuses(report)).toMatchObject({ issuer: "ok", "token-endpoint": "failed", lens: "skipped" });
  });
});
