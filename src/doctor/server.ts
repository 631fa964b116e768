import type { EntryRules } from "../clients/types.ts";
import type { Environment, GivenFlags, OptionRow } from "../config/reader.ts";

/** The server that `doctor` examines, as MCP clients start it. */
export type DoctorServer = {
  readonly rules: EntryRules;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** The names of the options that a client's entry can contain. */
  readonly stored: readonly string[];
  /** The variables of this shell that stand for those of an entry, because the server stores no login. */
  readonly variables?: RegExp;
  /** Reads the settings that a server has with these flags and variables. */
  readSettings(flags: GivenFlags, env: Environment): ServerSettings;
};

export type ServerSettings = {
  /** Why the server does not start, if it does not. */
  readonly error: string | undefined;
  readonly sandbox: boolean;
  /** What the server authenticates with, and the flag, variable or login that has it. */
  readonly credential:
    | { readonly state: "ready"; readonly source: string }
    | { readonly state: "missing" | "malformed"; readonly problem: string; readonly hint: string };
  /** The stored login, if the settings name one that exists. */
  readonly login: string | undefined;
  /** The names of the tools that it lists, if they depend on nothing else. */
  readonly tools: readonly string[] | undefined;
  /** Whether these are fewer than by default. */
  readonly isSelection: boolean;
};
