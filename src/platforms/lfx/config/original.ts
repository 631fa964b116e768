import type { Environment, OptionRow } from "../../../config/reader.ts";
import { invalidSetting } from "../../../config/resolve.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "./options.ts";
import { API_KEY_PREFIX, ORIGINAL_SECRET_FLAGS } from "./secrets.ts";

/** The flags of the original LFX server, `lfx-mcp-server`, without the dash. Each names the variable of the same setting. */
export const ORIGINAL_FLAGS: readonly string[] = [
  "mode",
  "http.host",
  "http.port",
  "mcp_api.public_url",
  "mcp_api.auth_servers",
  "mcp_api.scopes",
  "client_id",
  ...ORIGINAL_SECRET_FLAGS,
  "token_endpoint",
  "lfx_api_url",
  "tools",
  "debug",
  "debug_traffic",
  "committees_as_groups",
  "onboarding_api_url",
  "onboarding_api_audience",
  "lens_api_url",
  "lens_api_audience",
];

const ROWS: readonly OptionRow[] = [...Object.values(LFX_OPTIONS), ...Object.values(LFX_HTTP_OPTIONS)];

const PREFIX = "LFXMCP_";

/** The variable of an original flag: `http.host` is `LFXMCP_HTTP_HOST`. */
export function variableOf(flag: string): string {
  return PREFIX + flag.replaceAll(".", "_").toUpperCase();
}

/** The option of a variable; undefined for secrets and the mode, which have none. */
export function optionOf(variable: string): OptionRow | undefined {
  return ROWS.find(({ variables }) => variables.includes(variable));
}

export type Translation = {
  /** The command line without the original's flags. */
  readonly words: readonly string[];
  /** The variables that they set. */
  readonly variables: Environment;
  readonly warnings: readonly string[];
};

/**
 * Translates a command line of the original LFX server, with Go's rules for flags: one dash or two, a value behind `=` or
 * in the next word, none for a switch. A variable that is set overrides such a flag, and its name may have lower-case
 * letters, as in the original.
 * @throws SettingsError if a flag has no value
 */
export function translateOriginal(words: readonly string[], env: Environment): Translation {
  const variables: Record<string, string | undefined> = findMixedCase(env);
  const isSet = (variable: string) => Boolean((env[variable] ?? variables[variable])?.trim());
  const given: Record<string, string> = {};
  const rest: string[] = [];
  const warnings: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const flag = parseFlag(word);
    if (!flag) {
      rest.push(word);
      continue;
    }
    const { name, isSwitch } = flag;
    const value = flag.value ?? (isSwitch ? "true" : words[++index]);
    const variable = variableOf(name);
    if (value === undefined) throw invalidSetting(variable, `-${name} needs a value.`);
    given[variable] = value;
    if (ORIGINAL_SECRET_FLAGS.includes(name))
      warnings.push(
        `-${name} can be read by everyone who can list the processes of this machine. Set ${variable} instead.`,
      );
  }
  for (const [variable, value] of Object.entries(given)) if (!isSet(variable)) variables[variable] = value;
  return { words: rest, variables, warnings };
}

/** The parts of a word that is a flag of the original, and none of this program. */
function parseFlag(word: string) {
  const [, dashes = "", name = "", value] = /^(--?)([a-z][a-z_.]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (!ORIGINAL_FLAGS.includes(name)) return undefined;
  const row = optionOf(variableOf(name));
  const isSwitch = row !== undefined && row.argument === undefined;
  // A switch of this program has no value.
  const isOwn = dashes === "--" && row?.flag === word.split("=")[0] && !(isSwitch && value !== undefined);
  return isOwn ? undefined : { name, value, isSwitch };
}

/** The variables whose names have lower-case letters, by their usual names. Names of API keys are read as they are. */
function findMixedCase(env: Environment): Record<string, string | undefined> {
  const names = Object.keys(env).filter(
    (name) => name.startsWith(PREFIX) && !name.startsWith(API_KEY_PREFIX) && name !== name.toUpperCase(),
  );
  const found = names.filter((name) => env[name.toUpperCase()] === undefined);
  return Object.fromEntries(found.map((name) => [name.toUpperCase(), env[name]]));
}
