/** Shorter values occur in ordinary words too often to be removed. */
const MIN_SECRET_LENGTH = 4;

const REPLACEMENT = "[redacted]";

/** JSON escapes, up to those of JSON within JSON, and percent-encoded ASCII (RFC 8259, section 7; RFC 3986, 2.1). */
const ESCAPES = /\\{1,4}(?:u00([0-7][\da-f])|(["/]))|%([0-7][\da-f])/gi;

/** Returns a function that replaces the secrets in a text, whether plain, JSON-escaped or percent-encoded. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const usable = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  const forms = usable.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  // Longest first, because one secret may contain another.
  const patterns = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => {
    const clean = patterns.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text);
    return redactEscaped(clean, usable);
  };
}

/** Replaces secrets in which any characters are escaped. The costly pattern is only built for a text that has one. */
function redactEscaped(text: string, secrets: readonly string[]): string {
  if (!text.includes("\\") && !text.includes("%")) return text;
  const decoded = text.replaceAll(ESCAPES, (_, unit?: string, char?: string, byte?: string) =>
    char === undefined ? String.fromCharCode(Number.parseInt(unit ?? byte ?? "", 16)) : char,
  );
  return secrets
    .filter((secret) => decoded.includes(secret))
    .reduce((rest, secret) => rest.replaceAll(escapedPattern(secret), REPLACEMENT), text);
}

function escapedPattern(secret: string): RegExp {
  const characters = [...secret].map((char) => {
    const literal = `${/["/]/.test(char) ? "\\\\{0,4}" : ""}${char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&")}`;
    const hex = char.charCodeAt(0).toString(16).padStart(2, "0");
    return char > "\x7f" ? literal : `(?:${literal}|\\\\{1,4}u00${hex}|%${hex})`;
  });
  // Case-insensitive for the hexadecimal digits; the text is known to contain the secret.
  return new RegExp(characters.join(""), "gi");
}
