import { type ClientAuthentication, parseSigningKey } from "../../../auth/oauth-client.ts";
import { userPath } from "../../../config/folders.ts";
import { programCommand } from "../../../config/invocation.ts";
import { oneOf, parseSwitch, urlOf } from "../../../config/parsers.ts";
import {
  createReader,
  type Environment,
  type GivenFlags,
  type Reader,
  type SettingProblem,
} from "../../../config/reader.ts";
import { assertValid, readSharedSettings, type SharedSettings } from "../../../config/resolve.ts";
import { parseKnownNames, readTools, type ToolTable } from "../../../config/tools.ts";
import { truncateText } from "../../../shared/json.ts";
import { readTokenClaims, readTokenExpiry } from "../client/static-token.ts";
import { GROUP_NAMES } from "../groups.ts";
import {
  type Backend,
  type ConfirmationMode,
  FOREIGN_TOOLS,
  POLICY,
  type PolicyRow,
  TOOL_NAMES,
  TOOLSETS,
  type ToolName,
} from "../policy.ts";
import {
  CONFIRMATION_MODES,
  LFX_HTTP_OPTIONS,
  LFX_OPTIONS,
  LFX_TOOL_OPTIONS,
  type LfxOptionName,
} from "./options.ts";
import { LFX_SECRET_VARIABLES, SANDBOX_TOKEN } from "./secrets.ts";

/** This server's own OAuth client. */
export type LfxClient = {
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  readonly tokenEndpoint: URL;
};

/** A service that accepts this server's tokens, and their audience. */
export type LfxService = { readonly url: URL; readonly audience: string };

/** The configured services, and the credentials for them. */
export type LfxUpstream = {
  /** LFX Self Service. Its audience is the URL as configured. */
  readonly lfx: LfxService | undefined;
  readonly onboarding: LfxService | undefined;
  readonly lens: LfxService | undefined;
  readonly client: LfxClient | undefined;
  /** One user's own LFX token, for stdio. */
  readonly staticToken: string | undefined;
  /** The authorization server of that user. */
  readonly staticIssuer?: string | undefined;
};

/** The settings of every LFX command. */
export type LfxSettings = SharedSettings & {
  readonly upstream: LfxUpstream;
  /** Whether the emulator takes the place of `upstream`, see `openSandbox`. */
  readonly sandbox: boolean;
  /** Settings that services require and that are not set. */
  readonly incomplete: readonly SettingProblem[];
  readonly tools: readonly ToolName[];
  /** Whether the operator named tools or toolsets. */
  readonly hasToolList: boolean;
  readonly confirm: ConfirmationMode;
  /** Whether the tools to confirm are hidden where the client cannot ask. */
  readonly confirmRequired: boolean;
  readonly committeesAsGroups: boolean;
  readonly debugTraffic: boolean;
};

/**
 * Resolves the settings of LFX on stdio: flag over variable over default. An incomplete configuration is a warning: the
 * server starts, so that a client can list its tools, and each call says what to set.
 * @throws SettingsError with all errors
 */
export function resolveLfxSettings(flags: GivenFlags, env: Environment): LfxSettings {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const settings = readLfxSettings(reader, env);
  const { upstream, incomplete, sandbox } = settings;
  reader.warnings.push(...incomplete);
  if (!sandbox) checkStaticToken(upstream, reader);
  if (reader.errors.length === 0) warnOfUnavailable(settings, reader);
  assertValid(reader.errors, reader.warnings);
  return sandbox ? settings : { ...settings, upstream: { ...upstream, staticIssuer: readStaticIssuer(env) } };
}

/**
 * Checks the values of options that a client's entry can contain. The variables of this shell do not reach its server.
 * @throws SettingsError with all errors
 */
export function checkLfxOptions(flags: GivenFlags): void {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, {});
  readLfxSettings(reader, {});
  assertValid(reader.errors);
}

/** The first of the servers whose tokens the HTTP server would accept. */
function readStaticIssuer(env: Environment): string {
  const { authServers } = LFX_HTTP_OPTIONS;
  return env[authServers.variables[0]]?.split(",")[0]?.trim() || authServers.default;
}

