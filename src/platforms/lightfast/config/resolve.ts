import { programCommand, shellWord } from "../../../config/invocation.ts";
import { parseSwitch } from "../../../config/parsers.ts";
import {
  createReader,
  type Environment,
  type GivenFlags,
  type ParseResult,
  type RawSetting,
  type Reader,
  type SettingProblem,
  type SettingSource,
} from "../../../config/reader.ts";
import { assertValid, readSharedSettings, type SharedSettings } from "../../../config/resolve.ts";
import { readTools } from "../../../config/tools.ts";
import { suggest } from "../../../shared/suggest.ts";
import { TOOL_TABLE } from "../catalog.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags, type LightfastOptionName } from "./options.ts";
import {
  activeProfileFile,
  isProfileName,
  listProfiles,
  type Profile,
  ProfileError,
  readActiveProfile,
  readProfile,
} from "./profiles.ts";
import { type Credential, DEFAULT_BASE_URL, parseApiKey, parseBaseUrl } from "./upstream.ts";

/** The validated settings of a Lightfast command. */
export type LightfastSettings = SharedSettings & {
  /** Name of the stored login that applies if no key is given. */
  readonly profile: string;
  readonly credential: Credential;
  readonly baseUrl: URL;
  /** The flag, variable or profile that set the base URL, or `default`. */
  readonly baseUrlSource: string;
  readonly sandbox: boolean;
  /** The names of the tools to offer. */
  readonly tools: readonly string[];
};

type Defaults = {
  /** Returns a stored login. @throws ProfileError if it is unusable */
  readonly readLogin?: (profile: string) => Profile | undefined;
  readonly logLevel?: SharedSettings["logLevel"];
};

/**
 * Resolves each setting: flag over variable over stored login over default. A stored key is only sent to the origin it
 * was stored for. A missing or malformed key is not an error, because the server can still list its tools.
 * @throws SettingsError with all errors
 */
export function resolveLightfastSettings(
  flags: LightfastFlags,
  env: Environment,
  defaults?: Defaults,
): LightfastSettings {
  const { settings, errors } = readLightfastSettings(flags, env, defaults);
  assertValid(errors);
  return settings;
}

/** Resolves the settings as `resolveLightfastSettings` does, with the default in place of each invalid one. */
export function readLightfastSettings(
  flags: LightfastFlags,
  env: Environment,
  { readLogin = readProfile, logLevel }: Defaults = {},
): { readonly settings: LightfastSettings; readonly errors: readonly SettingProblem[] } {
  const reader = createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, env);
  const { find, read, warnings, errors } = reader;
  const profile = readProfileName(reader, find("apiKey") === undefined);
  const login = find("apiKey") ? undefined : loadLogin(profile, readLogin);
  const stored = login && "apiKey" in login ? login : undefined;
  const source = `profile ${profile}`;
  const apiKey = find("apiKey", [source, stored?.apiKey]);
  const sandbox = read("sandbox", parseSwitch, false);
  const rawBaseUrl = find("baseUrl", [source, stored?.baseUrl]);
  const shared = readSharedSettings(reader, sandbox ? {} : env, logLevel);
  const parse = (raw: RawSetting) => parseBaseUrl(raw, shared.insecureHosts);
  const baseUrl = read("baseUrl", parse, new URL(DEFAULT_BASE_URL), [source, stored?.baseUrl]);

  // The message about a missing key includes the warnings about it.
  const keyWarnings = apiKey || login ? [] : warnings.filter(({ setting }) => setting === "apiKey");
  function resolveCredential(): Credential {
    if (login && "problem" in login) return login;
    if (stored && !isSameOrigin(stored.baseUrl, baseUrl)) return wrongOrigin(profile, stored, baseUrl);
    const messages = keyWarnings.map(({ message }) => message);
    return withOtherLogins(parseApiKey(apiKey, messages), readLogin);
  }
  const credential = resolveCredential();
  if (credential.state === "ready" && credential.source === LIGHTFAST_OPTIONS.apiKey.flag) {
    const message = `--api-key is visible to other users in the process list. Set LIGHTFAST_API_KEY, or run: ${programCommand("login")}`;
    warnings.push({ setting: "apiKey", message });
  }
  if (sandbox && rawBaseUrl && !stored) {
    warnings.push({
      setting: "baseUrl",
      message: `${rawBaseUrl.source} is ignored: the sandbox has its own URL.`,
    });
  }
  return {
    settings: {
      ...shared,
      profile,
      credential,
      baseUrl,
      baseUrlSource: rawBaseUrl?.source ?? "default",
      sandbox,
      tools: readTools(reader, TOOL_TABLE),
      warnings: warnings.filter((warning) => !keyWarnings.includes(warning)),
    },
    errors,
  };
}

