import { userPath } from "../../../config/folders.ts";
import { programCommand } from "../../../config/invocation.ts";
import { checkScheme } from "../../../config/parsers.ts";
import type { ParseResult, RawSetting } from "../../../config/reader.ts";
import { isSandboxKey } from "./secrets.ts";

export const DEFAULT_BASE_URL = "https://lightfast.ai";

/** An API key whose format is valid, or the reason why there is none. */
export type Credential =
  | { readonly state: "ready"; readonly key: string; readonly source: string }
  | { readonly state: "missing"; readonly problem: string; readonly hint: string }
  | { readonly state: "malformed"; readonly source: string; readonly problem: string; readonly hint: string };

const KEY_HINT = `Create one in Lightfast under Settings > API Keys. Then set LIGHTFAST_API_KEY for this server, or run: ${programCommand("login")}`;

/** Checks the format of an API key. @param warnings about the sources that hold no usable key */
export function parseApiKey(raw: RawSetting | undefined, warnings: readonly string[] = []): Credential {
  if (!raw) {
    const problem = ["No Lightfast API key is set", ...warnings].join(": ").replace(/\.$/, "");
    return { state: "missing", problem, hint: KEY_HINT };
  }
  const error = keyError(raw.value);
  if (error === undefined) return { state: "ready", key: raw.value, source: raw.source };
  const hint = raw.source.startsWith("profile ")
    ? `To store another key, run: ${programCommand(`login --${raw.source}`)}`
    : `Correct ${raw.source}, or remove it and run: ${programCommand("login")}`;
  return { state: "malformed", source: raw.source, problem: `The API key in ${raw.source} ${error}`, hint };
}

/** What documentation shows in place of a key. */
const EXAMPLE_KEY = /^<.*>$|^(?:lf_)?(?:\.{2,}|…|x{3,}|\*{3,}|<.*>|your[_-].*)$/i;

/** Returns why a key is malformed, without quoting it. */
function keyError(key: string): string | undefined {
  if (EXAMPLE_KEY.test(key)) return "is an example from the documentation";
  if (/^["'`“”‘’]|["'`“”‘’]$/.test(key)) return "is in quotation marks; remove them";
  if (/^Bearer\b/i.test(key)) return 'begins with "Bearer"; remove that word';
  if (/^(?:sk_|sk-lf-|ak_)/.test(key)) return 'is an old-format key; current keys start with "lf_"';
  if (!key.startsWith("lf_")) return 'does not start with "lf_"';
  if (key === "lf_") return 'has nothing after "lf_"';
  // Node.js rejects other characters in a header with a message that quotes the whole key.
  if (!/^[\x21-\x7e]+$/.test(key)) return "contains spaces, line breaks or other invalid characters";
  return undefined;
}

/** Formats a key for display: enough to tell two keys apart, too little to use one. */
export function maskKey(key: string): string {
  return key.length < 12 ? "lf_…" : `lf_…${key.slice(-4)}`;
}

/**
 * Parses the Lightfast URL: no credentials, query or fragment; a path is kept. The problem does not quote the URL, which
 * may contain credentials.
 * @param insecureHosts hosts for which plain http is allowed; undefined where the option does not exist
 */
export function parseBaseUrl(
  { value, source }: RawSetting,
  insecureHosts?: readonly string[],
): ParseResult<URL> {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const scheme = url ? checkScheme(url, source, insecureHosts) : {};
  const error = baseUrlError(url) ?? ("problem" in scheme ? `must use https${scheme.problem}` : undefined);
  if (error || !url)
    return { problem: `${source}: the base URL ${error}. Use a URL such as ${DEFAULT_BASE_URL}.` };
  // The REST client appends /api/v1.
  url.pathname = url.pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "");
  return { value: url, ...scheme };
}

function baseUrlError(url: URL | undefined): string | undefined {
  if (!url) return "is not an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must start with https://";
  if (url.username || url.password) return "must not contain credentials";
  if (url.search || url.hash || /[?#]$/.test(url.href)) return "must not have a query or a fragment";
  return undefined;
}

/** The URL that tools call, and the key they send. */
export type Target = { readonly baseUrl: URL; readonly apiKey: string | undefined };

/**
 * Returns the target that settings select. Starts the sandbox if they ask for it; it accepts its own test keys, and a
 * real key is never sent to it.
 * @param warn makes the sandbox share its signals with the user's other processes; hears if it cannot
 */
export async function resolveTarget(
  settings: { readonly sandbox: boolean; readonly credential: Credential; readonly baseUrl: URL },
  warn?: (message: string) => void,
): Promise<Target> {
  const { sandbox, credential, baseUrl } = settings;
  const key = credential.state === "ready" ? credential.key : undefined;
  if (!sandbox) return { baseUrl, apiKey: key };
  const { startSandbox } = await import("../sandbox/server.ts");
  const file = userPath("cache", "sandbox", "lightfast.json");
  const emulator = await startSandbox({ share: warn && { file, warn } });
  emulator.unref();
  return { baseUrl: emulator.url, apiKey: key && isSandboxKey(key) ? key : emulator.readyKey };
}
