import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyTool } from "../../src/mcp/tool.ts";
import { type ToolDefinition, toToolDefinition } from "../../src/mcp/tool-definition.ts";
import { SKILL_TOOLS as LFX_SKILLS } from "../../src/platforms/lfx/resources.ts";
import { TOOLS as LFX_TOOLS } from "../../src/platforms/lfx/tools.ts";
import { SKILL_TOOLS as LIGHTFAST_SKILLS } from "../../src/platforms/lightfast/resources.ts";
import { TOOLS as LIGHTFAST_TOOLS } from "../../src/platforms/lightfast/tools.ts";
import { cliSections } from "./cli-page.ts";
import { clientsSections } from "./clients.ts";
import { lfxSections } from "./lfx-page.ts";
import { lightfastSections } from "./lightfast-pages.ts";
import { createLlmsTxt } from "./llms.ts";
import { replaceSections } from "./markdown.ts";
import { createPlugins, pluginsSection } from "./plugins.ts";
import {
  createBundleManifest,
  createDockerEntries,
  createGlamaJson,
  createServerJson,
  ICON,
  indented,
  type PackageManifest,
  repositoryUrl,
} from "./publishing.ts";
import { readSkills, skillsTable } from "./skills.ts";

/**
 * Every generated file, as path (relative to `root`) and content. Definitions come from the tools themselves, never from
 * the generated files, so that one run is enough.
 */
export function generateFiles(root: string): Record<string, string> {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const manifest = JSON.parse(read("package.json")) as PackageManifest;
  const lightfast = toDefinitions(LIGHTFAST_TOOLS);
  const lfx = toDefinitions(LFX_TOOLS);
  const skills = { lightfast: readSkills(root, "lightfast"), lfx: readSkills(root, "lfx") };
  const lightfastPages = lightfastSections(lightfast);
  const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ...lightfastPages,
    "docs/tools.md": {
      ...lightfastPages["docs/tools.md"],
      skills: skillsTable({ ...LIGHTFAST_SKILLS, ...LFX_SKILLS }, { ...skills.lightfast, ...skills.lfx }),
    },
    "docs/clients.md": {
      ...clientsSections(),
      plugins: pluginsSection(repositoryUrl(manifest).replace("https://github.com/", "")),
    },
    "docs/cli.md": cliSections(),
    "docs/lfx.md": lfxSections(lfx),
  };
  const pages = Object.fromEntries(
    Object.entries(sections).map(([path, texts]) => [path, replaceSections(read(path), texts)]),
  );
  const icon = read(ICON);
  const docker = Object.entries(createDockerEntries(manifest, lightfast));
  return {
    "src/platforms/lightfast/icon.generated.json": indented(toDataUri(icon)),
    "src/platforms/lightfast/tool-definitions.generated.json": oneToolPerLine(lightfast),
    "src/platforms/lfx/tool-definitions.generated.json": oneToolPerLine(lfx),
    "src/platforms/lightfast/skills.generated.json": indented(skills.lightfast),
    "src/platforms/lfx/skills.generated.json": indented(skills.lfx),
    ...pages,
    "llms.txt": createLlmsTxt(manifest, (path) => pages[path] ?? read(path)),
    "server.json": indented(createServerJson(manifest)),
    "mcpb/manifest.json": indented(createBundleManifest(manifest, lightfast)),
    "glama.json": indented(createGlamaJson()),
    ...createPlugins(manifest, skills.lightfast, icon),
    ...Object.fromEntries(docker.map(([path, text]) => [`deploy/docker-catalog/${path}`, text])),
  };
}

function toDefinitions<Api>(tools: readonly AnyTool<Api>[]): readonly ToolDefinition[] {
  return tools.map(toToolDefinition);
}

function oneToolPerLine(definitions: readonly ToolDefinition[]): string {
  return `[\n${definitions.map((definition) => JSON.stringify(definition)).join(",\n")}\n]\n`;
}

/** Percent-encoded, which is shorter than base64 and survives every parser. */
function toDataUri(svg: string): string {
  const text = svg.trim().replaceAll('"', "'");
  return `data:image/svg+xml,${text.replaceAll(/[^\w!'()*+,./:;=@-]/g, encodeURIComponent)}`;
}
