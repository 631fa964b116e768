// Writes deploy/kubernetes/*.yaml: the chart, rendered with each of its examples, for clusters without Helm.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

const ROOT = join(import.meta.dirname, "..");
const CHART = join(ROOT, "deploy/chart");
const EXAMPLES = join(CHART, "examples");

/**
 * Runs Helm, which `HELM` names if it is not on the PATH, and returns its output.
 * @param {readonly string[]} args
 * @throws {Error} with Helm's own words
 */
export function helm(...args) {
  const program = process.env.HELM || "helm";
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr = "" } = /** @type {{ code?: string, stderr?: string }} */ (error);
    // Helm was not started.
    if (code) throw new Error(`${program}: ${code}. Install Helm 3, or set HELM to its path.`);
    throw new Error(`helm ${args[0]} failed:\n${stderr}`);
  }
}

/**
 * Returns every manifest by its path below the root of the repository.
 * @returns {Record<string, string>}
 */
export function renderManifests() {
  return Object.fromEntries(
    readdirSync(EXAMPLES).map((file) => [`deploy/kubernetes/${file}`, renderExample(file)]),
  );
}

/** @param {string} file an example of the chart */
function renderExample(file) {
  const example = join(EXAMPLES, file);
  const release = `${basename(file, ".yaml")}-mcp`;
  const head = readFileSync(example, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("#"));
  const rendered = helm("template", release, CHART, "--values", example)
    .replaceAll(/^# Source: .*\n/gm, "")
    // They are true of a release only.
    .replaceAll(/^ *(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, "");
  return `# Rendered from deploy/chart by "node scripts/manifests.mjs". Edit the chart or its examples instead.\n${head.join("\n")}\n${rendered}`;
}

if (process.argv[1] === import.meta.filename)
  for (const [path, content] of Object.entries(renderManifests())) writeFileSync(join(ROOT, path), content);
