import type { FlagsOf, OptionRow } from "../../../config/reader.ts";
import { sharedOptions } from "../../../config/resolve.ts";
import { toolOptions } from "../../../config/tools.ts";
import { DEFAULT_PROFILE } from "./profiles.ts";
import { DEFAULT_BASE_URL } from "./upstream.ts";

/** The options of every Lightfast command. Help, docs/cli.md and settings follow this table. */
export const LIGHTFAST_OPTIONS = {
  apiKey: {
    flag: "--api-key",
    argument: "key",
    variables: ["LIGHTFAST_API_KEY"],
    description: "Lightfast API key (lf_...); prefer the variable, other users can see a flag",
    secret: true,
  },
  baseUrl: {
    flag: "--base-url",
    argument: "url",
    variables: ["LIGHTFAST_BASE_URL", "LIGHTFAST_API_URL"],
    default: DEFAULT_BASE_URL,
    description: "Lightfast URL; for plain http see --allow-insecure-http",
  },
  ...toolOptions("LIGHTFAST_MCP"),
  ...sharedOptions("LIGHTFAST"),
  profile: {
    flag: "--profile",
    argument: "profile",
    variables: ["LIGHTFAST_PROFILE"],
    default: DEFAULT_PROFILE,
    description: "Stored login to use if no key is given",
  },
  sandbox: {
    flag: "--sandbox",
    variables: ["LIGHTFAST_SANDBOX"],
    description: "Use the built-in Lightfast emulator: no account, no network",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastOptionName = keyof typeof LIGHTFAST_OPTIONS;
export type LightfastFlags = FlagsOf<LightfastOptionName>;

/** The options that choose tools. */
export const LIGHTFAST_TOOL_OPTIONS = [
  "readOnly",
  "tools",
  "excludeTools",
] as const satisfies readonly LightfastOptionName[];

/** The options that an entry in a client's file can contain. It cannot contain the key. */
export const STORED_OPTIONS: readonly LightfastOptionName[] = [
  "profile",
  "sandbox",
  ...LIGHTFAST_TOOL_OPTIONS,
];
