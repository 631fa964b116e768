import { writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { EsbuildPlugin } from "./plugins.ts";

type Build = Parameters<EsbuildPlugin["setup"]>[0];

/** The file that starts the program, relative to the output folder. */
const START_FILE = "cli.cjs";
/** The ES module through which the others import from the start file, relative to the output folder. */
const START_MODULE = "start.js";
/** The same for bundlers of a host: they cannot follow `createRequire` to the start file. */
const BUNDLER_FILE = "start.bundler.js";
/** Selects START_MODULE or BUNDLER_FILE ("imports" in package.json). */
const START_IMPORT = "#start";
const RELATIVE_MODULE = /^\.{1,2}\/.+\.ts$/;
const NAMES_FROM_START = /\b(?:import|export)\s*\{([^}]*)\}\s*from\s*"#start"/g;

/**
 * Splits the output in two: `entry` with everything it imports statically becomes one CommonJS file, and each module
 * that it loads with `import()` becomes an ES module beside it. Loading one CommonJS file costs a third of what a few ES
 * modules cost. esbuild cannot split CommonJS, so the start file is a build of its own. The ES modules import what they
 * share with it from that file: state and class identities exist once.
 * @param entry the module to start with, relative to the working directory
 * @param plugins for the build of the start file
 */
export function startFile(entry: string, plugins: EsbuildPlugin[]): EsbuildPlugin {
  return {
    name: "start-file",
    async setup(build) {
      const { outdir = "dist" } = build.initialOptions;
      const { modules, lazy } = await analyzeStart(build, entry, plugins);
      build.initialOptions.entryPoints = {
        ...(build.initialOptions.entryPoints as Record<string, string>),
        ...Object.fromEntries(lazy.map((path) => [chunkName(path), path])),
      };
      build.onResolve({ filter: RELATIVE_MODULE }, ({ path, resolveDir }) =>
        modules.includes(resolve(resolveDir, path))
          ? { path: START_IMPORT, external: true, sideEffects: false }
          : undefined,
      );
      build.onEnd(async (result) => {
        const shared = namesFromStart((result.outputFiles ?? []).map(({ text }) => text));
        const exports = await startExports(build, modules, shared);
        const options = startOptions(build, [...plugins, lazyImports(modules)]);
        const { metafile } = await build.esbuild.build({
          ...options,
          stdin: {
            contents: startContents([["main", resolve(entry)], ...exports]),
            resolveDir: process.cwd(),
          },
          logOverride: { "commonjs-variable-in-esm": "silent" },
          outfile: join(outdir, START_FILE),
        });
        const names = `export const{${[...shared].join()}}=`;
        // Importing the CommonJS file would make Node.js scan it for its exports, which costs about 10 ms.
        const load = `createRequire(import.meta.url)("./${START_FILE}")`;
        writeFileSync(
          join(outdir, START_MODULE),
          `import{createRequire}from"node:module";${names}${load};\n`,
        );
        writeFileSync(join(outdir, BUNDLER_FILE), `import start from"./${START_FILE}";${names}start;\n`);
        // The notices are written from the record of all outputs.
        Object.assign(result.metafile?.outputs ?? {}, metafile.outputs);
      });
    },
  };
}

/** The modules of the start file, and those that it loads later: absolute paths, or names of packages. */
async function analyzeStart(build: Build, entry: string, plugins: EsbuildPlugin[]) {
  const lazy = new Set<string>();
  const { metafile } = await build.esbuild.build({
    ...startOptions(build, [...plugins, lazyImports([], (module) => lazy.add(module))]),
    entryPoints: [entry],
    outdir: "analysis",
    write: false,
  });
  const modules = Object.keys(metafile.inputs)
    .filter((input) => input.startsWith("src/") && input.endsWith(".ts"))
    .map((input) => resolve(input));
  return { modules, lazy: [...lazy].filter((path) => !modules.includes(path)) };
}

/** The names that the other files import from the start file. */
function namesFromStart(sources: readonly string[]): ReadonlySet<string> {
  const lists = sources.flatMap((source) =>
    [...source.matchAll(NAMES_FROM_START)].map(([, list = ""]) => list),
  );
  return new Set(
    lists.flatMap((list) => list.split(",").map((item) => item.trim().split(/\s+as\s+/)[0] ?? "")),
  );
}

/** Assigns what the start file exports. For `export` statements, esbuild would define two getters each at every start. */
function startContents(exports: readonly (readonly [name: string, file: string])[]): string {
  const imports = exports.map(([name, file]) => `import { ${name} } from ${JSON.stringify(file)};`);
  return [...imports, `module.exports = { ${exports.map(([name]) => name).join()} };`].join("\n");
}

/**
 * The shared names with the files that export them.
 * @throws Error if two modules of the start export the same shared name
 */
async function startExports(build: Build, modules: readonly string[], shared: ReadonlySet<string>) {
  const { metafile } = await build.esbuild.build({
    entryPoints: [...modules],
    outdir: "analysis",
    format: "esm",
    write: false,
    metafile: true,
  });
  const owners = new Map<string, string>();
  for (const { entryPoint = "", exports } of Object.values(metafile.outputs)) {
    for (const name of exports.filter((name) => shared.has(name))) {
      const other = owners.get(name);
      if (other) throw new Error(`${other} and ${entryPoint} both export ${name}. Rename one of them.`);
      owners.set(name, entryPoint);
    }
  }
  return [...owners].map(([name, file]) => [name, resolve(file)] as const);
}

function startOptions(build: Build, plugins: EsbuildPlugin[]) {
  const { target, minify } = build.initialOptions;
  return {
    bundle: true,
    format: "cjs" as const,
    platform: "node" as const,
    ...(target !== undefined && { target }),
    ...(minify !== undefined && { minify }),
    metafile: true as const,
    plugins,
  };
}

/** Leaves `import()` of a module outside the start file to the ES module that is made of it. */
function lazyImports(modules: readonly string[], onFound = (_module: string): void => {}): EsbuildPlugin {
  return {
    name: "lazy-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ kind, path, resolveDir }) => {
        const module = resolveModule(resolveDir, path);
        if (kind !== "dynamic-import" || isBuiltin(module) || modules.includes(module)) return undefined;
        onFound(module);
        return { path: `./${chunkName(module)}.js`, external: true };
      });
    },
  };
}

/** The path of a module of this package, or the name of another package. */
function resolveModule(folder: string, specifier: string): string {
  return RELATIVE_MODULE.test(specifier) ? resolve(folder, specifier) : specifier;
}

function chunkName(module: string): string {
  return (isAbsolute(module) ? relative("src", module) : module)
    .replace(/(?:\/index)?\.ts$/, "")
    .replaceAll(sep, "-");
}
