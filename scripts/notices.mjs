import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LICENCE_FILE = /^(licen[cs]e|copying)(\.|$)/i;

/**
 * The folder of the npm package that a bundled file belongs to; undefined for our own files.
 * @param {string} input
 */
const packageFolder = (input) => /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

/** @param {string} folder */
const notice = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => LICENCE_FILE.test(entry));
  if (!file) throw new Error(`${name} is bundled but has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
};

/**
 * Writes the licence of every package that ended up in the bundle, and removes the bundler's own record of it.
 * @param {string} dist the folder the bundle was written to
 */
export const writeNotices = (dist) => {
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
  writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), [head, ...folders.map(notice)].join(line));
  rmSync(metafile);
};
