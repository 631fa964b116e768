import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LICENSE_FILE = /^(licen[cs]e|copying)(\.|$)/i;

/**
 * The folder of the npm package that a bundled file belongs to; undefined for files of this package.
 * @param {string} input
 */
function packageFolder(input) {
  return /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/** @param {string} folder */
function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => LICENSE_FILE.test(entry));
  if (!file) throw new Error(`${name} is bundled but has no license file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
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
  writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), [head, ...folders.map(notice)].join(line));
  rmSync(metafile);
}
