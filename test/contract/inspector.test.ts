import { join } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import { programFile } from "../support/program.ts";
import { type Installation, install, type Ran } from "./packages.ts";

const INSTALL_TIMEOUT_MS = 300_000;

let installation: Installation;
beforeAll(() => {
  installation = install("inspector", ["@modelcontextprotocol/inspector@2.12.0"]);
}, INSTALL_TIMEOUT_MS);

function inspect(args: readonly string[], command: readonly string[] = ["--sandbox"]): Promise<Ran> {
  const launcher = join("@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js");
  const server = [process.execPath, programFile(), ...command];
  return installation.run("node", [join(installation.modules, launcher), "--cli", ...server, ...args]);
}

describe.each(["legacy", "auto", "modern"])("MCP Inspector, protocol era %s", (era) => {
  test("lists the tools and accepts their schemas in strict mode", async () => {
    const list = await inspect([
      ...["--method", "tools/list", "--strict", "--format", "json"],
      ...["--protocol-era", era],
    ]);
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("lightfast_signals_create") });
    expect(list.stderr).toBe("");
  });

  test("accepts the schemas of LFX in strict mode", async () => {
    const list = await inspect(
      ["--method", "tools/list", "--strict", "--format", "json", "--protocol-era", era],
      ["lfx", "--sandbox"],
    );
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("create_committee") });
    expect(list.stderr).toBe("");
  });

  test("calls a tool", async () => {
    const call = await inspect([
      ...["--method", "tools/call", "--tool-name", "lightfast_signals_create"],
      ...["--tool-arg", "input=hello", "--protocol-era", era],
    ]);
    expect(call).toMatchObject({ code: 0, stdout: expect.stringContaining("queued") });
  });

  test("reports a tool error with exit code 5", async () => {
    const call = await inspect([
      ...["--method", "tools/call", "--tool-name", "lightfast_signals_get"],
      ...["--tool-arg", "id=nonsense", "--protocol-era", era],
    ]);
    expect(call.code).toBe(5);
  });
});