/**
 * Returns the tools that the flags and variables choose, undefined if they choose none. Those that the emulator lacks
 * are omitted if they ask for it.
 * @throws SettingsError
 */
export function resolveTools(
  flags: GivenFlags,
  env: Environment,
): { readonly tools: readonly ToolName[] | undefined; readonly committeesAsGroups: boolean } {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const tools = readLfxTools(reader, env);
  const committeesAsGroups = reader.read("committeesAsGroups", parseSwitch, false);
  const sandbox = reader.read("sandbox", parseSwitch, false);
  assertValid(reader.errors, reader.warnings);
  const chosen = LFX_TOOL_OPTIONS.some((name) => reader.find(name)) ? tools : undefined;
  if (!sandbox) return { tools: chosen, committeesAsGroups };
  const backends = backendsOf(sandboxUpstream(ANY_SANDBOX), false);
  const available = (chosen ?? TOOL_NAMES).filter((name) => backends.has(POLICY[name].backend));
  return { tools: available, committeesAsGroups };
}

/** Reads the settings of every LFX command. Errors and warnings go to the reader. */
export function readLfxSettings(
  reader: Reader<LfxOptionName>,
  env: Environment,
  defaultLogLevel?: SharedSettings["logLevel"],
): LfxSettings {
  const sandbox = reader.read("sandbox", parseSwitch, false);
  const shared = readSharedSettings(reader, sandbox ? {} : env, defaultLogLevel);
  return {
    ...shared,
    sandbox,
    ...(sandbox
      ? { upstream: readSandbox(reader), incomplete: [] }
      : readUpstream(reader, urlOf(shared.insecureHosts))),
    tools: readLfxTools(reader, env),
    hasToolList: (reader.find("tools") ?? reader.find("toolsets")) !== undefined,
    ...readConfirmation(reader),
    committeesAsGroups: reader.read("committeesAsGroups", parseSwitch, false),
    logLevel: reader.read("debug", parseSwitch, false) ? "debug" : shared.logLevel,
    debugTraffic: reader.read("debugTraffic", parseSwitch, false),
  };
}

function readConfirmation({
  find,
  read,
  errors,
}: Reader<LfxOptionName>): Pick<LfxSettings, "confirm" | "confirmRequired"> {
  const confirm = read("confirm", oneOf(CONFIRMATION_MODES), "never");
  const confirmRequired = read("confirmRequired", parseSwitch, false);
  if (confirmRequired && confirm === "never" && errors.every(({ setting }) => setting !== "confirm")) {
    const message = `${find("confirmRequired")?.source} also requires --confirm (LFXMCP_CONFIRM): destructive or writes.`;
    errors.push({ setting: "confirmRequired", message });
  }
  return { confirm, confirmRequired };
}

/**
 * Starts the emulator if the settings ask for it, and returns the settings with its services.
 * @param warn makes the emulator share its records with the user's other processes; hears if it cannot
 */
export async function openSandbox<Settings extends LfxSettings>(
  settings: Settings,
  warn?: (message: string) => void,
): Promise<Settings> {
  if (!settings.sandbox) return settings;
  const { startLfxSandbox } = await import("../sandbox/server.ts");
  const file = userPath("cache", "sandbox", "lfx.json");
  const emulator = await startLfxSandbox({ share: warn && { file, warn } });
  emulator.unref();
  return { ...settings, upstream: sandboxUpstream(emulator.url) };
}

/** The services of an emulator. A real credential is never sent to it. */
export function sandboxUpstream(url: URL) {
  const service = { url, audience: url.href };
  return {
    lfx: service,
    onboarding: service,
    lens: service,
    client: {
      clientId: SANDBOX_TOKEN,
      authentication: { secret: SANDBOX_TOKEN },
      tokenEndpoint: new URL("/oauth/token", url),
    },
    staticToken: undefined,
  } satisfies LfxUpstream;
}

