import { type ClientAuthentication, parseSigningKey } from "../../../auth/oauth-client.ts";
import { parseSwitch, parseUrl } from "../../../config/parsers.ts";
import { createReader, type GivenFlags, type Reader } from "../../../config/reader.ts";
import { SettingsError } from "../../../config/resolve.ts";
import type { Environment, ParseResult, RawSetting } from "../../../config/values.ts";
import { readTokenExpiry } from "../client/static-token.ts";
import { resolveToolName } from "../groups.ts";
import { type Backend, POLICY, type PolicyRow, TOOL_NAMES, type ToolName } from "../policy.ts";
import { LFX_OPTIONS, LFX_SECRET_VARIABLES, type LfxOptionName } from "./options.ts";

/** This server's own OAuth client. */
export type LfxClient = {
  readonly clientId: string;
  readonly proof: ClientAuthentication;
  readonly tokenEndpoint: URL;
};

/** A service that takes this server's own tokens: where it is, and for whom they are. */
export type LfxService = { readonly url: URL; readonly audience: string };

/** What there is to call, and with what. */
export type LfxUpstream = {
  /** LFX Self Service; `audience` is its address as it was written. */
  readonly lfx: LfxService | undefined;
  readonly onboarding: LfxService | undefined;
  readonly lens: LfxService | undefined;
  readonly client: LfxClient | undefined;
  /** A token of LFX's own, used as it is; for one user, on stdio. */
  readonly staticToken: string | undefined;
};

function asWritten({ value }: RawSetting): ParseResult<string> {
  return { value };
}

/** A list of what is set and what is not, where some of it is. */
function halfSet(parts: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(parts);
  const missing = names.filter((name) => !parts[name]);
  if (missing.length === 0 || missing.length === names.length) return undefined;
  const set = names.filter((name) => parts[name]);
  return `${set.join(" and ")} without ${missing.join(" and ")} is half a configuration. Set all of them, or none.`;
}

function readProof({ secret, problems }: Reader<LfxOptionName>): ClientAuthentication | undefined {
  const pem = secret(LFX_SECRET_VARIABLES.signingKey);
  const clientSecret = secret(LFX_SECRET_VARIABLES.clientSecret);
  if (pem === undefined) return clientSecret === undefined ? undefined : { secret: clientSecret };
  // Some ways of setting a variable cannot hold a line break.
  const signingKey = parseSigningKey(pem.replaceAll("\\n", "\n"));
  if (signingKey) return { signingKey };
  problems.push(
    `${LFX_SECRET_VARIABLES.signingKey} must be a private RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).`,
  );
  return undefined;
}

function readService(
  { find, read, problems }: Reader<LfxOptionName>,
  urlName: "onboardingApiUrl" | "lensApiUrl",
  audienceName: "onboardingApiAudience" | "lensApiAudience",
  names: readonly [url: string, audience: string],
): LfxService | undefined {
  const url = read(urlName, parseUrl, undefined);
  const audience = read(audienceName, asWritten, undefined);
  const half = halfSet({ [names[0]]: find(urlName), [names[1]]: audience });
  if (half) problems.push(half);
  return url && audience ? { url, audience } : undefined;
}

function lengthOf(set: Readonly<Record<string, unknown>>): number {
  return Object.values(set).filter(Boolean).length;
}

