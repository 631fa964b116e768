import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackExtension } from "@anthropic-ai/mcpb";
import { expect, onTestFinished, test } from "vitest";
import { clientEnvironment } from "../../support/program.ts";

test("the bundle contains a server that runs with the command of its manifest and the key from its settings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const built = execFileSync(process.execPath, ["scripts/bundle.mjs", join(folder, "built")], {
    encoding: "utf8",
  });
  const mcpbPath = built.trim().split("\n").at(-1) ?? "";
  const unpacked = join(folder, "unpacked");
  expect(await unpackExtension({ mcpbPath, outputDir: unpacked, silent: true })).toBe(true);

  const { server, user_config } = JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8"));
  expect(existsSync(join(unpacked, server.entry_point))).toBe(true);
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
  const listTools = (): string[] => {
    const env = Object.fromEntries(
      Object.entries<string>(server.mcp_config.env).map(([name, value]) => [name, fill(value)]),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, server.mcp_config.args.map(fill), {
      env: clientEnvironment(env),
      input: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n',
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout).result.tools.map(({ name }: { name: string }) => name);
  };
  expect(listTools()).toHaveLength(3);
  Object.assign(settings, { read_only: "true", exclude_tools: "lightfast_system_health" });
  expect(listTools()).toEqual(["lightfast_signals_get"]);
});
