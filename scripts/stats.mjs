/**
 * Prints the size and shape of the code base: files, lines, imports between files, cycles.
 * `npm run stats -- <folder>` measures another checkout. Exits with 1 if a limit is exceeded. `--lonely` lists files with one importer beside them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import process from "node:process";

process.chdir(process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? ".");

/** @param {string} folder @returns {string[]} the TypeScript files below a folder */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(".", join(entry.parentPath, entry.name)));
}

const sources = filesBelow("src").filter((file) => !file.includes(".generated."));
const text = new Map(sources.map((file) => [file, readFileSync(file, "utf8")]));
/** @param {string} file */
function countLines(file) {
  return (text.get(file) ?? "").split("\n").length - 1;
}

/** Static imports and re-exports, and `import()`. */
const IMPORT = /(?:\bfrom|\bimport\s*\(|^import)\s*"(\.[^"]+)"/gm;
/** `import type` and `export type` do not exist at run time. */
const TYPE_IMPORT = /^(?:import|export) type [^;]*? from "(\.[^"]+)";/gm;

/** @param {string} file @param {RegExp} pattern @returns {Set<string>} the files that a file imports */
function findImports(file, pattern) {
  const found = [...(text.get(file) ?? "").matchAll(pattern)].map((match) => match[1] ?? "");
  return new Set(found.map((path) => normalize(join(dirname(file), path))).filter((path) => text.has(path)));
}

const imports = new Map(sources.map((file) => [file, findImports(file, IMPORT)]));
/** @type {Map<string, string[]>} */
const importers = new Map(sources.map((file) => [file, []]));
for (const [file, targets] of imports) for (const target of targets) importers.get(target)?.push(file);

/** @returns {string[][]} the import cycles without types (Tarjan's strongly connected components) */
function findCycles() {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const found = [];
  /** @param {string} file */
  function visit(file) {
    const node = { index: seen.size, low: seen.size, open: true };
    seen.set(file, node);
    stack.push(file);
    const typesOnly = findImports(file, TYPE_IMPORT);
    for (const target of imports.get(file) ?? []) {
      if (typesOnly.has(target)) continue;
      const known = seen.get(target) ?? visit(target);
      if (known.open) node.low = Math.min(node.low, known.low);
    }
    if (node.low !== node.index) return node;
    const members = stack.splice(stack.indexOf(file));
    for (const member of members) {
      const known = seen.get(member);
      if (known) known.open = false;
    }
    if (members.length > 1) found.push(members);
    return node;
  }
  for (const file of sources) if (!seen.has(file)) visit(file);
  return found;
}

const lines = sources.map(countLines);
const total = lines.reduce((sum, count) => sum + count, 0);
const longest = sources.toSorted((a, b) => countLines(b) - countLines(a));
const lonely = sources.filter((file) => {
  const [first, ...more] = importers.get(file) ?? [];
  return first !== undefined && more.length === 0 && dirname(first) === dirname(file);
});
const links = [...imports.values()].reduce((sum, targets) => sum + targets.size, 0);
const loops = findCycles();
const tests = filesBelow("test").filter((file) => file.endsWith(".test.ts"));

/** @type {[what: string, value: number, limit: string, isWithin: boolean][]} */
const rows = [
  ["files in src", sources.length, "at most 150", sources.length <= 150],
  ["lines in src", total, "at most 16500", total <= 16_500],
  ["mean lines a file", Math.round(total / sources.length), "at least 100", total / sources.length >= 100],
  ["lines of the longest file", Math.max(...lines), "at most 450", Math.max(...lines) <= 450],
  ["imports between files", links, "at most 720", links <= 720],
  ["import cycles", loops.length, "none", loops.length === 0],
  ["files with one importer, beside it", lonely.length, "at most 20", lonely.length <= 20],
  ["test files", tests.length, "at most 170", tests.length <= 170],
];

for (const [what, value, limit, isWithin] of rows) {
  process.stdout.write(
    `${isWithin ? "ok  " : "OVER"} ${what.padEnd(36)}${String(value).padStart(7)}   ${limit}\n`,
  );
}
process.stdout.write(
  `\nLongest: ${longest
    .slice(0, 5)
    .map((file) => `${file} ${countLines(file)}`)
    .join(", ")}\n`,
);
for (const loop of loops) process.stdout.write(`Cycle: ${loop.join(" -> ")}\n`);
if (process.argv.includes("--lonely")) process.stdout.write(`One importer: ${lonely.join(", ")}\n`);
process.exitCode = rows.every(([, , , isWithin]) => isWithin) ? 0 : 1;
