// Builds the bundle that Claude Desktop installs with a double click, lightfast-mcp-<version>.mcpb, and the registry's entry
// with its hash, server.json. `node scripts/bundle.mjs [folder]` writes both into a folder (default: bundle) and prints the
// bundle's path.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { packExtension, validateManifest } from "@anthropic-ai/mcpb/cli";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const target = process.argv[2] ?? "bundle";
const output = join(target, `lightfast-mcp-${version}.mcpb`);
const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bundle-"));

cpSync("mcpb/manifest.json", join(folder, "manifest.json"));
cpSync("docs/images/icon.png", join(folder, "icon.png"));
for (const part of ["package.json", "bin", "dist", "LICENSE"])
  cpSync(part, join(folder, part), { recursive: true });
mkdirSync(target, { recursive: true });

const isValid =
  validateManifest(join(folder, "manifest.json")) &&
  (await packExtension({ extensionPath: folder, outputPath: output, silent: true }));
rmSync(folder, { recursive: true, force: true });
if (isValid) writeFileSync(join(target, "server.json"), `${JSON.stringify(createServerJson(), null, 2)}\n`);
process.stdout.write(isValid ? `${output}\n` : "Could not build the bundle. See the errors above.\n");
process.exitCode = isValid ? 0 : 1;

/** The registry's entry with the bundle as another package, which takes the same settings. */
function createServerJson() {
  const server = JSON.parse(readFileSync("server.json", "utf8"));
  const [{ transport, environmentVariables }] = server.packages;
  const mcpb = {
    registryType: "mcpb",
    identifier: `${server.repository.url}/releases/download/v${version}/lightfast-mcp-${version}.mcpb`,
    fileSha256: createHash("sha256").update(readFileSync(output)).digest("hex"),
    transport,
    environmentVariables,
  };
  return { ...server, packages: [...server.packages, mcpb] };
}
