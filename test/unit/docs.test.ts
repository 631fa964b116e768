import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const REPOSITORY = "https://github.com/lightfastai/mcp";
/** Texts of these are shown to people, or published. */
const ROOTS = [".", ".github", "bin", "deploy", "docs", "mcpb", "scripts", "src"];
const TEXTS = /\.(?:md|txt|ts|mjs|js|json|ya?ml|svg|tpl)$/;

const FILES = ROOTS.flatMap((root) =>
  readdirSync(root, { withFileTypes: true, recursive: root !== "." })
    .filter((entry) => entry.isFile() && TEXTS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)),
).filter((path) => !path.startsWith("package-lock"));
const PAGES = FILES.filter((path) => path.endsWith(".md"));

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
  const slugs = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set(slugs);
}

/** Why a link to a path of the repository leads nowhere; undefined if it does. */
function brokenLink(path: string, anchor: string | undefined): string | undefined {
  if (path.startsWith("..")) return `${path} is outside of the repository`;
  if (!existsSync(path)) return `${path} does not exist`;
  if (!anchor || (statSync(path).isFile() && anchorsOf(path).has(anchor))) return undefined;
  return `${path} has no heading #${anchor}`;
}

/** The targets of a page's links and pictures, outside of code. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(page, "utf8")
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(([, target = ""]) => target);
}

describe("documentation", () => {
  test.each(PAGES)("every link of %s leads to a file or a heading", (page) => {
    const broken = linksOf(page)
      .filter((target) => !/^[a-z]+:/.test(target))
      .flatMap((target) => {
        const [path = "", anchor] = target.split("#");
        return brokenLink(path === "" ? page : normalize(join(dirname(page), path)), anchor) ?? [];
      });
    expect(broken).toEqual([]);
  });

  test("every address of the repository, in any text, leads to a file or a heading", () => {
    const address = new RegExp(
      `(?:${REPOSITORY}/(?:blob|tree)|https://raw\\.githubusercontent\\.com/lightfastai/mcp)/(?:main|HEAD)/([\\w./-]*[\\w/])(?:#([\\w-]+))?`,
      "g",
    );
    const found = FILES.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(address)].map(([, path = "", anchor]) => ({
        file,
        path,
        anchor,
      })),
    );
    expect(found.map(({ path }) => path)).toContain("docs/lfx.md");
    expect(
      found.flatMap(({ file, path, anchor }) => {
        const reason = brokenLink(path, anchor);
        return reason ? [`${file}: ${reason}`] : [];
      }),
    ).toEqual([]);
  });

  test("nothing refers to the retired documentation pages of the site", () => {
    const retired = FILES.filter((file) => /lightfast\.ai\/docs/.test(readFileSync(file, "utf8")));
    expect(retired).toEqual([]);
  });

  test("the README is a landing page: short, with every page in reach", () => {
    const readme = readFileSync("README.md", "utf8");
    expect(readme.trimEnd().split("\n").length).toBeLessThan(120);
    const reached = new Set(["README.md"]);
    for (const page of reached)
      for (const target of linksOf(page)) {
        const path = normalize(join(dirname(page), target.split("#")[0] ?? ""));
        if (path.endsWith(".md") && existsSync(path)) reached.add(path);
      }
    const isForUsers = (page: string) => page.startsWith("docs");
    expect(PAGES.filter((page) => isForUsers(page) && !reached.has(page))).toEqual([]);
  });

  test("llms.txt has the form of llmstxt.org and names every page for users", () => {
    const text = readFileSync("llms.txt", "utf8");
    expect(text).toMatch(
      /^# \S.*\n\n> \S.*\n\n(?:[^#].*\n+)*(?:## .+\n\n(?:- \[[^\]]+\]\(https:\S+\): .+\n)+\n?)+$/,
    );
    const pages = PAGES.filter((page) => /^docs[\\/][a-z]+\.md$/.test(page));
    expect(pages.filter((page) => !text.includes(`/main/${page.replaceAll("\\", "/")})`))).toEqual([]);
  });
});
