// Builds the bundle that Claude Desktop installs with a double click: lightfast-mcp-<version>.mcpb.
// `node scripts/bundle.mjs [folder]` writes it into a folder (default: bundle) and prints its path.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { packExtension, validateManifest } from "@anthropic-ai/mcpb/cli";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const target = process.argv[2] ?? "bundle";
const output = join(target, `lightfast-mcp-${version}.mcpb`);
const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bundle-"));

cpSync("mcpb/manifest.json", join(folder, "manifest.json"));
for (const part of ["package.json", "bin", "dist", "LICENSE"])
  cpSync(part, join(folder, part), { recursive: true });
mkdirSync(target, { recursive: true });

const isValid =
  validateManifest(join(folder, "manifest.json")) &&
  (await packExtension({ extensionPath: folder, outputPath: output, silent: true }));
rmSync(folder, { recursive: true, force: true });
process.stdout.write(isValid ? `${output}\n` : "Could not build the bundle. See the errors above.\n");
process.exitCode = isValid ? 0 : 1;
