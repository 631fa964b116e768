import {
  type Environment,
  firstSet,
  type ParseResult,
  type RawSetting,
  type SettingSource,
} from "./values.ts";

/** One setting: its flag, the variables that stand in for it (in order of precedence), and how help speaks of it. */
export type OptionRow = {
  readonly flag: string;
  /** What stands behind the flag, for a flag that takes a value. */
  readonly argument?: string;
  readonly variables: readonly string[];
  readonly default?: string;
  readonly description: string;
};

/** What the command line gave, by option. */
export type FlagsOf<Name extends string> = { readonly [Key in Name]?: string | boolean | undefined };

/** The same where the options are those of several tables. */
export type GivenFlags = Readonly<Record<string, string | boolean | undefined>>;

/** The name under which the parser of the command line keeps a flag's value: `--base-url` is `baseUrl`. */
function attributeOf(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads settings from a table of options, and gathers what is to be said about them. */
export type Reader<Name extends string> = {
  /** A setting as it was given: by flag, else by the first variable that holds it, else in one of the `last` places. */
  find(name: Name, ...last: readonly SettingSource[]): RawSetting | undefined;
  /** What was found, read; where it is wrong, that is noted as a problem and the fallback stands in. */
  parsed<T, F>(
    found: RawSetting | undefined,
    parse: (found: RawSetting) => ParseResult<T>,
    fallback: F,
  ): T | F;
  /** The same of a setting that stands nowhere but in its flag and its variables. */
  read<T, F>(name: Name, parse: (found: RawSetting) => ParseResult<T>, fallback: F): T | F;
  /** A variable that has no flag, because other users can read a command line. */
  secret(variable: string): string | undefined;
  readonly notices: string[];
  readonly problems: string[];
};

export function createReader<Name extends string>(
  table: Readonly<Record<Name, OptionRow>>,
  flags: GivenFlags,
  env: Environment,
): Reader<Name> {
  const notices: string[] = [];
  const problems: string[] = [];
  const notice = (line: string): void => {
    if (!notices.includes(line)) notices.push(line);
  };

  const findSetting = (name: Name, ...last: readonly SettingSource[]): RawSetting | undefined => {
    const { flag, variables } = table[name];
    const given = flags[attributeOf(flag)];
    const fromFlag = typeof given === "boolean" ? (given ? "1" : undefined) : given;
    return firstSet(
      [[flag, fromFlag], ...variables.map((key): SettingSource => [key, env[key]]), ...last],
      notice,
    );
  };
  const parsed = <T, F>(
    found: RawSetting | undefined,
    parse: (found: RawSetting) => ParseResult<T>,
    fallback: F,
  ): T | F => {
    const result = found ? parse(found) : { value: fallback };
    if ("value" in result) return result.value;
    problems.push(result.problem);
    return fallback;
  };
  return {
    find: findSetting,
    parsed,
    read: (name, parse, fallback) => parsed(findSetting(name), parse, fallback),
    // What looks like a placeholder may be a secret all the same, so it is not shown.
    secret: (variable) =>
      firstSet([[variable, env[variable]]], () =>
        notice(`${variable} holds an unexpanded placeholder, so it counts as unset.`),
      )?.value,
    notices,
    problems,
  };
}
