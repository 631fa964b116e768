/**
 * Reports words that the style guide bans, as file:line, and exits with 1 if it finds any.
 * `npm run check:language` covers src, docs, skills, test, scripts, README.md, CHANGELOG.md and llms.txt; arguments select other files and folders.
 * `--summary` prints the number of findings per folder instead.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const DEFAULT_PATHS = ["src", "docs", "skills", "test", "scripts", "README.md", "CHANGELOG.md", "llms.txt"];
const CHECKED_FILES = /(?<!check-language)\.(?:ts|mjs|js|md)$/;

/** Words that are also banned as a part of an identifier, such as `exitIfNobodyCalls`. */
const WORDS = ["anew", "mend", "mended", "mending", "mends", "nobody", "shall", "whoever"];

const PHRASES = [
  "goes without saying",
  "(?:is|are|was|were|be|been|being) told",
  "lets? go of",
  "of ours",
  "so (?:long|many)",
  "stands? (?:in(?! for)|there)",
  "what it takes",
  "(?:he|him|himself|his)",
];

/** British spellings, as stems: each covers its inflections. */
const BRITISH = [
  "analys(?:e|es|ed|ing)",
  "authoris\\w+",
  "behaviour\\w*",
  "catalogue\\w*",
  "centre\\w*",
  "colour\\w*",
  "customis\\w+",
  "favour\\w*",
  "honour\\w*",
  "initialis\\w+",
  "licence\\w*",
  "normalis\\w+",
  "optimis(?:e|es|ed|ing|ation)",
  "organis\\w+",
  "recognis\\w+",
  "serialis\\w+",
  "summaris\\w+",
  "whilst",
];

/** Identifiers that had a private meaning in this code base. */
const IDENTIFIERS = [
  "Admit",
  "ClientProof",
  "Keeper",
  "Offer",
  "OpenWay",
  "Patience",
  "Poster",
  "Surroundings",
  "Way",
  "cancelOf",
  "converse",
  "couldNotAnswer",
  "examine",
  "keyless",
  "leaveIfNobodyCalls",
  "oauthWay",
  "redactAll",
  "narrowings",
  "softly",
  "sortOut",
  "strays",
  "tellTerminal",
  "untilEnd",
  "wordsFor",
];

const PATTERNS = [
  new RegExp(`\\b(?:${[...WORDS, ...PHRASES, ...BRITISH].join("|")})\\b`, "gi"),
  new RegExp(`(?<=[a-z0-9])(?:${WORDS.map(capitalize).join("|")})(?![a-z])`, "g"),
  new RegExp(`\\b(?:${WORDS.join("|")})(?=[A-Z])`, "g"),
  new RegExp(`\\b(?:${IDENTIFIERS.join("|")})\\b`, "g"),
];

const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith("--"));
const findings = (paths.length > 0 ? paths : DEFAULT_PATHS).flatMap(filesBelow).flatMap(findBannedWords);

if (args.includes("--summary")) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { file } of findings) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  for (const [folder, count] of counts) process.stdout.write(`${String(count).padStart(5)} ${folder}\n`);
} else {
  for (const { file, line, word } of findings) process.stdout.write(`${file}:${line}: ${word}\n`);
}
process.stdout.write(`${findings.length} banned words (see "Language" in CONTRIBUTING.md)\n`);
process.exitCode = findings.length > 0 ? 1 : 0;

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && CHECKED_FILES.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** @param {string} file */
function findBannedWords(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((text, index) =>
      PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)]).map(([word]) => ({
        file,
        line: index + 1,
        word,
      })),
    );
}

/** @param {string} word */
function capitalize(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
