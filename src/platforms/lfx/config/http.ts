import { MAX_TOKEN_LENGTH, normalizeIssuer } from "../../../auth/jwt.ts";
import {
  isLocalBind,
  type ListenOptions,
  OPEN_SERVER_ERROR,
  readListenOptions,
} from "../../../config/http.ts";
import { oneOf, parseList, parseSwitch, urlOf } from "../../../config/parsers.ts";
import {
  createReader,
  type Environment,
  type GivenFlags,
  type ParseResult,
  type RawSetting,
  type Reader,
  type SettingProblem,
} from "../../../config/reader.ts";
import { assertValid } from "../../../config/resolve.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS, type LfxHttpOptionName, type LfxOptionName } from "./options.ts";
import { findMissing, type LfxSettings, readLfxSettings, sharedSecret } from "./resolve.ts";
import { API_KEY_PREFIX, LFX_SECRET_VARIABLES } from "./secrets.ts";

/** A static API key and the name of its owner. */
export type ApiKey = { readonly owner: string; readonly secret: string };

const AUTH_KINDS = ["oauth", "none"] as const;

/** The validated settings of the HTTP server. */
export type LfxHttpSettings = LfxSettings &
  ListenOptions & {
    readonly auth: (typeof AUTH_KINDS)[number];
    /** The public URL as configured, which is how the authorization server spells it. Undefined if not configured. */
    readonly resource: string | undefined;
    /** As configured, without a trailing slash. */
    readonly issuers: readonly string[];
    readonly scopes: readonly string[];
    readonly stepUp: boolean;
    readonly apiKeys: readonly ApiKey[];
  };

type HttpReader = Reader<LfxHttpOptionName>;

/**
 * Resolves the settings of LFX over HTTP: flag over variable over default. As on stdio, an incomplete configuration is a
 * warning, and each call says what to set.
 * @throws SettingsError with all errors
 */
export function resolveLfxHttpSettings(flags: GivenFlags, env: Environment): LfxHttpSettings {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const httpReader = createReader<LfxHttpOptionName>(LFX_HTTP_OPTIONS, flags, env);
  const lfxSettings = readLfxSettings(reader, env, "info");
  const auth = httpReader.read("auth", oneOf(AUTH_KINDS), "oauth");
  const listen = readListenOptions(
    httpReader,
    "--mcp-api-public-url (LFXMCP_MCP_API_PUBLIC_URL)",
    lfxSettings.insecureHosts,
  );
  const settings: LfxHttpSettings = {
    ...lfxSettings,
    ...listen,
    ...readResource(httpReader, listen),
    auth,
    issuers: httpReader.read(
      "authServers",
      issuersOf(lfxSettings.insecureHosts),
      auth === "oauth" ? DEFAULT_ISSUERS : [],
    ),
    scopes: readScopes(httpReader),
    stepUp: httpReader.read("stepUp", parseSwitch, false),
    apiKeys: readApiKeys(httpReader, env),
  };
  const warnings = [...reader.warnings, ...httpReader.warnings];
  const errors = [
    ...reader.errors,
    ...httpReader.errors,
    ...accessErrors(settings, httpReader),
    ...staticTokenErrors(settings),
  ];
  if (settings.confirm !== "never" && sharedSecret(settings.upstream) === undefined)
    warnings.push({ setting: "confirm", message: NO_SHARED_SECRET });
  if (settings.confirm !== "never" && !settings.confirmRequired)
    warnings.push({ setting: "confirm", message: UNASKED });
  const incomplete = [
    ...settings.incomplete,
    ...(errors.length === 0 ? findMissing(settings, warnings, auth === "oauth") : []),
  ];
  warnings.push(...incomplete);
  assertValid(errors, warnings);
  return { ...settings, incomplete, warnings };
}

const NO_SHARED_SECRET = `--confirm signs questions with a key from LFXMCP_CLIENT_SECRET or ${LFX_SECRET_VARIABLES.signingKey}, and neither is set: an answer counts only in the process that asked, until it restarts.`;

const UNASKED =
  "--confirm over HTTP asks only clients of protocol 2026-07-28 that support elicitation: for others, tools run without a question. Set --confirm-required (LFXMCP_CONFIRM_REQUIRED) to hide the tools from them.";

/**
 * The public URL, as text and parsed. The chart of existing deployments makes one without a host if it has no host name:
 * for callers inside the cluster, who have static API keys.
 */