/** Returns the names of the tools that the flags and variables choose; default: all. @throws SettingsError */
export function resolveTools(flags: GivenFlags, env: Environment): readonly string[] {
  const reader = createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, env);
  const tools = readTools(reader, TOOL_TABLE);
  assertValid(reader.errors, reader.warnings);
  return tools;
}

/** Returns the name of the profile that the flags and variables select. @throws SettingsError if it is invalid */
export function resolveProfileName(flags: LightfastFlags, env: Environment): string {
  const reader = createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, env);
  const name = readProfileName(reader);
  assertValid(reader.errors);
  return name;
}

/** @param mayBeChosen whether `profiles use` counts; it costs a look at the file system */
function readProfileName({ find, read, errors }: Reader<LightfastOptionName>, mayBeChosen = true): string {
  const sources: SettingSource[] = [];
  try {
    if (mayBeChosen && !find("profile")) sources.push([activeProfileFile(), readActiveProfile()]);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    errors.push({ setting: "profile", message: `${error.message}. ${error.hint}` });
  }
  return read("profile", parseProfileName, LIGHTFAST_OPTIONS.profile.default, ...sources);
}

/** Says that there is no login of that name, and which there are; without a period. */
export function describeMissingLogin(name: string): string {
  const stored = listProfiles();
  const others = stored.length === 0 ? "none is stored" : `stored: ${stored.join(", ")}`;
  return `No login "${name}"${suggest(name, stored)}; ${others}`;
}

function parseProfileName({ value, source }: RawSetting): ParseResult<string> {
  return isProfileName(value)
    ? { value }
    : { problem: `${source} must be 1 to 64 letters, digits, - or _, starting with a letter or digit.` };
}

/** Returns the stored login, or the credential that says why it is unusable. */
function loadLogin(profile: string, readLogin: (profile: string) => Profile | undefined) {
  try {
    const login = readLogin(profile);
    return login || profile === LIGHTFAST_OPTIONS.profile.default ? login : missingLogin(profile);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { state: "missing", problem: error.message, hint: error.hint } as const;
  }
}

/** A user who is logged in under another name needs no new key. */
function withOtherLogins(credential: Credential, readLogin: Defaults["readLogin"]): Credential {
  if (credential.state !== "missing" || readLogin !== readProfile) return credential;
  const [name, ...others] = existingLogins();
  if (name === undefined) return credential;
  const stored =
    others.length === 0
      ? `A login is stored as "${name}"`
      : `Logins are stored: ${[name, ...others].join(", ")}`;
  return {
    ...credential,
    hint: `${stored}. To use ${others.length === 0 ? "it" : name}, run: ${programCommand(`profiles use ${name}`)}`,
  };
}

/** Where the folder of the logins cannot be read, there is nothing to suggest. */
function existingLogins(): readonly string[] {
  try {
    return listProfiles();
  } catch (error) {
    if (error instanceof ProfileError) return [];
    throw error;
  }
}

/** A profile was named, so the next step differs from that of a new user. */
function missingLogin(profile: string): Credential {
  const hint = `Correct the name, or store that login. Run: ${programCommand(`login --profile ${profile}`)}`;
  return { state: "missing", problem: describeMissingLogin(profile), hint };
}

function isSameOrigin(address: string, base: URL): boolean {
  return URL.canParse(address) && new URL(address).origin === base.origin;
}

/** A project's file can set a base URL, and must not thereby obtain the key that a user stored for another one. */
function wrongOrigin(profile: string, login: Profile, base: URL): Credential {
  const own = base.host.replace(/^\W+/, "").replaceAll(/\W/g, "-");
  return {
    state: "missing",
    problem: `The login of profile ${profile} is for ${login.baseUrl}, so it is not used for ${base.origin}`,
    hint: `Use --profile ${own}. To store a login there, run: ${programCommand(`login --profile ${own} --base-url ${shellWord(base.origin)}`)}`,
  };
}
