export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a setting. `setting` is its name in the option table, or a variable or flag without a row there. */
export type SettingProblem = { readonly setting: string; readonly message: string };

/** A parsed setting, or one sentence that names its source, the error and a valid value. */
export type ParseResult<T> = { readonly value: T } | { readonly problem: string };

/** A setting as given, and its source for messages: `--api-key`, `LIGHTFAST_API_KEY`. */
export type RawSetting = { readonly value: string; readonly source: string };

/** A place that may hold a setting, and its content. */
export type SettingSource = readonly [source: string, value: string | undefined];

/**
 * Placeholders that a client should have expanded: `${X}`, `$X`, `%X%`, `{env:X}`. An API would reject them with an
 * error that hides the cause.
 */
const PLACEHOLDER = /^(?:\$\{[^}]*\}|\$[A-Za-z_]\w*|%[^%]+%|\{env:[^}]*\})$/;

export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Yields the values that are set, in order of precedence. Blank values and placeholders count as unset; `warn` gets the latter. */
export function* setValues(
  sources: readonly SettingSource[],
  warn: (message: string) => void,
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
    warn(`${source} holds the unexpanded placeholder ${shown}, so it counts as unset.`);
  }
}

/** Returns the set value with the highest precedence. */
export function firstSet(
  sources: readonly SettingSource[],
  warn: (message: string) => void,
): RawSetting | undefined {
  return setValues(sources, warn).next().value;
}

/** Decodes percent-encoding (RFC 3986, section 2.1); undefined if it is invalid. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
