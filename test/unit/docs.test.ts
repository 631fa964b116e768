import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

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

/** Command lines of this program in code, each as the words after the program. */
function commandsOf(page: string): readonly (readonly string[])[] {
  const text = readFileSync(page, "utf8");
  const lines = text.matchAll(
    /(?:^|`)(?:[A-Z_]+=\S+ )*(?:npx -y @lightfastai\/mcp(?:@latest)?|lightfast-mcp) ([^`\n|#<>&]+)/gm,
  );
  return [...lines].map(([, rest = ""]) => rest.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []);
}

/** The first word of a command line that is neither a command nor an option where it is; undefined if there is none. */
function unknownWord(words: readonly string[]): string | undefined {
  const path = [createProgram()];
  for (const [index, word] of words.entries()) {
    const command = path.at(-1);
    const child = command?.commands.find((one) => one.name() === word);
    if (word === "--") return undefined;
    if (child) path.push(child);
    else if (word.startsWith("--")) {
      const flag = word.split("=")[0];
      if (flag !== "--help" && !path.some(({ options }) => options.some(({ long }) => long === flag)))
        return word;
    } else if (command?.commands.length && /^[a-z]+$/.test(word) && !words[index - 1]?.startsWith("--"))
      return word;
  }
  return undefined;
}

/** Tables whose first column quotes what the program says, by the head of that column. */
const QUOTING_TABLES = ["What you see", "Code", "`msg`"];

/** What the tables of a page quote from the program: error texts, error codes, and log lines. */
function quotesOf(page: string): readonly string[] {
  const tables = readFileSync(page, "utf8").match(/(?:^\|.*\n)+/gm) ?? [];
  return tables
    .map((table) => table.split("\n").map((row) => row.split("|")[1]?.trim() ?? ""))
    .filter(([head = ""]) => QUOTING_TABLES.includes(head))
    .flatMap(([, , ...cells]) =>
      cells.flatMap((cell) => [...cell.matchAll(/`([^`]*[a-z][^`]*)`/gi)].map(([, text = ""]) => text)),
    );
}

const HOLE = "\0";

/** The texts in the source, with a mark for each value that is inserted. */
function textsInSource(): readonly string[] {
  const texts: string[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isIdentifier(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node))
      texts.push(
        [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join(HOLE),
      );
    ts.forEachChild(node, collect);
  };
  for (const file of FILES.filter((path) => /^(?:src|bin)\b.*\.(?:ts|js)$/.test(path)))
    collect(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest));
  return texts;
}

describe("documentation", () => {
  test("every error text, error code and log line that a table quotes is in the source", () => {
    const texts = textsInSource();
    // The source inserts versions. A code is a text of its own.
    const isInSource = (quote: string): boolean => {
      const wanted = quote.replaceAll(/\d+(?:\.\d+)+/g, HOLE);
      return texts.some((text) => (wanted.includes(" ") ? text.includes(wanted) : text === wanted));
    };
    const quotes = PAGES.filter((page) => !/CHANGELOG|decisions/.test(page)).flatMap((page) =>
      quotesOf(page).map((quote) => ({ page, quote })),
    );
    const pages = new Set(quotes.map(({ page }) => page));
    expect([...pages]).toEqual(expect.arrayContaining(["README.md", "docs/errors.md", "docs/operate.md"]));
    expect(quotes.map(({ quote }) => quote)).toContain("No Lightfast API key is set");
    expect(["No Lightfast key is set", "audit event missing", "invalid_tok"].filter(isInSource)).toEqual([]);
    expect(quotes.filter(({ quote }) => !isInSource(quote))).toEqual([]);
  });

  test("the next test finds commands, and those that do not exist", () => {
    expect(commandsOf("README.md")).toContainEqual(["install", "--remote"]);
    expect(
      [["signals"], ["install", "--remotely"], ["lfx", "whoami"], ["http", "--grants=1"]].map(unknownWord),
    ).toEqual(["signals", "--remotely", "whoami", "--grants=1"]);
  });

  test.each(PAGES.filter((page) => !/CHANGELOG|decisions/.test(page)))(
    "every command in %s exists, with its options",
    (page) => {
      expect(commandsOf(page).filter((words) => unknownWord(words) !== undefined)).toEqual([]);
    },
  );

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
