import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { OWN_CLIENT as OWN_CLIENT_ID, SIGNING_KEY } from "../../fakes/lfx/own-client.ts";
import { type FakeLfx, fakeLfx } from "../../fakes/lfx/start.ts";
import { ARGUMENTS } from "../../support/lfx/arguments.ts";
import { expectNoSecrets, upstreamEnvironment } from "../../support/lfx/program.ts";
import { expectShortSummaries, LONG_SUMMARIES } from "../../support/omissions.ts";
import { passingClock } from "../../support/passing-clock.ts";
import { connect, type Environment, run } from "../../support/program.ts";

type Listed = { readonly tools: readonly { readonly name: string }[] };

/** Starts the installed program on stdio. `end` checks that its output contains no secret. */
async function startLfx(env: Environment, args: readonly string[] = []) {
  const peer = connect(["lfx", "--log-level", "debug", "--debug-traffic", ...args], env);
  const clientInfo = { name: "test client", version: "1.0.0" };
  const opening = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  expect(await peer.request("initialize", opening)).toHaveProperty("result");
  return {
    peer,
    tools: async (): Promise<string[]> => {
      const { result } = await peer.request("tools/list");
      return (result as unknown as Listed).tools.map(({ name }) => name);
    },
    call: async (name: string, args = ARGUMENTS[name]): Promise<ToolResult> => {
      const { result } = await peer.request("tools/call", { name, arguments: args });
      return result as unknown as ToolResult;
    },
    end: async (...secrets: readonly string[]): Promise<void> => {
      const { code, stdout, stderr } = await peer.end();
      expect(code).toBe(0);
      expectNoSecrets(stdout + stderr, secrets);
    },
  };
}

/** Starts the fake LFX for one test, which fails if it receives an invalid request. */
async function strictLfx(options = {}): Promise<FakeLfx> {
  const lfx = await fakeLfx(options);
  onTestFinished(() => expect(lfx.faults).toEqual([]));
  return lfx;
}

function now() {
  return Math.floor(Date.now() / 1000);
}

/** A static LFX token of Alice. */
function staticToken({ auth, urls }: FakeLfx, more: object = {}): Promise<string> {
  return auth.sign({ sub: "alice", aud: urls.lfx, client_id: OWN_CLIENT_ID, ...more });
}

type Program = Awaited<ReturnType<typeof startLfx>>;

async function expectAllWork({ tools, call }: Program, hasService = (_name: string) => true): Promise<void> {
  for (const name of (await tools()).filter(hasService)) {
    const { isError, content } = await call(name);
    expect([name, isError, content[0]?.text]).toEqual([name, undefined, expect.any(String)]);
  }
}

/** Whether a tool calls LFX itself. */
function isLfx(name: string): boolean {
  return !/discord|email|lens|semantic|user_info/.test(name);
}

/** The next step that a failed call names, after its code and what failed. */
async function hintOf({ call }: Program, name: string): Promise<string | undefined> {
  const { isError, content } = await call(name);
  expect([name, isError]).toEqual([name, true]);
  return content[0]?.text.replace(/^missing_token: [^.]+\. Nothing was sent\. /, "");
}

const OWN_CLIENT =
  "LFXMCP_CLIENT_ID, LFXMCP_TOKEN_ENDPOINT, and LFXMCP_CLIENT_SECRET or LFXMCP_CLIENT_ASSERTION_SIGNING_KEY";
const RESTART = "in the environment, then restart the server or run the command again.";

describe("with nothing set", () => {
  test("all enabled tools are listed, and each call says what to set", async () => {
    const lfx = await strictLfx();
    const program = await startLfx({});
    const tools = await program.tools();
    const complete = await startLfx(upstreamEnvironment(lfx));
    expect(tools).toEqual(await complete.tools());
    for (const name of tools.filter(isLfx))
      expect(await hintOf(program, name)).toBe(`Set LFXMCP_LFX_API_URL and LFXMCP_LFX_TOKEN ${RESTART}`);
    expect(await hintOf(program, "query_lfx_lens")).toBe(
      `Set LFXMCP_LENS_API_URL, LFXMCP_LENS_API_AUDIENCE, ${OWN_CLIENT} ${RESTART}`,
    );
    expect(program.peer.stderr()).toContain("No LFX API configured. Set LFXMCP_LFX_API_URL");
    await program.end();
    await complete.end();
  });

  test("only the tools that are enabled are listed", async () => {
    const program = await startLfx({}, ["--tools", "get_project,user_info"]);
    expect(await program.tools()).toEqual(["get_project", "user_info"]);
    expect(await hintOf(program, "user_info")).toBe(`Set LFXMCP_LFX_TOKEN ${RESTART}`);
    await program.end();
  });

  test.each<[what: string, env: (lfx: FakeLfx) => Environment, hint: string]>([
    [
      "the URL",
      ({ urls }) => ({ LFXMCP_LFX_API_URL: urls.lfx }),
      `Set LFXMCP_LFX_TOKEN, or as a machine ${OWN_CLIENT}, ${RESTART}`,
    ],
    [
      "half an OAuth client",
      () => ({ LFXMCP_CLIENT_ID: OWN_CLIENT_ID }),
      `Set LFXMCP_LFX_API_URL and LFXMCP_LFX_TOKEN ${RESTART}`,
    ],
  ])("but %s, each call names the rest", async (_, env, hint) => {
    const program = await startLfx(env(await strictLfx()));
    expect(await hintOf(program, "search_projects")).toBe(hint);
    await program.end();
  });
});

