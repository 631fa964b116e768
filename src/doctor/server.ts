import type { EntryRules } from "../clients/types.ts";
import {
  attributeName,
  type Environment,
  type GivenFlags,
  type OptionRow,
  readPlainFlags,
  type SettingProblem,
} from "../config/reader.ts";
import type { Deadline } from "../shared/deadline.ts";
import { suggest } from "../shared/suggest.ts";
import type { Fix } from "./check.ts";

/** The server that `doctor` examines, as MCP clients start it. */
export type DoctorServer = {
  readonly rules: EntryRules;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** The names of the options that a client's entry can contain. */
  readonly stored: readonly string[];
  /** The variables of this shell that replace those of an entry, because the server stores no login. */
  readonly variables?: RegExp;
  /** Origins that a project's file can name without another host learning of it. */
  readonly knownOrigins: readonly string[];
  /** Reads the words after the server's command, as the server does. */
  readWords(words: readonly string[], env: Environment): ServerInput | { readonly error: string };
  /** Reads the settings that a server has with these flags and variables. */
  readSettings(flags: GivenFlags, env: Environment): ServerSettings;
};

/** What a server reads its settings from. */
export type ServerInput = { readonly flags: GivenFlags; readonly env: Environment };

export type ServerSettings = {
  /** Why the server does not start, if it does not. */
  readonly errors: readonly SettingProblem[];
  readonly sandbox: boolean;
  /** What the server authenticates with, and the flag, variable or login that has it. */
  readonly credential:
    | { readonly state: "ready"; readonly source: string }
    | { readonly state: "missing"; readonly problem: string; readonly hint: string }
    | {
        readonly state: "malformed";
        readonly source: string;
        readonly problem: string;
        readonly hint: string;
      };
  /** The stored login, if the settings name one that exists. */
  readonly login: string | undefined;
  /** The stored profile that the settings probably mean, if they name one without a login. */
  readonly intendedProfile?: string | undefined;
  /** A repair of the stored login. */
  readonly fix?: Fix | undefined;
  /** The names of the tools that it lists, if they depend on nothing else. */
  readonly tools: readonly string[] | undefined;
  /** Whether these are fewer than by default. */
  readonly isSelection: boolean;
  /** Where the server sends its credential. */
  readonly address?: URL | undefined;
  /** Tries the credential; undefined if there is none. */
  readonly attempt?: Attempt | undefined;
};

/** A request that shows whether the platform accepts a credential. */
export type Attempt = {
  /** The same for the same credential at the same address. Contains the credential: never shown. */
  readonly id: string;
  readonly url: URL;
  run(deadline: Deadline): Promise<AttemptResult>;
};

export type AttemptResult =
  | { readonly state: "accepted" }
  /** @param hint the next step, unless it depends on where the credential is from */
  | { readonly state: "rejected" | "untried"; readonly message: string; readonly hint?: string };

/** Reads a command line that consists of flags. */
export function readWords(
  words: readonly string[],
  env: Environment,
  options: Readonly<Record<string, OptionRow>>,
): ServerInput | { readonly error: string } {
  const rows = Object.values(options);
  const flags = readPlainFlags(words, rows);
  return flags ? { flags, env } : { error: describeWords(words, rows) };
}

/** Says what is wrong with a command line, without quoting what may be a secret. */
function describeWords(words: readonly string[], rows: readonly OptionRow[]): string {
  for (let index = 0; index < words.length; index += 1) {
    const [name = ""] = (words[index] ?? "").split("=");
    const row = rows.find(({ flag }) => flag === name);
    if (!row && /^--[\w-]+$/.test(name)) {
      const known = rows.map(({ flag }) => flag);
      return `The server rejects the option ${name}${suggest(name, known)}.`;
    }
    if (!row) return "The server rejects an argument that is not an option.";
    if (row.argument !== undefined && !(words[index] ?? "").includes("=")) index += 1;
  }
  return "An option has no value, or one that it cannot have.";
}

/** Whether a command line or the variables contain an option. */
export function hasOption({ flags, env }: ServerInput, { flag, variables }: OptionRow): boolean {
  return flags[attributeName(flag)] !== undefined || variables.some((name) => env[name] !== undefined);
}
