import { DEFAULT_TIMEOUT_MS, parseSwitch, parseTimeout } from "../../../config/parsers.ts";
import { resolveProxies } from "../../../config/proxies.ts";
import { createReader, type Reader } from "../../../config/reader.ts";
import type { Environment, Found, Parsed } from "../../../config/values.ts";
import type { ProxySettings } from "../../../http-client/types.ts";
import { LOG_LEVELS, type LogLevel } from "../../../shared/logger.ts";
import { isLoopback } from "../../../shared/url.ts";
import { type Flags, OPTIONS, type OptionName } from "./options.ts";
import { isProfileName, type Profile } from "./profiles.ts";

/** The API key as far as it can be judged without asking Lightfast. */
export type Credential =
  | { readonly state: "ready"; readonly key: string; readonly source: string }
  | { readonly state: "missing" | "malformed"; readonly problem: string; readonly advice: string };

/** What to do when there is no usable key; stands in errors, on stderr and in the help text. */
const ADVICE =
  "Create one in Lightfast under Settings > API Keys, then run npx -y @lightfastai/mcp login, or set LIGHTFAST_API_KEY in the environment of this server.";

/** Key prefixes that Lightfast once gave out and no longer takes. */
const RETIRED = /^(?:sk_|sk-lf-|ak_)/;

/** Why a key cannot be one, without a character of it; undefined for a well-formed key. */
const faultOf = (key: string): string | undefined => {
  if (RETIRED.test(key)) return "is a key of a retired kind; current keys begin with lf_";
  if (!key.startsWith("lf_")) return "does not begin with lf_";
  if (key === "lf_") return "has nothing after lf_";
  // Only these may stand in a header; Node.js would quote the whole key in its complaint about any other.
  if (!/^[\x21-\x7e]+$/.test(key)) return "contains blanks, line breaks or other characters that no key has";
  return undefined;
};

/**
 * Judges the form of the key that was found.
 * @param remarks what stood where a key was looked for
 */
export const credentialOf = (found: Found | undefined, remarks: readonly string[] = []): Credential => {
  if (!found) {
    const problem = ["No Lightfast API key is set", ...remarks].join(": ").replace(/\.$/, "");
    return { state: "missing", problem, advice: ADVICE };
  }
  const fault = faultOf(found.value);
  if (fault)
    return { state: "malformed", problem: `The API key in ${found.source} ${fault}`, advice: ADVICE };
  return { state: "ready", key: found.value, source: found.source };
};

/** A key as it may be shown: enough to tell two apart, too little to use. */
export const maskKey = (key: string): string => (key.length < 12 ? "lf_…" : `lf_…${key.slice(-4)}`);

export const DEFAULT_BASE_URL = "https://lightfast.ai";

const faultOfBaseUrl = (url: URL | undefined): string | undefined => {
  if (!url) return "is not an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https://";
  if (url.username || url.password) return "must not carry credentials";
  if (url.search || url.hash || /[?#]$/.test(url.href)) return "must not have a query or a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "must use https (plain http is for loopback addresses only)";
  }
  return undefined;
};

/** Trailing slashes and one `/api/v1`, which the client adds itself. */
const trimPath = (pathname: string): string => pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "");

/**
 * Parses where Lightfast is: https, or http to loopback; no credentials, query or fragment; a path is kept.
 * The problem never quotes the address, which may contain credentials.
 */
export const parseBaseUrl = ({ value, source }: Found): Parsed<URL> => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const fault = faultOfBaseUrl(url);
  if (fault || !url)
    return { problem: `${source}: the base URL ${fault}. Give one like ${DEFAULT_BASE_URL}.` };
  url.pathname = trimPath(url.pathname);
  return { value: url };
};

/** Everything a command needs to know, checked. */
export type Settings = {
  /** The name of the stored login that counts where no key is given. */
  readonly profile: string;
  readonly credential: Credential;
  readonly baseUrl: URL;
  /** Where the base URL came from: a flag, a variable, a profile or `default`. */
  readonly baseUrlSource: string;
  readonly timeoutMs: number;
  readonly logLevel: LogLevel;
  readonly sandbox: boolean;
  readonly proxies: ProxySettings;
  /** Remarks that do not keep the program from running, one line each. */
  readonly notices: readonly string[];
};