function readSandbox({ find, warnings }: Reader<LfxOptionName>): LfxUpstream {
  const ignored = find("lfxApiUrl");
  if (ignored) {
    const message = `${ignored.source} is ignored: the sandbox has its own URL.`;
    warnings.push({ setting: "lfxApiUrl", message });
  }
  return sandboxUpstream(ANY_SANDBOX);
}

/** `openSandbox` knows the port. */
const ANY_SANDBOX = new URL("http://127.0.0.1");

/** A secret that every instance of a deployment has; undefined if none is configured. Never log it. */
export function sharedSecret({ client }: LfxUpstream): string | Buffer | undefined {
  if (!client) return undefined;
  const { authentication } = client;
  return "secret" in authentication
    ? authentication.secret
    : authentication.signingKey.export({ type: "pkcs8", format: "der" });
}

type UrlParser = ReturnType<typeof urlOf>;

/** The characters of a bearer token (RFC 6750, section 2.1). */
const BEARER_TOKEN = /^[\w.~+/=-]+$/;

function checkStaticToken(
  { staticToken: token, lfx }: LfxUpstream,
  { errors, warnings }: Reader<LfxOptionName>,
): void {
  if (token === undefined) return;
  const setting = LFX_SECRET_VARIABLES.staticToken;
  const problem = staticTokenProblem(token);
  if (problem) errors.push({ setting, message: `${setting} ${problem}` });
  const { aud } = readTokenClaims(token);
  // LFX requires the URL as it is spelled there, and is reached under either form.
  const expected = lfx && [lfx.audience.replace(/\/$/, ""), `${lfx.audience.replace(/\/$/, "")}/`];
  if (problem || !expected || [aud].flat().some((value) => expected.some((one) => one === value))) return;
  const shown = truncateText(JSON.stringify(aud) ?? "no audience", MAX_SHOWN_BYTES);
  const message = `${setting} is for ${shown}, but LFXMCP_LFX_API_URL is ${JSON.stringify(lfx.audience)}. LFX may reject it.`;
  warnings.push({ setting, message });
}

/** Limit of an audience in a warning, in bytes. */
const MAX_SHOWN_BYTES = 200;

/** What is wrong with a user's own token, to follow its name. It is not verified: LFX does that. */
function staticTokenProblem(token: string): string | undefined {
  if (!BEARER_TOKEN.test(token))
    return 'must be the token only, without "Bearer", quotation marks, or spaces.';
  const expiry = readTokenExpiry(token);
  if (expiry === undefined) return "must be a JWT that says when it expires. Get one with: lfx auth token";
  return expiry * 1000 > Date.now()
    ? undefined
    : `expired at ${new Date(expiry * 1000).toISOString()}. Set a new token.`;
}

