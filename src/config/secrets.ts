import { type Environment, isPlaceholder, percentDecode } from "./values.ts";

/** Variables whose value is a secret, or an address that may carry one. */
const SECRET_VARIABLE =
  /^(?:LIGHTFAST_API_KEY|SERVICE_JWT_SECRET|LFXMCP_(?:CLIENT_SECRET|CLIENT_ASSERTION_SIGNING_KEY|LFX_TOKEN|API_CREDENTIALS_.+))$/;
const ADDRESS_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/** The emulator's keys are documented test values; hiding them would only garble its messages. */
export function isSandboxKey(text: string): boolean {
  return /^lf_sandbox(_[a-z]+)*$/.test(text);
}

/** The password in a URL, as it is written and decoded. */
function passwordsOf(address: string): string[] {
  const url = address.includes("://") ? address : `http://${address}`;
  if (!URL.canParse(url)) return [];
  const { password } = new URL(url);
  return [password, percentDecode(password) ?? password];
}

/**
 * Every secret that the program was given, wherever it stands, even where it does not belong: these must appear in
 * nothing that leaves the program.
 */
export function findSecrets(argv: readonly string[], env: Environment): readonly string[] {
  const flags = argv.flatMap((word, index) => {
    const [name, value] = word.split(/=(.*)/s, 2);
    if (name === "--api-key")
      return [value ?? argv[index + 1] ?? ""].filter((text) => !text.startsWith("--"));
    // A key in a place where none belongs; the arguments of a tool are not such a place.
    if (name === "--arg" || argv[index - 1] === "--arg") return [];
    return [value ?? word].filter((text) => /^lf_./.test(text));
  });
  const variables = Object.entries(env).flatMap(([name, value]) =>
    SECRET_VARIABLE.test(name) && value ? [value] : [],
  );
  const addresses = ADDRESS_VARIABLES.flatMap((name) => passwordsOf(env[name] ?? ""));
  return [...flags, ...variables, ...addresses]
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "" && !isSandboxKey(secret) && !isPlaceholder(secret));
}
