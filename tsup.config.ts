import { resolve } from "node:path";
import { defineConfig, type Options } from "tsup";
import { writeNotices } from "./scripts/notices.mjs";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Puts `contents` where `filter` is imported from a file that `importer` matches. */
const replace = (name: string, filter: RegExp, importer: RegExp, contents: string): Plugin => ({
  name,
  setup(build) {
    build.onResolve({ filter }, (args) =>
      importer.test(args.importer) ? { path: name, namespace: name } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, resolveDir: import.meta.dirname }));
  },
});

/**
 * The SDK's stdio transport parses with the SDK's message schemas, ours on its own. They are a third of a start's
 * time, and no tree shaking removes them.
 */
const withoutMessageSchemas = replace(
  "without-message-schemas",
  /^\.\.\/types\.js$/,
  /[\\/]sdk[\\/]dist[\\/]esm[\\/]shared[\\/]stdio\.js$/,
  "export const JSONRPCMessageSchema = undefined;",
);

/** undici's main entry also loads fetch, WebSocket, caches and mocks: two thirds of its size and of its load time. */
const undiciWithoutFetch = replace(
  "undici-without-fetch",
  /^undici$/,
  /[\\/]src[\\/]http-client[\\/]/,
  `const { prototype } = require("undici/lib/dispatcher/dispatcher.js");
   prototype.request = require("undici/lib/api/api-request.js");
   prototype.connect = require("undici/lib/api/api-connect.js"); // a proxy's tunnel
   exports.Agent = require("undici/lib/dispatcher/agent.js");
   exports.Pool = require("undici/lib/dispatcher/pool.js");
   exports.EnvHttpProxyAgent = require("undici/lib/dispatcher/env-http-proxy-agent.js");`,
);

/**
 * undici carries its parser twice, for processors with and without SIMD, and takes the second where the first cannot be
 * compiled. One answer a call is no load for either, and the one that runs everywhere is enough.
 */
const undiciWithOneParser = replace(
  "undici-with-one-parser",
  /llhttp_simd-wasm\.js$/,
  /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]/,
  "module.exports = undefined;",
);

/** conf brings a schema validator, for schemas that we give it none of: two thirds of its size. */
const confWithoutSchemas = replace(
  "conf-without-schemas",
  /^ajv/,
  /[\\/]node_modules[\\/]conf[\\/]/,
  "export const Ajv2020 = undefined; export default undefined;",
);

/**
 * Each lazily loaded module is made to need the whole of what a start needs. The bundler shares code by who needs it,
 * and would otherwise spread the start over a dozen small files, each of which costs half a millisecond to load.
 */
const startInOnePiece: Plugin = {
  name: "start-in-one-piece",
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.+\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import" ? { path: resolve(resolveDir, path), namespace: "lazy" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents: `import "./src/cli/commands/serve.ts"; export * from ${JSON.stringify(path)};`,
      resolveDir: import.meta.dirname,
    }));
  },
};

const config = defineConfig({
  entry: { cli: "src/cli/main.ts", index: "src/index.ts" },
  format: "esm",
  target: "node20.18",
  platform: "node",
  splitting: true,
  minify: true,
  clean: true,
  dts: { entry: { index: "src/index.ts" } },
  noExternal: [/.*/],
  metafile: true,
  onSuccess: async () => writeNotices("dist"),
  esbuildPlugins: [
    withoutMessageSchemas,
    undiciWithoutFetch,
    undiciWithOneParser,
    confWithoutSchemas,
    startInOnePiece,
  ],
  // Bundled CommonJS packages ask for Node's own modules by `require`, which an ES module lacks.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
});

export default config;
