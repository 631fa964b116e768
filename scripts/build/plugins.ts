import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Options } from "tsup";

export type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number];

const require = createRequire(import.meta.url);

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

const PROCESS_IMPORT = /^import process from ["']node:process["'];$/m;

/** Importing `process` as a module would copy each of its properties, some of which are slow to read. */
export const globalProcess: EsbuildPlugin = {
  name: "global-process",
  setup(build) {
    build.onLoad({ filter: /[\\/](?:src|@modelcontextprotocol)[\\/].+\.[jt]s$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(PROCESS_IMPORT, ""),
      loader: "ts",
    }));
  },
};

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

/** In hexadecimal digits a byte always has the same text, which compresses a sixth better than Base64. */
export const undiciParserInHex = replace(
  "undici-parser-in-hex",
  /llhttp-wasm\.js$/,
  /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]/,
  `module.exports = Buffer.from("${Buffer.from(require("undici/lib/llhttp/llhttp-wasm.js")).toString("hex")}", "hex");`,
);

/** Of the constants of undici's parser, only those that its importer uses: a fifth. */
export const undiciParserConstants = replace(
  "undici-parser-constants",
  /llhttp\/constants\.js$/,
  /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/,
  `module.exports = ${JSON.stringify(usedConstants())};`,
);

function usedConstants(): Readonly<Record<string, unknown>> {
  const importer = readFileSync(require.resolve("undici/lib/dispatcher/client-h1.js"), "utf8");
  const constants: Readonly<Record<string, unknown>> = require("undici/lib/llhttp/constants.js");
  const used = [...importer.matchAll(/\bconstants\.(\w+)/g)].map(([, name = ""]) => name);
  return Object.fromEntries(used.map((name) => [name, constants[name]]));
}

/** The parts of packages that this program never reaches: the importing files, what they import, and why it is unused. */
const UNREACHED: readonly (readonly [importer: RegExp, imported: RegExp, why: string])[] = [
  [/[\\/]node_modules[\\/]conf[\\/]/, /^ajv/, "it is given no schema"],
  [/[\\/]node_modules[\\/]conf[\\/]/, /^semver$/, "it is given no migrations"],
  // Besides, it fails when it is loaded if the user has no home directory.
  [/[\\/]node_modules[\\/]conf[\\/]/, /^env-paths$/, "it is given its folder"],
  [/[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client\.js$/, /client-h2\.js$/, "it is not told to use HTTP/2"],
  [/[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/, /fetch\/body\.js$/, "no body is a FormData"],
  [
    /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]proxy-agent\.js$/,
    /socks5-proxy-agent$/,
    "a proxy is an http URL",
  ],
  [/[\\/]node_modules[\\/]pino[\\/]/, /\/transport$/, "it writes through our own function"],
  [/[\\/]node_modules[\\/]pino[\\/]/, /\/multistream$/, "it writes to one place"],
  [/[\\/]node_modules[\\/]pino[\\/]/, /^@pinojs\/redact$/, "it redacts nothing: ours does, in every output"],
  [/[\\/]node_modules[\\/]pino[\\/]/, /^sonic-boom$/, "it writes through our own function"],
  [/[\\/]node_modules[\\/]pino[\\/]/, /^on-exit-leak-free$/, "it writes through our own function"],
  [/[\\/]node_modules[\\/]prom-client[\\/]/, /\/summary$/, "no metric is a summary"],
  [/[\\/]node_modules[\\/]prom-client[\\/]/, /\/pushgateway$/, "metrics are read, not sent"],
  [/[\\/]node_modules[\\/]prom-client[\\/]/, /\/cluster$/, "a server is one process"],
  [/[\\/]prom-client[\\/]index\.js$/, /\/metricAggregators$/, "a server is one process"],
  [/[\\/]node_modules[\\/]prom-client[\\/]/, /\/bucketGenerators$/, "the buckets are listed"],
  [
    /[\\/]yaml[\\/]dist[\\/]parse[\\/]cst\.js$/,
    /\/cst-(?:scalar|stringify|visit)\.js$/,
    "edits change the text",
  ],
  [
    /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/,
    /json-schema-processors\.js$/,
    "JSON Schemas are generated before",
  ],
  [
    /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/,
    /\/to-json-schema\.js$/,
    "JSON Schemas are generated before",
  ],
];

/** A fifth of undici among others. Fails the build if a package no longer has one of them. */
export const withoutUnreached = UNREACHED.map(([importer, imported], index) =>
  replace(`unreached-${index}`, imported, importer, "module.exports = class {};"),
);
