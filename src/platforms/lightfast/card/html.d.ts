/** The page as one text, with its style and script: scripts/build/app-pages.ts. */
declare module "*.html" {
  const page: string;
  // biome-ignore lint/style/noDefaultExport: so does esbuild's loader of texts
  export default page;
}
