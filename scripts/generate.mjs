// Writes every generated file: tool definitions, sections of pages, plugins, and what registries and catalogs read.
// `npm run generate -- --check` writes nothing and fails if a file differs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runnerImport } from "vite";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

/** @type {{ module: typeof import("./generate/files.ts") }} */
const { module } = await runnerImport(join(import.meta.dirname, "generate/files.ts"), {
  configFile: false,
  logLevel: "error",
  // jsonc-parser names an ES module that Node.js cannot load.
  resolve: { noExternal: ["jsonc-parser"] },
});

const stale = Object.entries(module.generateFiles(root)).filter(
  ([path, content]) => readExisting(join(root, path)) !== content,
);
for (const [path, content] of stale) {
  process.stdout.write(`${check ? "stale" : "wrote"}: ${path}\n`);
  if (check) continue;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
if (check && stale.length > 0) {
  process.stderr.write('Generated files differ from their sources. Run "npm run generate".\n');
  process.exitCode = 1;
}

/** @param {string} path */
function readExisting(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
