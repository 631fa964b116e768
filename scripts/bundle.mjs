// Makes the bundle that Claude Desktop installs with a double click: lightfast-mcp.mcpb.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { packExtension, validateManifest } from "@anthropic-ai/mcpb/cli";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const output = join("bundle", `lightfast-mcp-${version}.mcpb`);
const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bundle-"));

cpSync("mcpb/manifest.json", join(folder, "manifest.json"));
for (const part of ["package.json", "bin", "dist", "LICENSE"])
  cpSync(part, join(folder, part), { recursive: true });
mkdirSync("bundle", { recursive: true });

const made =
  validateManifest(join(folder, "manifest.json")) &&
  (await packExtension({ extensionPath: folder, outputPath: output, silent: true }));
rmSync(folder, { recursive: true, force: true });
process.stdout.write(made ? `${output}\n` : "The bundle could not be made: see above.\n");
process.exitCode = made ? 0 : 1;
