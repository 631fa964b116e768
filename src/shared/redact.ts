/** Shorter values occur in ordinary words too often to be removed. */
const MIN_SECRET_LENGTH = 4;

/** The first characters of a secret, which show cheaply that a text has no escaped form of it. */
const PREFIX_LENGTH = 8;

const REPLACEMENT = "[redacted]";

/** Characters that neither JSON nor percent-encoding needs to escape. */
const PLAIN = /^[\w.~-]*$/;

/** Returns a function that replaces the secrets in a text, whether plain, JSON-escaped or percent-encoded. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const usable = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  const forms = usable.flatMap((secret) =>
    PLAIN.test(secret) ? [secret] : [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)],
  );
  // Longest first, because one secret may contain another.
  const patterns = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const prefixes = new Map<string, RegExp>();
  /** Most texts have no needless escapes, and no pattern is built for them. */
  const redactEscaped = (text: string, secret: string): string => {
    const prefix = prefixes.get(secret) ?? escapedPattern([...secret].slice(0, PREFIX_LENGTH));
    prefixes.set(secret, prefix);
    return prefix.test(text) ? text.replaceAll(escapedPattern([...secret], "gi"), REPLACEMENT) : text;
  };
  return (text) => {
    const clean = patterns.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text);
    return /\\u00|\\\/|%/.test(clean) ? usable.reduce(redactEscaped, clean) : clean;
  };
}

/**
 * A pattern of text in which any characters are written as JSON escapes, also within JSON within JSON, or percent-encoded
 * (RFC 8259, section 7; RFC 3986, section 2.1). Hexadecimal digits may be in either case.
 */
function escapedPattern(characters: readonly string[], flags = "i"): RegExp {
  const parts = characters.map((char) => {
    const literal = `${char === "/" ? "\\\\{0,4}" : ""}${char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&")}`;
    const hex = char.charCodeAt(0).toString(16).padStart(2, "0");
    return char > "\x7f" ? literal : `(?:${literal}|\\\\{1,4}u00${hex}|%${hex})`;
  });
  return new RegExp(parts.join(""), flags);
}
