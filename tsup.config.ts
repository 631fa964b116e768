import { defineConfig } from "tsup";
import { appPages } from "./scripts/build/app-pages.ts";
import {
  globalProcess,
  undiciParserConstants,
  undiciParserInHex,
  undiciWithOneParser,
  undiciWithoutFetch,
  withoutMessageSchemas,
  withoutUnreached,
} from "./scripts/build/plugins.ts";
import { startFile } from "./scripts/build/start-file.ts";
import { writeNotices } from "./scripts/notices.mjs";

const config = defineConfig({
  entry: { index: "src/index.ts" },
  format: "esm",
  target: "node20.18",
  platform: "node",
  splitting: true,
  minify: true,
  clean: true,
  dts: true,
  noExternal: [/.*/],
  metafile: true,
  onSuccess: async () => writeNotices("dist"),
  esbuildPlugins: [
    startFile("src/cli/main.ts", [globalProcess, withoutMessageSchemas]),
    appPages,
    globalProcess,
    undiciWithoutFetch,
    undiciWithOneParser,
    undiciParserInHex,
    undiciParserConstants,
    ...withoutUnreached,
  ],
  // Bundled CommonJS packages load Node's own modules with `require`, which an ES module lacks.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
});

export default config;
