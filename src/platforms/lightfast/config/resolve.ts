import { DEFAULT_TIMEOUT_MS, parseSwitch, parseTimeout } from "../../../config/parsers.ts";
import { createReader, type Reader } from "../../../config/reader.ts";
import { parseLogLevel, resolveProxies, SettingsError } from "../../../config/resolve.ts";
import type { Environment } from "../../../config/values.ts";
import type { ProxySettings } from "../../../http-client/types.ts";
import type { LogLevel } from "../../../shared/logger.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags, type LightfastOptionName } from "./options.ts";
import { isProfileName, type Profile } from "./profiles.ts";
import { type Credential, DEFAULT_BASE_URL, parseApiKey, parseBaseUrl } from "./upstream.ts";

/** Everything a command needs to know, checked. */
export type LightfastSettings = {
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

function readerOf(flags: LightfastFlags, env: Environment): Reader<LightfastOptionName> {
  return createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, env);
}

/** On stdio, where the client shows the log. HTTP servers log at `info`. */
const DEFAULT_LOG_LEVEL: LogLevel = "warn";

/** What every server takes, whichever platform it serves. */
export type CommonSettings = Pick<LightfastSettings, "timeoutMs" | "logLevel" | "proxies" | "notices">;

function readCommon({ read }: Reader<LightfastOptionName>, defaultLogLevel: LogLevel) {
  return {
    timeoutMs: read("timeout", parseTimeout, DEFAULT_TIMEOUT_MS),
    logLevel: read("logLevel", parseLogLevel, defaultLogLevel),
  };
}

/** Resolves what every server takes, and nothing of Lightfast. @throws SettingsError with all that is wrong */
export function resolveCommonSettings(
  flags: LightfastFlags,
  env: Environment,
  defaultLogLevel: LogLevel = DEFAULT_LOG_LEVEL,
): CommonSettings {
  const reader = readerOf(flags, env);
  const { notices, problems } = reader;
  const common = {
    ...readCommon(reader, defaultLogLevel),
    proxies: resolveProxies(env, notices, problems),
    notices,
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return common;
}

/**
 * The stored login that a command would use: its name, and whether it is needed, which it is not where a flag or a
 * variable holds a key.
 * @throws SettingsError where the name cannot be one
 */
export function profileOf(flags: LightfastFlags, env: Environment): { name: string; needed: boolean } {
  const { find } = readerOf(flags, env);
  const { value: name, source } = find("profile") ?? { value: LIGHTFAST_OPTIONS.profile.default, source: "" };
  if (!isProfileName(name)) {
    throw new SettingsError([
      `${source} must be 1 to 64 letters, digits, - or _, beginning with a letter or digit.`,
    ]);
  }
  return { name, needed: find("apiKey") === undefined };
}

function isElsewhere(login: Profile, base: URL): boolean {
  return !URL.canParse(login.baseUrl) || new URL(login.baseUrl).origin !== base.origin;
}

/** Whoever can set an address in a project's file must not get the key that a user stored for another. */
function wrongAddress(profile: string, login: Profile, base: URL): Credential {
  return {
    state: "missing",
    problem: `The login of profile ${profile} is for ${login.baseUrl}, so it is not used for ${base.origin}`,
    advice: `Log in there with: lightfast-mcp login --profile <name> --base-url ${base.origin}`,
  };
}

/**
 * Resolves each setting: flag over variable over stored login over default. A stored key goes only to the origin it was
 * stored for.
 * @param login the stored login, where no flag or variable holds a key
 * @throws SettingsError with all that is wrong, not only the first. A missing or malformed API key is no reason:
 * the server can still list its tools and say what to set.
 */
export function resolveLightfastSettings(
  flags: LightfastFlags,
  env: Environment,
  login?: Profile,
  defaultLogLevel: LogLevel = DEFAULT_LOG_LEVEL,
): LightfastSettings {
  const reader = readerOf(flags, env);
  const { find, parsed, read, notices, problems } = reader;
  const profile = find("profile")?.value ?? LIGHTFAST_OPTIONS.profile.default;
  const told = notices.length;
  const apiKey = find("apiKey", [`profile ${profile}`, login?.apiKey]);
  // What was found in place of a key belongs to the message that no key is set.
  const remarks = apiKey ? [] : notices.splice(told);
  const baseUrl = find("baseUrl", [`profile ${profile}`, login?.baseUrl]);
  const sandbox = read("sandbox", parseSwitch, false);
  const base = parsed(baseUrl, parseBaseUrl, new URL(DEFAULT_BASE_URL));

  const settings: LightfastSettings = {
    profile,
    credential:
      login && isElsewhere(login, base) ? wrongAddress(profile, login, base) : parseApiKey(apiKey, remarks),
    baseUrl: base,
    baseUrlSource: baseUrl?.source ?? "default",
    ...readCommon(reader, defaultLogLevel),
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
}