/** Reads what there is to call. Whatever is set in half is noted as a problem. */
function readUpstream(reader: Reader<LfxOptionName>): LfxUpstream {
  const { find, read, problems, secret } = reader;
  const lfxUrl = read("lfxApiUrl", parseUrl, undefined);
  const audience = find("lfxApiUrl")?.value;
  const clientId = read("clientId", asWritten, undefined);
  const tokenEndpoint = read("tokenEndpoint", parseUrl, undefined);
  const hasProof = secret(LFX_SECRET_VARIABLES.signingKey) ?? secret(LFX_SECRET_VARIABLES.clientSecret);
  const proof = readProof(reader);
  const clientParts = {
    LFXMCP_CLIENT_ID: clientId,
    LFXMCP_TOKEN_ENDPOINT: find("tokenEndpoint"),
    [`${LFX_SECRET_VARIABLES.signingKey} (or ${LFX_SECRET_VARIABLES.clientSecret})`]: hasProof,
  };
  const half = halfSet(clientParts);
  if (half) problems.push(half);
  const upstream: LfxUpstream = {
    lfx: lfxUrl && audience ? { url: lfxUrl, audience } : undefined,
    onboarding: readService(reader, "onboardingApiUrl", "onboardingApiAudience", [
      "LFXMCP_ONBOARDING_API_URL",
      "LFXMCP_ONBOARDING_API_AUDIENCE",
    ]),
    lens: readService(reader, "lensApiUrl", "lensApiAudience", [
      "LFXMCP_LENS_API_URL",
      "LFXMCP_LENS_API_AUDIENCE",
    ]),
    client: clientId && tokenEndpoint && proof ? { clientId, tokenEndpoint, proof } : undefined,
    staticToken: secret(LFX_SECRET_VARIABLES.staticToken),
  };
  const hasClient = lengthOf(clientParts) > 0;
  if ((upstream.onboarding || upstream.lens) && !hasClient)
    problems.push(
      "Member Onboarding and LFX Lens need this server's own client: set LFXMCP_CLIENT_ID and what goes with it.",
    );
  if (upstream.onboarding && !find("lfxApiUrl"))
    problems.push("Member Onboarding needs LFXMCP_LFX_API_URL, where it is asked who may use it.");
  if (find("lfxApiUrl") && !hasClient && !upstream.staticToken)
    problems.push(
      `LFXMCP_LFX_API_URL needs a way to get tokens: LFXMCP_CLIENT_ID and what goes with it, or ${LFX_SECRET_VARIABLES.staticToken} on stdio.`,
    );
  if (upstream.staticToken && !find("lfxApiUrl"))
    problems.push(`${LFX_SECRET_VARIABLES.staticToken} is for LFX: set LFXMCP_LFX_API_URL.`);
  if (upstream.client && !find("lfxApiUrl") && !find("lensApiUrl"))
    problems.push("LFXMCP_CLIENT_ID is set, but nothing to call: set LFXMCP_LFX_API_URL.");
  return upstream;
}

/**
 * What can be called with what is configured.
 * @param hasUsers whether callers are people who signed in, so that their profiles can be asked for
 */
export function backendsOf(
  { lfx, onboarding, lens, client }: LfxUpstream,
  hasUsers: boolean,
): ReadonlySet<Backend> {
  const there: Readonly<Record<Backend, boolean>> = {
    none: true,
    lfx: lfx !== undefined,
    onboarding: onboarding !== undefined && lfx !== undefined && client !== undefined,
    lens: lens !== undefined && client !== undefined,
    userInfo: hasUsers,
  };
  const names: readonly Backend[] = ["none", "lfx", "onboarding", "lens", "userInfo"];
  return new Set(names.filter((name) => there[name]));
}

const ROWS: Readonly<Record<ToolName, PolicyRow>> = POLICY;

/** Of the tools that somebody asked for, those that can work and those that cannot. */
export function partitionByAvailability(
  tools: readonly ToolName[],
  backends: ReadonlySet<Backend>,
): { readonly able: readonly ToolName[]; readonly unable: readonly ToolName[] } {
  const able = tools.filter((name) => backends.has(ROWS[name].backend));
  return { able, unable: tools.filter((name) => !able.includes(name)) };
}

/** Words between commas; a blank one is a slip of the pen that might hide another. */
export function parseWords({ value, source }: RawSetting): ParseResult<readonly string[]> {
  const words = value.split(",").map((word) => word.trim());
  return words.every(Boolean)
    ? { value: words }
    : { problem: `${source} has a blank entry: write the words with one comma between them.` };
}

