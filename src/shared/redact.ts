/** Shorter values occur in ordinary words too often to be removed. */
const MIN_SECRET_LENGTH = 4;

/** Returns a function that replaces the secrets in a text, whether plain, JSON-escaped or percent-encoded. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  // Longest first, because one secret may contain another.
  const patterns = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => patterns.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}