function readUpstream(
  reader: Reader<LfxOptionName>,
  parseUrl: UrlParser,
): Pick<LfxSettings, "upstream" | "incomplete"> {
  const { find, read, secret } = reader;
  const incomplete: SettingProblem[] = [];
  const { signingKey, clientSecret, staticToken } = LFX_SECRET_VARIABLES;
  const lfxUrl = read("lfxApiUrl", parseUrl, undefined);
  const audience = find("lfxApiUrl")?.value;
  const clientId = find("clientId")?.value;
  const tokenEndpoint = read("tokenEndpoint", parseUrl, undefined);
  const authentication = readAuthentication(reader);
  const clientParts = {
    LFXMCP_CLIENT_ID: clientId,
    LFXMCP_TOKEN_ENDPOINT: find("tokenEndpoint"),
    [`${signingKey} (or ${clientSecret})`]: secret(signingKey) ?? secret(clientSecret),
  };
  requireAll("clientId", clientParts, incomplete);
  const upstream: LfxUpstream = {
    lfx: lfxUrl && audience ? { url: lfxUrl, audience } : undefined,
    onboarding: readService(reader, parseUrl, "onboardingApiUrl", "onboardingApiAudience"),
    lens: readService(reader, parseUrl, "lensApiUrl", "lensApiAudience"),
    client:
      clientId && tokenEndpoint && authentication ? { clientId, tokenEndpoint, authentication } : undefined,
    staticToken: secret(staticToken),
  };

  const hasClient = Object.values(clientParts).some(Boolean);
  const hasLfx = find("lfxApiUrl") !== undefined;
  function check(isValid: boolean, setting: string, message: string): void {
    if (!isValid) incomplete.push({ setting, message });
  }
  check(
    hasClient || !(upstream.onboarding || upstream.lens),
    "clientId",
    "Member Onboarding and LFX Lens require this server's own OAuth client. Set LFXMCP_CLIENT_ID and the settings it requires.",
  );
  check(
    hasLfx || !upstream.onboarding,
    "lfxApiUrl",
    "Member Onboarding requires LFXMCP_LFX_API_URL, which decides who may use it.",
  );
  check(
    !hasLfx || hasClient || upstream.staticToken !== undefined,
    "lfxApiUrl",
    `LFXMCP_LFX_API_URL requires a source of tokens. Set LFXMCP_CLIENT_ID and the settings it requires, or ${staticToken} on stdio.`,
  );
  check(hasLfx || !upstream.staticToken, staticToken, `${staticToken} also requires LFXMCP_LFX_API_URL.`);
  check(
    hasLfx || !upstream.client || upstream.onboarding !== undefined || find("lensApiUrl") !== undefined,
    "lfxApiUrl",
    "LFXMCP_CLIENT_ID is set, but no API to call. Set LFXMCP_LFX_API_URL.",
  );
  return { upstream, incomplete };
}

function readAuthentication({ secret, errors }: Reader<LfxOptionName>): ClientAuthentication | undefined {
  const setting = LFX_SECRET_VARIABLES.signingKey;
  const pem = secret(setting);
  const clientSecret = secret(LFX_SECRET_VARIABLES.clientSecret);
  if (pem === undefined) return clientSecret === undefined ? undefined : { secret: clientSecret };
  // Some environments cannot store a line break in a variable.
  const signingKey = parseSigningKey(pem.replaceAll("\\n", "\n"));
  if (signingKey) return { signingKey };
  const message = `${setting} must be a private RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).`;
  errors.push({ setting, message });
  return undefined;
}

function readService(
  reader: Reader<LfxOptionName>,
  parseUrl: UrlParser,
  urlName: "onboardingApiUrl" | "lensApiUrl",
  audienceName: "onboardingApiAudience" | "lensApiAudience",
): LfxService | undefined {
  const url = reader.read(urlName, parseUrl, undefined);
  const audience = reader.find(audienceName)?.value;
  const [urlVariable] = LFX_OPTIONS[urlName].variables;
  const [audienceVariable] = LFX_OPTIONS[audienceName].variables;
  // The charts of existing deployments set them independently.
  requireAll(urlName, { [urlVariable]: reader.find(urlName), [audienceVariable]: audience }, reader.warnings);
  return url && audience ? { url, audience } : undefined;
}

/** Adds a problem if some of the parts are set and others are not. */
function requireAll(
  setting: LfxOptionName,
  parts: Readonly<Record<string, unknown>>,
  problems: SettingProblem[],
): void {
  const names = Object.keys(parts);
  const missing = names.filter((name) => !parts[name]);
  if (missing.length === 0 || missing.length === names.length) return;
  const set = names.filter((name) => parts[name]);
  const verb = set.length === 1 ? "requires" : "require";
  const message = `${set.join(" and ")} also ${verb} ${missing.join(" and ")}. Set all of them or none.`;
  problems.push({ setting, message });
}

/** The LFX tools, and the names by which operators choose them. */
const TOOL_TABLE: ToolTable<ToolName> = {
  rows: TOOL_NAMES.map((name) => ({ name, ...(POLICY[name] as PolicyRow) })),
  aliases: GROUP_NAMES,
  foreign: FOREIGN_TOOLS,
  command: programCommand("lfx tools"),
};

