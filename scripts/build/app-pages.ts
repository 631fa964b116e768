import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { EsbuildPlugin } from "./plugins.ts";

/** Where the page's style and script go. */
const PLACES = { css: "<style></style>", js: "<script></script>" };
/** The oldest browsers with `light-dark()`, which the styles of clients contain (MCP Apps, "Theming"), and `:has()`. */
const TARGET = ["chrome123", "firefox121", "safari17.5"];

/**
 * Importing `<name>.html` yields the page as one text: with `<name>.css`, and with the script `page.ts` beside it. All are
 * minified.
 */
export const appPages: EsbuildPlugin = {
  name: "app-pages",
  setup(build) {
    build.onLoad({ filter: /\.html$/ }, async ({ path }) => {
      const folder = dirname(path);
      const bundle = async (contents: string, loader: "ts" | "css"): Promise<string> => {
        const { outputFiles } = await build.esbuild.build({
          stdin: { contents, loader, resolveDir: folder },
          bundle: true,
          minify: true,
          charset: "utf8",
          format: "iife",
          target: TARGET,
          write: false,
        });
        return outputFiles[0]?.text.trim() ?? "";
      };
      // esbuild keeps the spaces in values of custom properties.
      const minifyCss = async (css: string) =>
        (await bundle(css, "css")).replaceAll(/([:,]) | (?=\/)|(?<=\/) /g, "$1");
      const html = await readFile(path, "utf8");
      const style = await minifyCss(await readFile(path.replace(/html$/, "css"), "utf8"));
      const script = await bundle('import{openPage}from"./page.ts";openPage(window);', "ts");
      if (/<\/(?:script|style)/i.test(script + style))
        throw new Error(`${basename(path)}: a closing tag is inside its script or style`);
      const contents = html
        .replaceAll(/\n\s*/g, "")
        .replaceAll(/="([\w-]+)"/g, "=$1")
        .replace(PLACES.css, () => `<style>${style}</style>`)
        .replace(PLACES.js, () => `<script>${script}</script>`);
      const watchFiles = ["page.ts", "watch.ts", basename(path).replace(/html$/, "css")];
      return { contents, loader: "text", watchFiles: watchFiles.map((file) => join(folder, file)) };
    });
  },
};
