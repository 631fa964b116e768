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

/** The parts of packages that this program never reaches: the importing files, what they import, and why it is unused. */
const UNREACHED: readonly (readonly [importer: RegExp, imported: RegExp, why: string])[] = [
  [/[\\/]node_modules[\\/]conf[\\/]/, /^ajv/, "it is given no schema"],
  [/[\\/]node_modules[\\/]conf[\\/]/, /^semver$/, "it is given no migrations"],
  [/[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client\.js$/, /client-h2\.js$/, "it is not told to use HTTP/2"],
  [/[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/, /fetch\/body\.js$/, "no body is a FormData"],
  [
    /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]proxy-agent\.js$/,
    /socks5-proxy-agent$/,
    "a proxy is an http URL",
  ],
  [/[\\/]node_modules[\\/]pino[\\/]/, /\/transport$/, "it writes through a function of ours"],
  [/[\\/]node_modules[\\/]prom-client[\\/]/, /\/summary$/, "no metric is a summary"],
  [
    /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/,
    /json-schema-processors\.js$/,
    "JSON Schemas are generated before",
  ],
];

/** Two thirds of conf and a fifth of undici among others. Fails the build if a package no longer has one of them. */
export const withoutUnreached = UNREACHED.map(([importer, imported], index) =>
  replace(
    `unreached-${index}`,
    imported,
    importer,
    "module.exports = { __esModule: true, Ajv2020: undefined };",
  ),
);