function readLfxTools(reader: Reader<LfxOptionName>, env: Environment): readonly ToolName[] {
  const variable = "LFXMCP_TOOLS";
  // The original then serves no tool. To serve all of them instead could open what a list was to keep closed.
  if (env[variable]?.trim() === "" && !reader.find("tools") && !reader.find("toolsets")) {
    const message = `${variable} is empty, which allows no tool. Name the tools, or remove it to serve the default ones.`;
    reader.errors.push({ setting: "tools", message });
  }
  return readTools(reader, TOOL_TABLE, reader.read("toolsets", parseToolsets, undefined));
}

const parseToolsets = parseKnownNames("toolset", TOOLSETS, `Use one of ${TOOLSETS.join(", ")}.`);

/**
 * Returns the backends that the configured services make available.
 * @param hasUsers whether callers sign in, so that their profiles can be requested
 */
export function backendsOf(
  { lfx, onboarding, lens, client }: LfxUpstream,
  hasUsers: boolean,
): ReadonlySet<Backend> {
  const available: Readonly<Record<Backend, boolean>> = {
    lfx: lfx !== undefined,
    onboarding: onboarding !== undefined && lfx !== undefined && client !== undefined,
    lens: lens !== undefined && client !== undefined,
    userInfo: hasUsers,
  };
  return new Set((Object.keys(available) as Backend[]).filter((name) => available[name]));
}

/** Adds a warning if no tool can work, or if some of those that the operator named cannot. */
function warnOfUnavailable(
  settings: LfxSettings,
  { warnings }: Pick<Reader<LfxOptionName>, "warnings">,
): void {
  const { tools, hasToolList, incomplete } = settings;
  const unavailable = unavailableTools(settings, settings.upstream.staticToken !== undefined);
  const isExpected = !hasToolList && (unavailable.length < tools.length || incomplete.length > 0);
  if (unavailable.length === 0 || isExpected) return;
  const message = hasToolList
    ? `The services of some tools are not configured, which each call reports: ${unavailable.join(", ")}.`
    : NO_API;
  warnings.push({ setting: "tools", message });
}

const NO_API = `No LFX API configured. Set LFXMCP_LFX_API_URL, and ${LFX_SECRET_VARIABLES.staticToken} or LFXMCP_CLIENT_ID and the settings it requires.`;

function unavailableTools({ upstream, tools }: LfxSettings, hasUsers: boolean): readonly ToolName[] {
  const backends = backendsOf(upstream, hasUsers);
  return tools.filter((name) => !backends.has(POLICY[name].backend));
}

/**
 * Returns what a shared server lacks, besides `incomplete`, if no tool of an API can work, or none of the listed tools.
 * Adds a warning if some of the listed tools are omitted.
 * @param hasUsers as for `backendsOf`
 */
export function findMissing(
  settings: LfxSettings,
  warnings: SettingProblem[],
  hasUsers: boolean,
): readonly SettingProblem[] {
  const { tools, hasToolList, incomplete, upstream } = settings;
  const needsApi = tools.some((name) => POLICY[name].backend !== "userInfo");
  if (needsApi && !upstream.lfx && !upstream.lens)
    return incomplete.some(({ setting }) => setting === "lfxApiUrl")
      ? []
      : [{ setting: "lfxApiUrl", message: NO_SHARED_API }];
  const unavailable = unavailableTools(settings, hasUsers);
  if (incomplete.length > 0 || unavailable.length === 0) return [];
  if (unavailable.length === tools.length) return [{ setting: "tools", message: noneWorks(unavailable) }];
  if (hasToolList) {
    const message = `Omitted tools whose services are not configured: ${unavailable.join(", ")}.`;
    warnings.push({ setting: "tools", message });
  }
  return [];
}

const NO_SHARED_API =
  "No LFX API configured. Set LFXMCP_LFX_API_URL (--lfx-api-url), and LFXMCP_CLIENT_ID and the settings it requires.";

function noneWorks(tools: readonly ToolName[]): string {
  return `No offered tool can work with this configuration: ${tools.join(", ")}. Each call says what to set.`;
}
