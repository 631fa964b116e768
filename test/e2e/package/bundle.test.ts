import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackExtension } from "@anthropic-ai/mcpb";
import { expect, onTestFinished, test } from "vitest";
import { clientEnvironment } from "../../support/program.ts";

test("the bundle holds a server that runs by the command of its manifest, with the key from its settings", async () => {
  const made = execFileSync(process.execPath, ["scripts/bundle.mjs"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .at(-1);
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-unpacked-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(await unpackExtension({ mcpbPath: made ?? "", outputDir: folder, silent: true })).toBe(true);

  const { server, user_config } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  expect(existsSync(join(folder, server.entry_point))).toBe(true);
  const settings: Record<string, string> = {
    api_key: "lf_bundle_0123456789",
    base_url: user_config.base_url.default,
  };
  const fill = (text: string): string =>
    text
      .replace(/\$\{__dirname\}/, folder)
      .replace(/\$\{user_config\.(\w+)\}/, (_, name) => settings[name] ?? "");
  const env = Object.fromEntries(
    Object.entries<string>(server.mcp_config.env).map(([name, value]) => [name, fill(value)]),
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, server.mcp_config.args.map(fill), {
    env: clientEnvironment(env),
    input: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n',
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout).result.tools).toHaveLength(3);
});
