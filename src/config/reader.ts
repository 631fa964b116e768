import { homedir, userInfo } from "node:os";
import { isAbsolute } from "node:path";
import process from "node:process";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a setting. `setting` is its name in the option table, or a variable or flag without a row there. */
export type SettingProblem = { readonly setting: string; readonly message: string };

/** A parsed setting and a warning about it, or one sentence that names its source, the error and a valid value. */
export type ParseResult<T> =
  | { readonly value: T; readonly warning?: string | undefined }
  | { readonly problem: string };

/** A setting as given, and its source for messages: `--api-key`, `LIGHTFAST_API_KEY`. */
export type RawSetting = { readonly value: string; readonly source: string };

/** A place that may hold a setting, and its content. */
export type SettingSource = readonly [source: string, value: string | undefined];

/** One option: its flag, its variables in order of precedence, and its help text. */
export type OptionRow = {
  readonly flag: string;
  /** Name of the flag's value in help; absent for a switch. */
  readonly argument?: string;
  readonly variables: readonly string[];
  readonly default?: string;
  /** The values, or those of a list, that shells complete. Settings check them. */
  readonly choices?: readonly string[];
  readonly description: string;
  /** Whether the value must not be shown. */
  readonly secret?: true;
  /** Whether a placeholder that was not expanded is an error: the option restricts, so unset would be less safe. */
  readonly isSafetySwitch?: true;
};

/** Flags from the command line, by option name. */
export type FlagsOf<Name extends string> = { readonly [Key in Name]?: string | boolean | undefined };

/** Flags of several option tables. */
export type GivenFlags = Readonly<Record<string, string | boolean | undefined>>;

/** Reads settings from an option table and collects warnings and errors about them. */
export type Reader<Name extends string> = {
  /** Returns the value given by flag, variable or `fallbacks`, in this order. */
  find(name: Name, ...fallbacks: readonly SettingSource[]): RawSetting | undefined;
  /** Parses that value. An invalid one is an error, and the next source counts; `fallback` if none is left. */
  read<T, F>(
    name: Name,
    parse: (raw: RawSetting) => ParseResult<T>,
    fallback: F,
    ...fallbacks: readonly SettingSource[]
  ): T | F;
  /** Returns a secret from its variable. Secrets have no flag: other users can read a command line. */
  secret(variable: string): string | undefined;
  readonly warnings: SettingProblem[];
  readonly errors: SettingProblem[];
};

export function createReader<Name extends string>(
  table: Readonly<Record<Name, OptionRow>>,
  flags: GivenFlags,
  env: Environment,
): Reader<Name> {
  const warnings: SettingProblem[] = [];
  const errors: SettingProblem[] = [];

  function report(problems: SettingProblem[], setting: string, message: string): void {
    if (!problems.some((problem) => problem.message === message)) problems.push({ setting, message });
  }

  function valuesOf(name: Name, fallbacks: readonly SettingSource[]) {
    const { flag, variables, choices, isSafetySwitch } = table[name];
    const valid = choices ? `one of ${choices.join(", ")}` : "1 or 0";
    const given = flags[attributeName(flag)];
    const fromFlag = typeof given === "boolean" ? (given ? "1" : undefined) : given;
    return setValues(
      [[flag, fromFlag], ...variables.map((key): SettingSource => [key, env[key]]), ...fallbacks],
      (problem) =>
        isSafetySwitch
          ? report(errors, name, `${problem}. Set it to ${valid}, or remove it.`)
          : report(warnings, name, `${problem}, so it counts as unset.`),
    );
  }

  return {
    find: (name, ...fallbacks) => valuesOf(name, fallbacks).next().value,
    read: (name, parse, fallback, ...fallbacks) => {
      for (const raw of valuesOf(name, fallbacks)) {
        const result = parse(raw);
        if ("value" in result) {
          if (result.warning !== undefined) report(warnings, name, result.warning);
          return result.value;
        }
        errors.push({ setting: name, message: result.problem });
      }
      return fallback;
    },
    secret: (variable) =>
      // The text may be a secret that only looks like a placeholder, so the warning does not quote it.
      firstSet([[variable, env[variable]]], () =>
        report(warnings, variable, `${variable} holds an unexpanded placeholder, so it counts as unset.`),
      )?.value,
    warnings,
    errors,
  };
}

/**
 * Returns the flags of a command line that consists of flags, each with the value that it needs; undefined if there is
 * anything else, which a command line parser has to read.
 */
export function readPlainFlags(
  words: readonly string[],
  rows: readonly OptionRow[],
): Readonly<Record<string, string | true>> | undefined {
  const flags: Record<string, string | true> = {};
  for (let index = 0; index < words.length; index += 1) {
    const [name, inWord] = (words[index] ?? "").split(/=(.*)/s, 2);
    const row = rows.find(({ flag }) => flag === name);
    if (!row || (row.argument === undefined && inWord !== undefined)) return undefined;
    const value = row.argument === undefined || (inWord ?? words[++index]);
    if (value === undefined || (value !== true && /^-|^$/.test(value))) return undefined;
    flags[attributeName(row.flag)] = value;
  }
  return flags;
}

/** The name under which the command line parser stores a flag's value: `--base-url` is `baseUrl`. */
export function attributeName(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Placeholders that a client should have expanded: `${X}`, `$X`, `%X%`, `{env:X}`. An API would reject them with an
 * error that hides the cause.
 */
const PLACEHOLDER = /^(?:\$\{[^}]*\}|\$[A-Za-z_]\w*|%[^%]+%|\{env:[^}]*\})$/;

export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Yields the values that are set, in order of precedence. Blank values and placeholders do not count; `report` gets what is wrong with the latter, without a period. */
function* setValues(
  sources: readonly SettingSource[],
  report: (problem: string) => void,
): Generator<RawSetting, undefined> {
  for (const [source, raw] of sources) {
    const value = raw?.trim();
    if (!value) continue;
    if (!isPlaceholder(value)) {
      yield { value, source };
      continue;
    }
    // The default inside a placeholder may be a secret.
    const shown = value.replace(/:[-=?].*\}$/, ":…}");
    report(`${source} holds the unexpanded placeholder ${shown}`);
  }
}

/** Returns the set value with the highest precedence. */
export function firstSet(
  sources: readonly SettingSource[],
  warn: (message: string) => void,
): RawSetting | undefined {
  return setValues(sources, (problem) => warn(`${problem}, so it counts as unset.`)).next().value;
}

/** The home directory if there is none. No file can be below it, so nothing is read from or written to another folder. */
export const NO_HOME = process.platform === "win32" ? "\\\\.\\NUL" : "/dev/null";

/**
 * Returns the home directory as an absolute path. If HOME is empty or relative, the user database decides; `NO_HOME` for
 * a user without an entry there, such as a container's.
 */
export function findHome(sources = [homedir, () => userInfo().homedir]): string {
  for (const read of sources) {
    try {
      const path = read();
      if (isAbsolute(path)) return path;
    } catch {
      // The user database has no entry.
    }
  }
  return NO_HOME;
}

/** Decodes percent-encoding (RFC 3986, section 2.1); undefined if it is invalid. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
