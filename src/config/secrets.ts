import { type Environment, isPlaceholder, percentDecode } from "./reader.ts";

/** How to find a platform's secrets in the environment and on a command line. */
export type SecretRules = {
  /** Variables with secret values. */
  readonly variables: RegExp;
  /** Flags with secret values. */
  readonly flags?: readonly string[];
  /** Recognizes a secret in the wrong place, such as one typed as a command. */
  isSecret?(text: string): boolean;
  /** Recognizes documented test values, which need no redaction. */
  isPublic?(text: string): boolean;
};

/** Variables with URLs that may contain a password. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/** A flag whose value is the user's own text. */
const TEXT_FLAG = "--arg";

/** Returns every secret in the arguments and the environment, even one in the wrong place. */
export function findSecrets(
  argv: readonly string[],
  env: Environment,
  rules: readonly SecretRules[],
): readonly string[] {
  const passwords = PROXY_VARIABLES.flatMap((name) => passwordIn(env[name] ?? ""));
  const values = rules.flatMap(({ variables }) =>
    Object.keys(env).flatMap((name) => (variables.test(name) ? (env[name] ?? []) : [])),
  );
  return [...rules.flatMap((rule) => inArguments(argv, rule)), ...values, ...passwords]
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "" && !isPlaceholder(secret))
    .filter((secret) => !rules.some(({ isPublic }) => isPublic?.(secret)));
}

function inArguments(argv: readonly string[], { flags = [], isSecret }: SecretRules): string[] {
  return argv.flatMap((word, index) => {
    const [name = "", value] = word.split(/=(.*)/s, 2);
    if (flags.includes(name))
      return [value ?? argv[index + 1] ?? ""].filter((text) => !text.startsWith("--"));
    if (name === TEXT_FLAG || argv[index - 1] === TEXT_FLAG) return [];
    return [value ?? word].filter((text) => isSecret?.(text));
  });
}

/** Returns the password in a URL, as written and decoded. */
function passwordIn(address: string): string[] {
  const url = address.includes("://") ? address : `http://${address}`;
  if (!URL.canParse(url)) return [];
  const { password } = new URL(url);
  return [password, percentDecode(password) ?? password];
}