describe("with a static LFX token", () => {
  test("all tools are listed, and those of LFX work as its user, without token requests", async () => {
    const lfx = await strictLfx();
    const token = await staticToken(lfx);
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });
    await expectAllWork(program, isLfx);
    expect(await hintOf(program, "query_lfx_lens")).toContain(OWN_CLIENT);
    expect(program.peer.stderr()).toMatch(/the LFX token expires .*at/);
    const hops = lfx.journal.take();
    expect(hops.length).toBeGreaterThanOrEqual(39);
    expect(hops.filter((line) => !/^mcp > lfx: .* as alice$/.test(line))).toEqual([]);
    await program.end(token);
  });

  test("a search result with a million characters fits, and states what it omits", async () => {
    const lfx = await strictLfx({ before: () => ({ body: LONG_SUMMARIES }) });
    const token = await staticToken(lfx);
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });

    expectShortSummaries(await program.call("search_past_meeting_summaries", { project_uid: undefined }));
    await program.end(token);
  });

  test("a rejected token is reported without a retry", async () => {
    const refused = { status: 401, body: { message: "withdrawn" } };
    const lfx = await strictLfx({ before: () => refused });
    const token = await staticToken(lfx);
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });
    const { isError, content } = await program.call("search_projects");
    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^invalid_token: .*HTTP 401, "withdrawn"/);
    expect(lfx.journal.take()).toEqual(["mcp > lfx: GET /query/resources as alice"]);
    await program.end(token);
  });

  test("the server stops when the token expires", async () => {
    const lfx = await strictLfx();
    const clock = passingClock(true);
    const token = await staticToken(lfx, { exp: now() + 600 });
    const env = { LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token, ...clock.env };
    const { call, peer } = await startLfx(env);
    expect(await call("search_projects")).not.toHaveProperty("isError");
    const closed = once(peer.child, "close");
    clock.pass(601);
    expect(await closed).toEqual([1, null]);
    expect(peer.stderr()).toMatch(/LFXMCP_LFX_TOKEN expired at .* start again with a new token/);
    expectNoSecrets(peer.stderr(), [token]);
  });

  test("a token for another audience is a warning, and is still used", async () => {
    const lfx = await fakeLfx();
    const token = await staticToken(lfx, { aud: [lfx.urls.lfx.replace(/\/?$/, "/x"), lfx.urls.lens] });
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });
    expect(await program.call("search_projects")).toHaveProperty("isError");
    expect(lfx.faults).toEqual([expect.stringContaining('unexpected "aud" claim value')]);
    expect(program.peer.stderr()).toContain(
      `but LFXMCP_LFX_API_URL is "${lfx.urls.lfx}". LFX may reject it.`,
    );
    await program.end(token);
  });

  test("an expired token does not start the server", async () => {
    const lfx = await strictLfx();
    const exp = now() - 5;
    const token = await staticToken(lfx, { exp });
    const { code, stdout, stderr } = await run(["lfx"], {
      LFXMCP_LFX_API_URL: lfx.urls.lfx,
      LFXMCP_LFX_TOKEN: token,
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `lightfast-mcp: LFXMCP_LFX_TOKEN expired at ${new Date(exp * 1000).toISOString()}. Set a new token.\n`,
    );
  });
});

describe("with an OAuth client", () => {
  test("every tool is listed and works as the machine, with one token per service", async () => {
    const lfx = await strictLfx();
    const program = await startLfx(upstreamEnvironment(lfx));
    await expectAllWork(program, (name) => name !== "user_info");
    const hops = lfx.journal.take();
    expect(hops.filter((line) => line.startsWith("mcp > auth")).sort()).toEqual([
      "mcp > auth: client credentials for lens as itself, by private_key_jwt",
      "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
      "mcp > auth: client credentials for onboarding as itself, by private_key_jwt",
    ]);
    expect(hops.filter((line) => !line.includes(" as itself"))).toEqual([]);
    await program.end();
  });

  test("a client secret works", async () => {
    const lfx = await strictLfx({ hasSecret: true });
    const program = await startLfx(upstreamEnvironment(lfx, true));
    expect(await program.call("search_projects")).not.toHaveProperty("isError");
    await program.end();
  });

  test("a signing key with escaped line breaks works", async () => {
    const lfx = await strictLfx();
    const key = SIGNING_KEY.replaceAll("\n", "\\n");
    const env = { ...upstreamEnvironment(lfx), LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: key };
    const program = await startLfx(env);
    expect(await program.call("search_projects")).not.toHaveProperty("isError");
    await program.end(key);
  });

  test("a static token is used for LFX only", async () => {
    const lfx = await strictLfx();
    const token = await staticToken(lfx);
    const program = await startLfx({ ...upstreamEnvironment(lfx), LFXMCP_LFX_TOKEN: token });
    expect(await program.call("send_email")).not.toHaveProperty("isError");
    expect(lfx.journal.take()).toEqual([
      "mcp > lfx: GET /query/resources as alice",
      "mcp > lfx: POST /access-check as alice",
      "mcp > auth: client credentials for onboarding as itself, by private_key_jwt",
      "mcp > onboarding: POST /member-onboarding/tools/email/pytorch/render as itself",
    ]);
    await program.end(token);
  });

  test("LFX Lens works alone", async () => {
    const lfx = await strictLfx();
    const needed = Object.entries(upstreamEnvironment(lfx)).filter(([name]) =>
      /CLIENT|TOKEN_ENDPOINT|LENS/.test(name),
    );
    const program = await startLfx(Object.fromEntries(needed));
    await expectAllWork(program, (name) => /lens|semantic/.test(name));
    expect(await hintOf(program, "search_projects")).toContain("Set LFXMCP_LFX_API_URL");
    await program.end();
  });
});