const DEFAULT_TOOLS: readonly ToolName[] = TOOL_NAMES.filter((name) => (POLICY[name] as PolicyRow).byDefault);

/**
 * The tools that are to be offered. A name that is none is passed over with a notice, because lists outlive tools.
 */
function readSelection({ read, notices, problems }: Reader<LfxOptionName>): readonly ToolName[] {
  const words = read("tools", parseWords, undefined);
  if (!words) return DEFAULT_TOOLS;
  const unknown = words.filter((word) => resolveToolName(word) === undefined);
  if (unknown.length === words.length)
    problems.push(
      `None of the tools that are named exists: ${words.join(", ")}. See: lightfast-mcp lfx tools`,
    );
  else if (unknown.length > 0)
    notices.push(`There are no tools named ${unknown.join(", ")}; they are passed over.`);
  return [...new Set(words.flatMap((word) => resolveToolName(word) ?? []))];
}

/** What LFX's tools are and call, on stdio and over HTTP alike. */
export type LfxSettings = {
  readonly upstream: LfxUpstream;
  readonly tools: readonly ToolName[];
  /** Whether somebody named the tools. */
  readonly isSelection: boolean;
  readonly committeesAsGroups: boolean;
  readonly debug: boolean;
  readonly debugTraffic: boolean;
  readonly notices: readonly string[];
};

/** Reads them with a reader whose problems somebody else tells. */
export function readLfxSettings(reader: Reader<LfxOptionName>): LfxSettings {
  return {
    upstream: readUpstream(reader),
    tools: readSelection(reader),
    isSelection: reader.find("tools") !== undefined,
    committeesAsGroups: reader.read("committeesAsGroups", parseSwitch, false),
    debug: reader.read("debug", parseSwitch, false),
    debugTraffic: reader.read("debugTraffic", parseSwitch, false),
    notices: reader.notices,
  };
}

/** What can stand in a header (RFC 6750, section 2.1). */
const SENDABLE = /^[\w.~+/=-]+$/;

/** Notes which of the tools that were named cannot work, and that there must be one that can. */
export function judgeTools(
  { upstream, tools, isSelection }: LfxSettings,
  { notices, problems }: Pick<Reader<LfxOptionName>, "notices" | "problems">,
  hasUsers: boolean,
): void {
  const { able, unable } = partitionByAvailability(tools, backendsOf(upstream, hasUsers));
  if (able.length === 0)
    problems.push(
      isSelection
        ? `None of the tools that are named can work with what is configured: ${unable.join(", ")}.`
        : `Nothing to call: set LFXMCP_LFX_API_URL, and ${LFX_SECRET_VARIABLES.staticToken} or LFXMCP_CLIENT_ID and what goes with it.`,
    );
  else if (isSelection && unable.length > 0)
    notices.push(`Not offered, as what they need is not configured: ${unable.join(", ")}.`);
}

/**
 * Resolves the settings of LFX on stdio: flag over variable over default.
 * @throws SettingsError with all that is wrong
 */
export function resolveLfxSettings(flags: GivenFlags, env: Environment): LfxSettings {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const settings = readLfxSettings(reader);
  const { problems } = reader;
  const { staticToken } = settings.upstream;
  const expiresAt = staticToken === undefined ? undefined : readTokenExpiry(staticToken);
  if (expiresAt !== undefined && expiresAt * 1000 <= Date.now())
    problems.push(
      `${LFX_SECRET_VARIABLES.staticToken} expired at ${new Date(expiresAt * 1000).toISOString()}. Get a new one.`,
    );
  if (staticToken !== undefined && !SENDABLE.test(staticToken))
    problems.push(
      `${LFX_SECRET_VARIABLES.staticToken} must be the token alone, without "Bearer" and without spaces.`,
    );
  if (problems.length === 0) judgeTools(settings, reader, false);
  // A placeholder that was passed over may be the reason for what is missing.
  if (problems.length > 0) throw new SettingsError([...problems, ...settings.notices]);
  return settings;
}
