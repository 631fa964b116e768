export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting read: its value, or one sentence that says what is wrong and what to give instead. */
export type ParseResult<T> = { readonly value: T } | { readonly problem: string };

/** A setting as it was found: its text and where it stood, for messages (`--api-key`, `LIGHTFAST_API_KEY`). */
export type RawSetting = { readonly value: string; readonly source: string };

/**
 * Placeholders that a client was meant to expand and did not: `${X}`, `$X`, `%X%`, `{env:X}`. Sent on, they would be
 * refused upstream in a way that points nowhere near the cause.
 */
const PLACEHOLDER = /^(?:\$\{[^}]*\}|\$[A-Za-z_]\w*|%[^%]+%|\{env:[^}]*\})$/;

export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Where a setting may stand, and what stands there. */
export type SettingSource = readonly [source: string, value: string | undefined];

/**
 * The first place that holds a value; an earlier one beats a later one. Blank values count as unset; so do placeholders, and those are told to `notice`.
 */
export function firstSet(
  places: readonly SettingSource[],
  notice: (line: string) => void,
): RawSetting | undefined {
  for (const [source, raw] of places) {
    const value = raw?.trim();
    if (!value) continue;
    if (!isPlaceholder(value)) return { value, source };
    // A default within it may be a secret.
    const shown = value.replace(/:[-=?].*\}$/, ":…}");
    notice(`${source} holds the unexpanded placeholder ${shown}, so it counts as unset.`);
  }
  return undefined;
}

/** A percent-encoded text decoded (RFC 3986, section 2.1); undefined where it is no valid encoding. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
