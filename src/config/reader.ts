import {
  type Environment,
  firstSet,
  type ParseResult,
  type RawSetting,
  type SettingProblem,
  type SettingSource,
  setValues,
} from "./values.ts";

/** One option: its flag, its variables in order of precedence, and its help text. */
export type OptionRow = {
  readonly flag: string;
  /** Name of the flag's value in help; absent for a switch. */
  readonly argument?: string;
  readonly variables: readonly string[];
  readonly default?: string;
  readonly description: string;
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

  function warn(setting: string, message: string): void {
    if (!warnings.some((warning) => warning.message === message)) warnings.push({ setting, message });
  }

  function valuesOf(name: Name, fallbacks: readonly SettingSource[]) {
    const { flag, variables } = table[name];
    const given = flags[attributeName(flag)];
    const fromFlag = typeof given === "boolean" ? (given ? "1" : undefined) : given;
    return setValues(
      [[flag, fromFlag], ...variables.map((key): SettingSource => [key, env[key]]), ...fallbacks],
      (message) => warn(name, message),
    );
  }

  return {
    find: (name, ...fallbacks) => valuesOf(name, fallbacks).next().value,
    read: (name, parse, fallback, ...fallbacks) => {
      for (const raw of valuesOf(name, fallbacks)) {
        const result = parse(raw);
        if ("value" in result) return result.value;
        errors.push({ setting: name, message: result.problem });
      }
      return fallback;
    },
    secret: (variable) =>
      // The text may be a secret that only looks like a placeholder, so the warning does not quote it.
      firstSet([[variable, env[variable]]], () =>
        warn(variable, `${variable} holds an unexpanded placeholder, so it counts as unset.`),
      )?.value,
    warnings,
    errors,
  };
}

/** The name under which the command line parser stores a flag's value: `--base-url` is `baseUrl`. */
export function attributeName(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
