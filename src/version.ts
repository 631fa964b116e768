// A named import, so that the bundler takes the version alone and not the whole manifest.
export { version } from "../package.json";
