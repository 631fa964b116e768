import type { OptionRow } from "../../../config/reader.ts";
import { DEFAULT_TIMEOUT_MS } from "../../../config/timeout.ts";
import { LOG_LEVELS } from "../../../shared/logger.ts";
import { DEFAULT_BASE_URL } from "./base-url.ts";

/** All settings of the server. Help text, README and resolution read this table. */
export const OPTIONS = {
  apiKey: {
    flag: "--api-key",
    argument: "key",
    variables: ["LIGHTFAST_API_KEY"],
    description: "Lightfast API key (lf_...); prefer the variable, a flag can be seen by other users",
  },
  baseUrl: {
    flag: "--base-url",
    argument: "url",
    variables: ["LIGHTFAST_BASE_URL", "LIGHTFAST_API_URL"],
    default: DEFAULT_BASE_URL,
    description: "address of Lightfast; https, or http to this machine",
  },
  timeout: {
    flag: "--timeout",
    argument: "ms",
    variables: ["LIGHTFAST_TIMEOUT"],
    default: String(DEFAULT_TIMEOUT_MS),
    description: "how long one tool call may take, retries included",
  },
  logLevel: {
    flag: "--log-level",
    argument: "level",
    variables: ["LIGHTFAST_LOG_LEVEL"],
    default: "warn",
    description: `what is logged on stderr: ${LOG_LEVELS.join(", ")}`,
  },
  profile: {
    flag: "--profile",
    argument: "name",
    variables: ["LIGHTFAST_PROFILE"],
    default: "default",
    description: "stored login to use where no key is given (see: lightfast-mcp login)",
  },
  sandbox: {
    flag: "--sandbox",
    variables: ["LIGHTFAST_SANDBOX"],
    description: "use a built-in emulator of Lightfast instead: no account, no network",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type OptionName = keyof typeof OPTIONS;

/** What the command line gave, by option; strings only. */
export type Flags = { readonly [Name in OptionName]?: string | boolean | undefined };
