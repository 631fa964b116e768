import { describe, expect, onTestFinished, test } from "vitest";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { OWN_CLIENT, SIGNING_KEY } from "../../fakes/lfx/own-client.ts";
import { type FakeLfx, fakeLfx } from "../../fakes/lfx/start.ts";
import { lateClock } from "../../support/late-clock.ts";
import { ARGUMENTS } from "../../support/lfx/arguments.ts";
import { expectNoSecrets, upstreamEnvironment } from "../../support/lfx/program.ts";
import { expectShortSummaries, LONG_SUMMARIES } from "../../support/omissions.ts";
import { connect, type Environment, run } from "../../support/program.ts";

type Listed = { readonly tools: readonly { readonly name: string }[] };

/** Starts the installed program on stdio. `end` checks that its output contains no secret. */
async function startLfx(env: Environment, args: readonly string[] = []) {
  const peer = connect(["lfx", "--log-level", "debug", "--debug-traffic", ...args], env);
  const clientInfo = { name: "test client", version: "1.0.0" };
  const opening = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  expect(await peer.request("initialize", opening)).toHaveProperty("result");
  return {
    tools: async (): Promise<string[]> => {
      const { result } = await peer.request("tools/list");
      return (result as unknown as Listed).tools.map(({ name }) => name);
    },
    call: async (name: string): Promise<ToolResult> => {
      const { result } = await peer.request("tools/call", { name, arguments: ARGUMENTS[name] });
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
  return auth.sign({ sub: "alice", aud: urls.lfx, client_id: OWN_CLIENT, ...more });
}

async function expectAllWork({ tools, call }: Awaited<ReturnType<typeof startLfx>>): Promise<void> {
  for (const name of await tools()) {
    const { isError, content } = await call(name);
    expect([name, isError, content[0]?.text]).toEqual([name, undefined, expect.any(String)]);
  }
}

describe("with a static LFX token", () => {
  test("LFX tools are listed and work as its user, without token requests", async () => {
    const lfx = await strictLfx();
    const token = await staticToken(lfx);
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });
    const tools = await program.tools();
    expect(tools).toHaveLength(39);
    expect(tools.filter((name) => /discord|email|lens|semantic|user_info/.test(name))).toEqual([]);
    await expectAllWork(program);
    const hops = lfx.journal.take();
    expect(hops.length).toBeGreaterThanOrEqual(39);
    expect(hops.filter((line) => !/^mcp > lfx: .* as alice$/.test(line))).toEqual([]);
    await program.end(token);
  });

  test("a search result with a million characters fits, and states what it omits", async () => {
    const lfx = await strictLfx({ before: () => ({ body: LONG_SUMMARIES }) });
    const token = await staticToken(lfx);
    const program = await startLfx({ LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token });

    expectShortSummaries(await program.call("search_past_meeting_summaries"));
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

  test("an expired token is no longer sent, and each call reports that", async () => {
    const lfx = await strictLfx();
    // The program's clock is behind, so that it starts before the token expires.
    const clock = lateClock();
    const token = await staticToken(lfx, { exp: now() + 2 });
    const env = { LFXMCP_LFX_API_URL: lfx.urls.lfx, LFXMCP_LFX_TOKEN: token, ...clock.env };
    const program = await startLfx(env);
    expect(await program.call("search_projects")).not.toHaveProperty("isError");
    clock.pass31Seconds();
    const message = async () => (await program.call("search_projects")).content[0]?.text;
    await expect.poll(message, { timeout: 10_000 }).toMatch(/^invalid_token: The LFX token expired at /);
    lfx.journal.take();
    expect(await message()).toContain("Set a new one as LFXMCP_LFX_TOKEN");
    expect(lfx.journal.take()).toEqual([]);
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
    expect(await program.tools()).toHaveLength(50);
    await expectAllWork(program);
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

  test("only tools of configured services are listed, whatever is named", async () => {
    const lfx = await strictLfx();
    const needed = Object.entries(upstreamEnvironment(lfx)).filter(([name]) =>
      /CLIENT|TOKEN_ENDPOINT|LENS/.test(name),
    );
    const program = await startLfx(Object.fromEntries(needed));
    expect(await program.tools()).toEqual([
      "explore_lfx_semantic_layer",
      "query_lfx_lens",
      "query_lfx_semantic_layer",
      "read_lfx_semantic_layer_guidance",
    ]);
    await expectAllWork(program);
    await program.end();
    const named = ["--tools", "query_lfx_standard_metrics,search_projects"];
    const measuring = await startLfx(Object.fromEntries(needed), named);
    expect(await measuring.tools()).toEqual(["query_lfx_standard_metrics"]);
    await expectAllWork(measuring);
    await measuring.end();
  });
});
