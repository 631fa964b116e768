import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { parse } from "yaml";
import type { Skill } from "../../src/mcp/resources.ts";
import { code, firstSentence, markdownTable } from "./markdown.ts";

const MANIFEST = "SKILL.md";

/** The skills of a platform, by name: the folders in `skills/` whose names begin with the platform's. */
export function readSkills(root: string, platform: string): Record<string, Omit<Skill, "requires">> {
  const names = readdirSync(join(root, "skills")).filter((name) => name.startsWith(`${platform}-`));
  return Object.fromEntries(names.sort().map((name) => [name, readSkill(join(root, "skills", name))]));
}

/** What each skill is for. @param tools without which a caller does not see it, by skill */
export function skillsTable(
  tools: Readonly<Record<string, readonly string[]>>,
  skills: ReturnType<typeof readSkills>,
): string {
  const rows = Object.entries(tools).map(([name, required]) => [
    `[${code(name)}](../skills/${name}/SKILL.md)`,
    firstSentence(skills[name]?.frontmatter.description ?? ""),
    required.map(code).join(", "),
  ]);
  return markdownTable(["Skill", "What it does", "Needs"], rows);
}

function readSkill(folder: string): Omit<Skill, "requires"> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort((a, b) => Number(b === MANIFEST) - Number(a === MANIFEST) || (a < b ? -1 : 1))
    .map((path) => ({
      path: path.replaceAll(sep, "/"),
      text: readFileSync(join(folder, path), "utf8").replaceAll("\r\n", "\n"),
    }));
  const [, frontmatter = ""] = /^---\n(.*?)\n---\n/s.exec(files[0]?.text ?? "") ?? [];
  return { frontmatter: parse(frontmatter), files };
}
