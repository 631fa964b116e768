// A named import, so that the bundle contains the version and nothing else of the manifest.
import { version as packageVersion } from "../package.json";

/** The version of this package. */
export const version: string = packageVersion;
