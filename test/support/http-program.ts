import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { SignJWT } from "jose";
import { onTestFinished } from "vitest";
import { type FakeApp, startFakeApp } from "../fakes/lightfast-app/server.ts";
import { type Environment, start } from "./program.ts";

export const SECRET = "a secret of more than thirty-two characters";
export const ISSUER = "https://lightfast.test";
export const RESOURCE = "https://mcp.lightfast.test/mcp";
const SCOPES = "mcp:system:read mcp:signals:read mcp:signals:write";
const IDENTITY = { user_id: "user_1", org_id: "org_1", client_id: "mcp_client_1", grant_id: "mcp_grant_1" };

/** An access token as the authorization server issues it, with changed claims. */
export function tokenOf(claims: Record<string, unknown> = {}, secret = SECRET): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    ...IDENTITY,
    sub: "user_1",
    iss: ISSUER,
    aud: RESOURCE,
    scope: SCOPES,
    token_use: "mcp_access",
    iat: now,
    exp: now + 900,
  };
  return new SignJWT({ ...all, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

/** A running server and its output. */
export type Hosted = {
  readonly url: string;
  readonly log: () => string;
  /** The log, which is on stdout, line by line. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
  /** Sends SIGTERM. Resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Sends SIGKILL, and waits for the end. */
  kill(): Promise<void>;
};

/** Starts the installed program as an HTTP server. */
export function serveProgram(args: readonly string[], env: Environment = {}): Promise<Hosted> {
  return untilListening(start(args, env));
}

/** Resolves when a child listens. @throws its output, if it ends before */
export async function untilListening(child: ChildProcessWithoutNullStreams): Promise<Hosted> {
  let log = "";
  let stdout = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => {
      log += chunk;
      if (stream === child.stdout) stdout += chunk;
    });
  const closed = once(child, "close");
  while (!log.includes('"listening"')) {
    const [ended] = await Promise.race([
      once(child.stdout, "data").then(() => []),
      closed.then(() => [true]),
    ]);
    if (ended) throw new Error(`The server ended before it listened:\n${log}`);
  }
  const line = log.split("\n").find((text) => text.includes('"listening"')) ?? "{}";
  return {
    url: JSON.parse(line).url,
    log: () => log,
    lines: () =>
      stdout
        .split("\n")
        .filter(Boolean)
        .map((text) => JSON.parse(text)),
    stop: async () => {
      child.kill("SIGTERM");
      return (await closed)[0];
    },
    kill: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** Starts the Lightfast server on a free port. */
export function serveHttp(args: readonly string[], env: Environment = {}): Promise<Hosted> {
  return serveProgram(["http", "--port", "0", ...args], env);
}

/** Starts the Lightfast server with access tokens and a fake app. */
export async function hosted(
  more: readonly string[] = [],
  env: Environment = {},
): Promise<Hosted & { app: FakeApp }> {
  const app = await startFakeApp({ secret: SECRET, resource: RESOURCE });
  onTestFinished(() => app.stop().catch(() => {}));
  app.grants.set("mcp_grant_1", {
    clientId: "mcp_client_1",
    orgId: "org_1",
    userId: "user_1",
    active: true,
  } as never);
  const server = await serveHttp(
    ["--issuer", ISSUER, "--resource-url", RESOURCE, "--app-url", app.url.origin, ...more],
    { SERVICE_JWT_SECRET: SECRET, ...env },
  );
  return { ...server, app };
}
