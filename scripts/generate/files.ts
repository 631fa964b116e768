import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyTool } from "../../src/mcp/tool.ts";
import { type ToolDefinition, toToolDefinition } from "../../src/mcp/tool-definition.ts";
import { TOOLS as LFX_TOOLS } from "../../src/platforms/lfx/tools.ts";
import { TOOLS as LIGHTFAST_TOOLS } from "../../src/platforms/lightfast/tools.ts";
import { cliSections } from "./cli-page.ts";
import { clientsSections } from "./clients.ts";
import { lfxSections } from "./lfx-page.ts";
import { lightfastSections } from "./lightfast-pages.ts";
import { createLlmsTxt } from "./llms.ts";
import { replaceSections } from "./markdown.ts";
import { createBundleManifest, createServerJson, type PackageManifest } from "./publishing.ts";
import { readSkills } from "./skills.ts";

/**
 * Every generated file, as path (relative to `root`) and content. Definitions come from the tools themselves, never from
 * the generated files, so that one run is enough.
 */
export function generateFiles(root: string): Record<string, string> {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const manifest = JSON.parse(read("package.json")) as PackageManifest;
  const lightfast = toDefinitions(LIGHTFAST_TOOLS);
  const lfx = toDefinitions(LFX_TOOLS);
  const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ...lightfastSections(lightfast),
    "docs/clients.md": clientsSections(),
    "docs/cli.md": cliSections(),
    "docs/lfx.md": lfxSections(lfx),
  };
  const pages = Object.fromEntries(
    Object.entries(sections).map(([path, texts]) => [path, replaceSections(read(path), texts)]),
  );
  return {
    "src/platforms/lightfast/tool-definitions.generated.json": oneToolPerLine(lightfast),
    "src/platforms/lfx/tool-definitions.generated.json": oneToolPerLine(lfx),
    "src/platforms/lightfast/skills.generated.json": indented(readSkills(root, "lightfast")),
    "src/platforms/lfx/skills.generated.json": indented(readSkills(root, "lfx")),
    ...pages,
    "llms.txt": createLlmsTxt(manifest, (path) => pages[path] ?? read(path)),
    "server.json": indented(createServerJson(manifest)),
    "mcpb/manifest.json": indented(createBundleManifest(manifest, lightfast)),
  };
}

function toDefinitions<Api>(tools: readonly AnyTool<Api>[]): readonly ToolDefinition[] {
  return tools.map(toToolDefinition);
}

function oneToolPerLine(definitions: readonly ToolDefinition[]): string {
  return `[\n${definitions.map((definition) => JSON.stringify(definition)).join(",\n")}\n]\n`;
}

function indented(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
