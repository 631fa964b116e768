// A named import, so that the bundle contains the version and nothing else of the manifest.
import { version as packageVersion } from "../package.json";

/** The version of this package. */
export const version: string = packageVersion;

/** How the protocol engine refers to this program; it knows no name of its own. */
export const PROGRAM = {
  name: "lightfast-mcp",
  /** The `_meta` key of a failed result's details. */
  errorMetaKey: "ai.lightfast/error",
  /** How to get the log that a bug report needs. */
  debugOption: "--log-level debug",
} as const;

/** Where people find the documentation. */
export const REPOSITORY_URL = "https://github.com/lightfastai/mcp";
