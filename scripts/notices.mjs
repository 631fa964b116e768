import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LICENSE_FILE = /^(licen[cs]e|copying)(\.|$)/i;
/** Lines that only name the license, as the head of each notice does. */
const TITLE = /^(?:\(?(?:The )?(?:MIT|ISC|BSD 3-Clause) License(?: \(MIT\))?\)?\s+)+/;
/** The holder, not a template to fill in. */
const COPYRIGHT = /^Copyright\b(?! \[)/;
/** What follows explains how to use the Apache License for other work. */
const END_OF_TERMS = "END OF TERMS AND CONDITIONS";

/**
 * The folder of the npm package that a bundled file belongs to; undefined for files of this package.
 * @param {string} input
 */
function packageFolder(input) {
  return /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/**
 * The name, version and license of a package, its copyright lines, and the terms of its license.
 * @param {string} folder
 */
function readLicense(folder) {
  const { name, version, license: id } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => LICENSE_FILE.test(entry));
  if (!file) throw new Error(`${name} is bundled but has no license file`);
  const license = readFileSync(join(folder, file), "utf8").trim().replace(TITLE, "");
  const [terms = ""] = license.split(END_OF_TERMS);
  return {
    title: `${name} ${version} (${id})`,
    copyrights: splitParagraphs(license).filter((paragraph) => COPYRIGHT.test(paragraph)),
    terms: splitParagraphs(terms).filter((paragraph) => !COPYRIGHT.test(paragraph)),
  };
}

/** @param {string} text */
function splitParagraphs(text) {
  return text.trim().split(/\s*\n\s*\n\s*/);
}

/**
 * The notices of packages whose licenses have the same text, which is printed once. Line breaks do not make a difference.
 * @param {string[]} folders
 */
function notices(folders) {
  /** @type {Map<string, { heads: string[], terms: string[] }>} */
  const groups = new Map();
  for (const { title, copyrights, terms } of folders.map(readLicense)) {
    const key = terms.join(" ").replace(/\s+/g, " ");
    const group = groups.get(key) ?? { heads: [], terms };
    group.heads.push([title, ...copyrights].join("\n"));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ heads, terms }) => `${[...heads, ...terms].join("\n\n")}\n`);
}

/**
 * Writes the license of every bundled package, and removes the metafile of the build.
 * @param {string} dist the output folder of the build
 */
export function writeNotices(dist) {
  const metafile = join(dist, "metafile-esm.json");
  /** @type {{ outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }} */
  const { outputs } = JSON.parse(readFileSync(metafile, "utf8"));
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, part]) => part.bytesInOutput > 0)
      .map(([input]) => input),
  );
  const folders = [...new Set(inputs.flatMap((input) => packageFolder(input) ?? []))].sort();
  const line = `\n${"-".repeat(80)}\n\n`;
  const head = "lightfast-mcp contains the following packages.\n";
  writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), [head, ...notices(folders)].join(line));
  rmSync(metafile);
}
