import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { parse } from "yaml";
import type { Skill } from "../../src/mcp/resources.ts";

const MANIFEST = "SKILL.md";

/** The skills of a platform, by name: the folders in `skills/` whose names begin with the platform's. */
export function readSkills(root: string, platform: string): Record<string, Omit<Skill, "requires">> {
  const names = readdirSync(join(root, "skills")).filter((name) => name.startsWith(`${platform}-`));
  return Object.fromEntries(names.sort().map((name) => [name, readSkill(join(root, "skills", name))]));
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
