import { once } from "node:events";
import { expect, test } from "vitest";
import { connect, type Environment, run, start } from "../../support/program.ts";

/** What a real deployment's shell may hold. None of it may reach the emulator, nor keep it from working. */
const SHELL: Environment = {
  HTTP_PROXY: "http://127.0.0.1:1",
  LFXMCP_LFX_API_URL: "https://lfx.test",
  LFXMCP_LFX_TOKEN: "a-real-token",
};

test("lfx --sandbox serves its tools without an account or a network", async () => {
  const peer = connect(["lfx", "--sandbox"], SHELL);
  const { result: list } = await peer.request("tools/list");
  expect((list as { tools: unknown[] }).tools.length).toBeGreaterThan(44);
  const params = { name: "search_projects", arguments: { name: "harbor" } };
  const { result } = await peer.request("tools/call", params);
  expect(result).toMatchObject({ structuredContent: { resources: [{ data: { slug: "harborlight" } }] } });
  const { code, stderr } = await peer.end();
  expect(code).toBe(0);
  expect(stderr).toBe("lightfast-mcp warn: LFXMCP_LFX_API_URL is ignored: the sandbox has its own URL.\n");
});

test("lfx call calls a tool of the emulator, with the names of groups too", async () => {
  const found = await run(
    ["lfx", "call", "search_groups", "--committees-as-groups", "--arg", "page_size=1", "--json"],
    { LFXMCP_SANDBOX: "1" },
  );
  expect(found).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(found.stdout).resources).toHaveLength(1);
  const missing = await run(["lfx", "call", "get_meeting", "--sandbox", "--arg", "uid=12", "--json"]);
  expect(missing).toMatchObject({ code: 5, stdout: "" });
  expect(JSON.parse(missing.stderr).error).toMatchObject({ code: "not_found" });
  const wrong = await run(["lfx", "call", "search_projects", "--sandbox", "--arg", "page_size=abc"]);
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--arg page_size must be an integer, such as 10: "),
  });
});

test("lfx call without settings says what to set", async () => {
  const { code, stdout, stderr } = await run(["lfx", "call", "search_projects"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("Set LFXMCP_LFX_API_URL and LFXMCP_LFX_TOKEN in the environment");
  expect(stderr).toContain("run the command again");
});

test("lfx tools --sandbox lists the tools that lfx --sandbox serves", async () => {
  const peer = connect(["lfx", "--sandbox"]);
  const { result } = await peer.request("tools/list");
  await peer.end();
  const { stdout } = await run(["lfx", "tools", "--sandbox", "--json"]);
  const names = (tools: unknown) => (tools as { name: string }[]).map(({ name }) => name);
  const listed = names(JSON.parse(stdout).tools);
  expect(listed).not.toContain("user_info");
  expect(listed).toEqual(expect.arrayContaining(names(result?.tools)));
});

test("a server with the variables that lfx sandbox prints uses that emulator", async () => {
  const emulator = start(["lfx", "sandbox", "--port", "0"]);
  const [printed] = await once(emulator.stdout, "data");
  const env = Object.fromEntries(
    String(printed)
      .trim()
      .split("\n")
      .map((line) => line.split("=")),
  );
  const input = JSON.stringify({
    project_uid: "a0000000-0000-4000-8000-000000000004",
    name: "X",
    category: "Other",
  });
  const written = await run(["lfx", "call", "create_committee", "--input", "-"], env, input);
  expect(written).toMatchObject({ code: 0, stderr: "" });
  const { uid } = JSON.parse(written.stdout);
  const read = await run(["lfx", "call", "get_committee", "--arg", `uid=${uid}`], env);
  expect(JSON.parse(read.stdout).base).toMatchObject({ name: "X", project_slug: "kelp" });
  const asked = ["lfx", "call", "explore_lfx_semantic_layer", "--arg", "action=list_metrics"];
  expect(await run(asked, env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("total_contributors"),
  });
  emulator.kill("SIGTERM");
  expect((await once(emulator, "exit"))[0]).toBe(0);
});
