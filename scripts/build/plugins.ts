import type { Options } from "tsup";

export type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Puts `contents` where `filter` is imported from a file that `importer` matches. Fails the build if nothing does. */
function replace(name: string, filter: RegExp, importer: RegExp, contents: string): EsbuildPlugin {
  return {
    name,
    setup(build) {
      let hasMatched = false;
      build.onResolve({ filter }, (args) => {
        if (!importer.test(args.importer)) return undefined;
        hasMatched = true;
        return { path: name, namespace: name };
      });
      build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, resolveDir: process.cwd() }));
      build.onEnd(() =>
        hasMatched ? {} : { errors: [{ text: `${filter} is not imported by ${importer}` }] },
      );
    },
  };
}

/** Importing `process` as a module would copy each of its properties, most of them getters, once a file. */
export const globalProcess = replace(
  "global-process",
  /^node:process$/,
  /./,
  "export default globalThis.process;",
);

/**
 * The SDK's stdio transport parses with the SDK's message schemas; ours does not. They are a third of a start's time,
 * and tree shaking keeps them.
 */
export const withoutMessageSchemas = replace(
  "without-message-schemas",
  /^\.\.\/types\.js$/,
  /[\\/]sdk[\\/]dist[\\/]esm[\\/]shared[\\/]stdio\.js$/,
  "export const JSONRPCMessageSchema = undefined;",
);

/** undici's main entry also loads fetch, WebSocket, caches and mocks: two thirds of its size and of its load time. */
export const undiciWithoutFetch = replace(
  "undici-without-fetch",
  /^undici$/,
  /[\\/]src[\\/]http-client[\\/]/,
  `const { prototype } = require("undici/lib/dispatcher/dispatcher.js");
   prototype.connect = require("undici/lib/api/api-connect.js"); // a proxy's tunnel
   exports.Agent = require("undici/lib/dispatcher/agent.js");
   exports.Pool = require("undici/lib/dispatcher/pool.js");
   exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");`,
);

/**
 * undici has two builds of its parser, with and without SIMD, and uses the second if the first does not compile. The
 * second runs everywhere and is fast enough.
 */
export const undiciWithOneParser = replace(
  "undici-with-one-parser",
  /llhttp_simd-wasm\.js$/,
  /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]/,
  "module.exports = undefined;",
);

/** conf has a schema validator, which is two thirds of its size. We give it no schema. */
export const confWithoutSchemas = replace(
  "conf-without-schemas",
  /^ajv/,
  /[\\/]node_modules[\\/]conf[\\/]/,
  "export const Ajv2020 = undefined; export default undefined;",
);