function readResource(
  { find, warnings }: HttpReader,
  { resourceUrl }: ListenOptions,
): Pick<LfxHttpSettings, "resource" | "resourceUrl"> {
  const found = find("resourceUrl");
  if (!found || !/^https?:\/\/\//i.test(found.value)) return { resource: found?.value, resourceUrl };
  const message = `${found.source} has no host, so no client can sign in: only static API keys work.`;
  warnings.push({ setting: "resourceUrl", message });
  return { resource: undefined, resourceUrl: undefined };
}

/** Also if the variable is empty, as in deployments without a value for it: there is no server without authentication. */
const DEFAULT_ISSUERS: readonly string[] = [normalizeIssuer(LFX_HTTP_OPTIONS.authServers.default)];

function issuersOf(insecureHosts: readonly string[]) {
  const parseUrl = urlOf(insecureHosts);
  return (raw: RawSetting): ParseResult<readonly string[]> => {
    const entries = parseList(raw);
    if ("problem" in entries) return entries;
    // An entry may contain a password, so messages do not quote it.
    const parsed = entries.value.map((value, index) =>
      parseUrl({ value, source: `Entry ${index + 1} of ${raw.source}` }),
    );
    const problems = parsed.flatMap((one) => ("problem" in one ? [one.problem] : []));
    const warnings = parsed.flatMap((one) => ("warning" in one ? [one.warning] : []));
    return problems.length > 0
      ? { problem: problems.join(" ") }
      : {
          value: [...new Set(entries.value.map(normalizeIssuer))],
          warning: warnings.join(" ") || undefined,
        };
  };
}

/** The characters of a scope (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function parseScopes(raw: RawSetting): ParseResult<readonly string[]> {
  const entries = parseList(raw);
  if ("problem" in entries || entries.value.every((entry) => SCOPE.test(entry))) return entries;
  return { problem: `${raw.source} must be comma-separated scopes without spaces.` };
}

const DEFAULT_SCOPES: readonly string[] = LFX_HTTP_OPTIONS.scopes.default.split(",");

function readScopes({ read, warnings }: HttpReader): readonly string[] {
  const scopes = read("scopes", parseScopes, DEFAULT_SCOPES);
  const unused = scopes.filter((scope) => !DEFAULT_SCOPES.includes(scope));
  if (unused.length > 0) {
    const message = `Clients will request the scopes ${unused.join(", ")}, but no tool requires them.`;
    warnings.push({ setting: "scopes", message });
  }
  return scopes;
}

/** Limits of a static key's length, in characters: shorter keys can be guessed, or might be if they are not random. */
const MIN_KEY_LENGTH = 16;
const MIN_SAFE_KEY_LENGTH = 32;

const NEW_KEY = "Set a random key, such as the output of: openssl rand -hex 32";

function readApiKeys({ secret, warnings, errors }: HttpReader, env: Environment): readonly ApiKey[] {
  const variables = Object.keys(env).filter((name) => name.startsWith(API_KEY_PREFIX));
  const variableByKey = new Map<string, string>();
  return variables.flatMap((name) => {
    const key = secret(name);
    if (!key) return [];
    errors.push(...apiKeyErrors(name, key, variableByKey.get(key)));
    if (key.length >= MIN_KEY_LENGTH && key.length < MIN_SAFE_KEY_LENGTH) {
      const message = `${name} is shorter than ${MIN_SAFE_KEY_LENGTH} characters and may be guessed. ${NEW_KEY}`;
      warnings.push({ setting: name, message });
    }
    variableByKey.set(key, name);
    return [{ owner: name.slice(API_KEY_PREFIX.length).toLowerCase(), secret: key }];
  });
}

/** @param duplicate another variable with the same key */
function apiKeyErrors(name: string, key: string, duplicate: string | undefined): SettingProblem[] {
  const messages = [
    ...(name === API_KEY_PREFIX ? [`${name} names no owner. Append one, as in ${API_KEY_PREFIX}CI.`] : []),
    ...(duplicate ? [`${name} and ${duplicate} hold the same key. Give each owner a different key.`] : []),
    ...(key.length < MIN_KEY_LENGTH
      ? [`${name} is shorter than ${MIN_KEY_LENGTH} characters and can be guessed. ${NEW_KEY}`]
      : []),
    ...(key.length > MAX_TOKEN_LENGTH ? [`${name} is longer than ${MAX_TOKEN_LENGTH} characters.`] : []),
  ];
  return messages.map((message) => ({ setting: name, message }));
}

function accessErrors(settings: LfxHttpSettings, { find }: HttpReader): SettingProblem[] {
  const { auth, host, apiKeys } = settings;
  if (auth === "oauth") return [];
  return [
    ...(isLocalBind(host) ? [] : [OPEN_SERVER_ERROR]),
    ...(find("authServers") || apiKeys.length > 0
      ? ["--auth none cannot be combined with auth servers or API keys. Remove one of them."]
      : []),
  ].map((message) => ({ setting: "auth", message }));
}

function staticTokenErrors({ upstream }: LfxHttpSettings): SettingProblem[] {
  if (!upstream.staticToken) return [];
  const setting = LFX_SECRET_VARIABLES.staticToken;
  const message = `${setting} is one user's own token and only allowed on stdio; over HTTP, every caller would act as that user.`;
  return [{ setting, message }];
}
