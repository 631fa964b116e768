/** Shorter values are too common as parts of words to be taken out of every text. */
const MIN_SECRET_LENGTH = 4;

/**
 * A function that takes the given secrets out of a text. It knows each in the forms in which a text may carry it:
 * as it is, inside a JSON string, and percent-encoded.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const known = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => known.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}
