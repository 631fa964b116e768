import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackExtension } from "@anthropic-ai/mcpb";
import { expect, onTestFinished, test } from "vitest";
import { clientEnvironment, run, start } from "../../support/program.ts";

test("the bundle contains a server that runs with the command of its manifest and the key from its settings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const built = execFileSync(process.execPath, ["scripts/bundle.mjs", join(folder, "built")], {
    encoding: "utf8",
  });
  const mcpbPath = built.trim().split("\n").at(-1) ?? "";
  const unpacked = join(folder, "unpacked");
  expect(await unpackExtension({ mcpbPath, outputDir: unpacked, silent: true })).toBe(true);

  const { server, user_config, icon, version } = JSON.parse(
    readFileSync(join(unpacked, "manifest.json"), "utf8"),
  );
  expect([server.entry_point, icon].filter((path) => !existsSync(join(unpacked, path)))).toEqual([]);

  const entry = JSON.parse(readFileSync(join(folder, "built", "server.json"), "utf8"));
  const source = JSON.parse(readFileSync("server.json", "utf8"));
  const mcpb = entry.packages.pop();
  expect(entry).toEqual(source);
  expect(mcpb).toEqual({
    registryType: "mcpb",
    identifier: `https://github.com/lightfastai/mcp/releases/download/v${version}/lightfast-mcp-${version}.mcpb`,
    fileSha256: createHash("sha256").update(readFileSync(mcpbPath)).digest("hex"),
    transport: { type: "stdio" },
    environmentVariables: source.packages[0].environmentVariables,
  });

  const defaults = Object.entries<{ default?: unknown }>(user_config).map(([name, setting]) => [
    name,
    String(setting.default ?? ""),
  ]);
  const settings: Record<string, string> = {
    ...Object.fromEntries(defaults),
    api_key: "lf_bundle_0123456789",
  };
  const fill = (text: string): string =>
    text
      .replace(/\$\{__dirname\}/, unpacked)
      .replace(/\$\{user_config\.(\w+)\}/, (_, name) => settings[name] ?? "");
  const request = (method: string, params: object = {}) => {
    const env = Object.fromEntries(
      Object.entries<string>(server.mcp_config.env).map(([name, value]) => [name, fill(value)]),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, server.mcp_config.args.map(fill), {
      env: clientEnvironment({ ...env, HOME: folder, USERPROFILE: folder }),
      input: `${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })}\n`,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout).result;
  };
  const listTools = (): string[] => request("tools/list").tools.map(({ name }: { name: string }) => name);
  expect(listTools()).toHaveLength(3);

  // Without a key, as the settings are at first, a stored login is enough.
  const sandbox = start(["sandbox", "--port", "0"]);
  const [lines] = await once(sandbox.stdout.setEncoding("utf8"), "data");
  const origin = /LIGHTFAST_BASE_URL=(\S+)/.exec(String(lines))?.[1] ?? "";
  const home = { HOME: folder, USERPROFILE: folder };
  const login = ["login", "--stdin", "--base-url", origin];
  expect(await run(login, home, "lf_sandbox_teammate\n")).toMatchObject({ code: 0 });
  settings.api_key = user_config.api_key.default;
  const health = request("tools/call", { name: "lightfast_system_health", arguments: {} });
  expect(health).toMatchObject({ structuredContent: { status: "ok" } });

  Object.assign(settings, { read_only: "true", exclude_tools: "lightfast_system_health" });
  expect(listTools()).toEqual(["lightfast_signals_get"]);
});
