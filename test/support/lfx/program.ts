import { expect, onTestFinished } from "vitest";
import { OWN_CLIENT, OWN_SECRET, SIGNING_KEY } from "../../fakes/lfx/own-client.ts";
import {
  type FakeLfx,
  type FakeLfxOptions,
  fakeLfx,
  MACHINE,
  SERVICE_AUDIENCES,
} from "../../fakes/lfx/start.ts";
import { type Hosted, serveProgram } from "../http-program.ts";
import type { Environment } from "../program.ts";

/** The static API key of the owner `nightly`. */
export const API_KEY = "a static key for the nightly job";

const KEY_LINE = SIGNING_KEY.split("\n")[3] ?? "";
const SECRETS = [OWN_SECRET, MACHINE.secret, API_KEY, KEY_LINE];

/** Fails the test if the output contains a secret or any token. */
export function expectNoSecrets(output: string, more: readonly string[] = []): void {
  const found = [...SECRETS, ...more].filter((secret) => secret === "" || output.includes(secret));
  expect(found).toEqual([]);
  expect(output).not.toMatch(/eyJ[\w-]+\.eyJ|BEGIN [A-Z ]*PRIVATE KEY/);
}

/** The settings of an existing deployment that reach LFX with the server's own client. */
export function upstreamEnvironment({ auth, urls }: FakeLfx, hasSecret = false): Environment {
  return {
    LFXMCP_CLIENT_ID: OWN_CLIENT,
    ...(hasSecret
      ? { LFXMCP_CLIENT_SECRET: OWN_SECRET }
      : { LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: SIGNING_KEY }),
    LFXMCP_TOKEN_ENDPOINT: auth.tokenEndpoint,
    LFXMCP_LFX_API_URL: urls.lfx,
    LFXMCP_ONBOARDING_API_URL: urls.onboarding,
    LFXMCP_ONBOARDING_API_AUDIENCE: SERVICE_AUDIENCES.onboarding,
    LFXMCP_LENS_API_URL: urls.lens,
    LFXMCP_LENS_API_AUDIENCE: SERVICE_AUDIENCES.lens,
  };
}

export type LfxOptions = FakeLfxOptions & {
  readonly args?: readonly string[];
  readonly env?: Environment;
};

/** The installed program as an HTTP server, with the fake LFX. */
export type HostedLfx = FakeLfx & Hosted;

/** Starts both for one test, which fails if the program sends an invalid request or leaks a secret. */
export async function hostedLfx({ args = [], env = {}, ...options }: LfxOptions = {}): Promise<HostedLfx> {
  const lfx = await fakeLfx(options);
  const hosted = await serveProgram(["lfx", "http", "--port", "0", ...args], {
    ...upstreamEnvironment(lfx, options.hasSecret),
    LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer,
    LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY,
    LFXMCP_DEBUG: "true",
    LFXMCP_DEBUG_TRAFFIC: "true",
    ...env,
  });
  lfx.register(hosted.url);
  onTestFinished(() => {
    expectNoSecrets(hosted.log());
    expect(lfx.faults).toEqual([]);
  });
  return { ...lfx, ...hosted };
}
