import fc from "fast-check";

/** Letters, digits and signs of real secrets, recognizable in any text. */
const secret = fc.stringMatching(/^[A-Za-z0-9+=!%$@#._-]{6,24}$/).map((text) => `Zq${text}qZ`);
const number = fc.integer({ min: 10_000_000, max: 99_999_999 }).map(String);

/** The places of a secret in a value: alone, in URLs, headers, and among other words. */
const FORMS: readonly ((secret: string) => string)[] = [
  (text) => text,
  (text) => `https://ada:${text}@example.com/mcp`,
  (text) => `https://example.com/mcp?token=${text}&x=1`,
  (text) => `Bearer ${text}`,
  (text) => `--secret=${text}`,
  (text) => `a ${text} b`,
];
const KEYS = ["CLIENT_SECRET", "Authorization", "url", "headers", "note", "args"];

export type SecretText = { readonly text: string; readonly secrets: readonly string[] };

type Neighbor = {
  readonly key: string;
  readonly form: number;
  readonly secret: string;
  readonly pin: string;
};

const neighbors = fc.array(
  fc.record({ key: fc.constantFrom(...KEYS), form: fc.nat(FORMS.length - 1), secret, pin: number }),
  { minLength: 1, maxLength: 4 },
);

function embed({ form, secret: text }: Neighbor): string {
  return FORMS[form]?.(text) ?? text;
}

function generate(
  print: (neighbor: Neighbor, index: number) => string,
  wrap: (entries: readonly string[]) => string,
) {
  return neighbors.map(
    (all): SecretText => ({
      text: wrap(all.map(print)),
      secrets: all.flatMap(({ secret: text, pin }) => [text, pin]),
    }),
  );
}

/** Files whose neighbors are full of secrets: in strings, numbers, lists, comments and values over several lines. */
export const SECRET_TEXTS: Readonly<Record<"cursor" | "codex" | "goose", fc.Arbitrary<SecretText>>> = {
  cursor: generate(
    (one, index) =>
      `    // was ${one.secret}\n    "n${index}": { "${one.key}": ${JSON.stringify(embed(one))}, "pin": ${one.pin}, "l": [${JSON.stringify(one.secret)}] }`,
    (entries) => `{\n  "mcpServers": {\n${entries.join(",\n")}\n  }\n}\n`,
  ),
  codex: generate(
    (one, index) =>
      `[mcp_servers.n${index}] # ${one.secret}\n${one.key} = ${JSON.stringify(embed(one))}\npin = ${one.pin}\n` +
      `env = { A = ${JSON.stringify(one.secret)}, B = ${one.pin} }\nlong = """\n${one.secret}\n  ${embed(one)}\n"""\n`,
    (entries) => entries.join("\n"),
  ),
  goose: generate(
    (one, index) =>
      `  n${index}: # ${one.secret}\n    ${one.key}: ${JSON.stringify(embed(one))}\n    pin: ${one.pin}\n    plain: ${one.secret.replaceAll("#", "")}\n` +
      `    long: |\n      ${one.secret}\n      ${embed(one)}\n    list: [${JSON.stringify(one.secret)}, ${one.pin}]\n`,
    (entries) => `extensions:\n${entries.join("")}`,
  ),
};