/** Settings that cannot be used; one line for each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const parseLogLevel = ({ value, source }: Found): Parsed<LogLevel> => {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  return level ? { value: level } : { problem: `${source} must be one of ${LOG_LEVELS.join(", ")}.` };
};

const readerOf = (flags: Flags, env: Environment): Reader<OptionName> =>
  createReader<OptionName>(OPTIONS, flags, env);

/** What every server takes, whichever platform it serves. */
export type CommonSettings = Pick<Settings, "timeoutMs" | "logLevel" | "proxies" | "notices">;

const readCommon = ({ read }: Reader<OptionName>) => ({
  timeoutMs: read("timeout", parseTimeout, DEFAULT_TIMEOUT_MS),
  logLevel: read("logLevel", parseLogLevel, "warn" as const),
});

/** Resolves what every server takes, and nothing of Lightfast. @throws SettingsError with all that is wrong */
export const resolveCommonSettings = (flags: Flags, env: Environment): CommonSettings => {
  const reader = readerOf(flags, env);
  const { notices, problems } = reader;
  const common = { ...readCommon(reader), proxies: resolveProxies(env, notices, problems), notices };
  if (problems.length > 0) throw new SettingsError(problems);
  return common;
};

/**
 * The stored login that a command would use: its name, and whether it is needed, which it is not where a flag or a
 * variable holds a key.
 * @throws SettingsError where the name cannot be one
 */
export const profileOf = (flags: Flags, env: Environment): { name: string; needed: boolean } => {
  const { find } = readerOf(flags, env);
  const { value: name, source } = find("profile") ?? { value: OPTIONS.profile.default, source: "" };
  if (!isProfileName(name)) {
    throw new SettingsError([
      `${source} must be 1 to 64 letters, digits, - or _, beginning with a letter or digit.`,
    ]);
  }
  return { name, needed: find("apiKey") === undefined };
};

const isElsewhere = (login: Profile, base: URL): boolean =>
  !URL.canParse(login.baseUrl) || new URL(login.baseUrl).origin !== base.origin;

/** Whoever can set an address in a project's file must not get the key that a user stored for another. */
const wrongAddress = (profile: string, login: Profile, base: URL): Credential => ({
  state: "missing",
  problem: `The login of profile ${profile} is for ${login.baseUrl}, so it is not used for ${base.origin}`,
  advice: `Log in there with: lightfast-mcp login --profile <name> --base-url ${base.origin}`,
});

/**
 * Resolves each setting: flag over variable over stored login over default. A stored key goes only to the origin it was
 * stored for.
 * @param login the stored login, where no flag or variable holds a key
 * @throws SettingsError with all that is wrong, not only the first. A missing or malformed API key is no reason:
 * the server can still list its tools and say what to set.
 */
export const resolveSettings = (flags: Flags, env: Environment, login?: Profile): Settings => {
  const reader = readerOf(flags, env);
  const { find, parsed, read, notices, problems } = reader;
  const profile = find("profile")?.value ?? OPTIONS.profile.default;
  const told = notices.length;
  const apiKey = find("apiKey", [`profile ${profile}`, login?.apiKey]);
  // What was found in place of a key belongs to the message that no key is set.
  const remarks = apiKey ? [] : notices.splice(told);
  const baseUrl = find("baseUrl", [`profile ${profile}`, login?.baseUrl]);
  const sandbox = read("sandbox", parseSwitch, false);
  const base = parsed(baseUrl, parseBaseUrl, new URL(DEFAULT_BASE_URL));

  const settings: Settings = {
    profile,
    credential:
      login && isElsewhere(login, base) ? wrongAddress(profile, login, base) : credentialOf(apiKey, remarks),
    baseUrl: base,
    baseUrlSource: baseUrl?.source ?? "default",
    ...readCommon(reader),
    sandbox,
    proxies: sandbox ? {} : resolveProxies(env, notices, problems),
    notices,
  };
  if (settings.credential.state === "ready" && settings.credential.source === "--api-key") {
    notices.push(
      "--api-key can be seen by other users in the process list; prefer LIGHTFAST_API_KEY or a login.",
    );
  }
  if (sandbox && baseUrl && !login)
    notices.push(`${baseUrl.source} is not used: the sandbox has its own address.`);
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
};
