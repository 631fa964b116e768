import { isLocalBind, type ListenOptions, MAX_SECONDS, readListenOptions } from "../../../config/http.ts";
import { oneOf, parseUrl, wholeNumber } from "../../../config/parsers.ts";
import { createReader } from "../../../config/reader.ts";
import { SettingsError } from "../../../config/resolve.ts";
import type { Environment, ParseResult, RawSetting } from "../../../config/values.ts";
import {
  LIGHTFAST_HTTP_OPTIONS,
  type LightfastHttpFlags,
  type LightfastHttpOptionName,
  SERVICE_SECRET_VARIABLE,
} from "./options.ts";
import type { LightfastSettings } from "./resolve.ts";

export const AUTH_KINDS = ["oauth", "api-key", "none"] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/** How tokens of the authorization server are verified, and how the app is called. */
export type OAuthSettings = {
  readonly issuer: string;
  readonly secret: string;
  readonly jwksUrl: URL | undefined;
  readonly appUrl: URL;
  readonly grantCacheSeconds: number;
};

/** Everything the HTTP server needs to know, checked. */
export type LightfastHttpSettings = ListenOptions & {
  readonly auth: AuthKind;
  readonly oauth: OAuthSettings | undefined;
  /** What the tools call with `api-key` and `none`. With `oauth` it is not even read. */
  readonly lightfast: LightfastSettings | undefined;
  readonly notices: readonly string[];
};

const MIN_SECRET_LENGTH = 32;

/** An issuer is compared as text (RFC 8414, section 2), so it stays as it was written. */
function parseIssuer(found: RawSetting): ParseResult<string> {
  const parsed = parseUrl(found);
  return "problem" in parsed ? parsed : { value: found.value };
}

/**
 * Resolves the settings of the HTTP server: flag over variable over default. Nothing insecure starts by omission.
 * @param loadSettings called unless callers authenticate with OAuth
 * @throws SettingsError with all that is wrong
 */
export function resolveLightfastHttpSettings(
  flags: LightfastHttpFlags,
  env: Environment,
  loadSettings: () => LightfastSettings,
): LightfastHttpSettings {
  const reader = createReader<LightfastHttpOptionName>(LIGHTFAST_HTTP_OPTIONS, flags, env);
  const { read, problems, notices } = reader;
  const listening = readListenOptions(reader, "--resource-url (MCP_RESOURCE_URL)");
  const auth = read("auth", oneOf(AUTH_KINDS), LIGHTFAST_HTTP_OPTIONS.auth.default);
  const issuer = read("issuer", parseIssuer, undefined);
  const jwksUrl = read("jwksUrl", parseUrl, undefined);
  const appUrl = read("appUrl", parseUrl, issuer ? new URL(issuer) : undefined);
  const grantCacheSeconds = read("grantCache", wholeNumber(MAX_SECONDS), 0);
  // The key is every byte of the value, spaces at its ends included, as the app takes it.
  const secret = reader.secret(SERVICE_SECRET_VARIABLE) && env[SERVICE_SECRET_VARIABLE];

  if (auth === "oauth") problems.push(...oauthProblems(reader.find("issuer"), secret));
  const lightfast = auth === "oauth" ? undefined : loadSettings();
  if (auth === "none" && !isLocalBind(listening.host))
    problems.push("--auth none is for loopback addresses only: anybody who reaches the port could call.");
  if (auth === "none" && lightfast && lightfast.credential.state !== "ready" && !lightfast.sandbox) {
    problems.push(`--auth none calls with this server's own key: ${lightfast.credential.problem}.`);
  }
  // A placeholder that was passed over may be the reason for what is missing.
  if (problems.length > 0) throw new SettingsError([...problems, ...notices]);
  const oauth =
    auth === "oauth" && issuer && appUrl && secret
      ? { issuer, secret, jwksUrl, appUrl, grantCacheSeconds }
      : undefined;
  return { ...listening, auth, oauth, lightfast, notices };
}

function oauthProblems(issuer: RawSetting | undefined, secret: string | undefined): string[] {
  return [
    ...(issuer ? [] : ["--issuer (MCP_AUTH_ISSUER) is required with --auth oauth."]),
    ...(secret === undefined
      ? [`${SERVICE_SECRET_VARIABLE} is required with --auth oauth; it is read from the environment alone.`]
      : []),
    ...(secret !== undefined && secret.length < MIN_SECRET_LENGTH
      ? [`${SERVICE_SECRET_VARIABLE} must have at least ${MIN_SECRET_LENGTH} characters.`]
      : []),
  ];
}
