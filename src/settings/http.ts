import { isLoopback } from "../net/loopback.ts";
import { HTTP_OPTIONS, type HttpFlags, type HttpOptionName, SECRET_VARIABLE } from "./http-options.ts";
import { type Settings, SettingsError } from "./resolve.ts";
import { type Environment, type Found, find, type Parsed } from "./text.ts";

export const AUTH_KINDS = ["oauth", "api-key", "none"] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/** How tokens of the authorization server are verified, and how the app is called. */
export type OauthSettings = {
  readonly issuer: string;
  readonly secret: string;
  readonly jwksUrl: URL | undefined;
  readonly appUrl: URL;
  readonly grantCacheSeconds: number;
};

/** Everything the HTTP server needs to know, checked. */
export type HttpSettings = {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  readonly auth: AuthKind;
  readonly oauth: OauthSettings | undefined;
  /** The public address of the endpoint; undefined where it follows from the port that is bound. */
  readonly resourceUrl: URL | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly drainDelaySeconds: number;
  readonly notices: readonly string[];
};

const MIN_SECRET_LENGTH = 32;
const MAX_PORT = 65_535;
const MAX_SECONDS = 3600;

const wholeNumber =
  (max: number) =>
  ({ value, source }: Found): Parsed<number> =>
    /^\d+$/.test(value) && Number(value) <= max
      ? { value: Number(value) }
      : { problem: `${source} must be a whole number from 0 to ${max}.` };

/** An address of another server, or of this one: https, or http to loopback. */
const parseUrl = ({ value, source }: Found): Parsed<URL> => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSafe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return isSafe && !url.username && !url.password && !url.hash
    ? { value: url }
    : {
        problem: `${source} must be an https address without credentials and fragment (http for this machine only).`,
      };
};

/** An issuer is compared as text (RFC 8414, section 2), so it stays as it was written. */
const parseIssuer = (found: Found): Parsed<string> => {
  const parsed = parseUrl(found);
  return "problem" in parsed ? parsed : { value: found.value };
};

const parseAuth = ({ value, source }: Found): Parsed<AuthKind> => {
  const kind = AUTH_KINDS.find((name) => name === value);
  return kind ? { value: kind } : { problem: `${source} must be one of ${AUTH_KINDS.join(", ")}.` };
};

const parseList = ({ value }: Found): Parsed<readonly string[]> => ({
  value: value
    .split(",")
    .map((item) => item.trim().toLowerCase())
    .filter(Boolean),
});

/**
 * Resolves the settings of the HTTP server: flag over variable over default. Nothing insecure starts by omission.
 * @throws SettingsError with all that is wrong
 */
export const resolveHttpSettings = (flags: HttpFlags, env: Environment, settings: Settings): HttpSettings => {
  const notices: string[] = [];
  const problems: string[] = [];
  const read = <T, F>(name: HttpOptionName, parse: (found: Found) => Parsed<T>, fallback: F): T | F => {
    const { flag, variables } = HTTP_OPTIONS[name];
    const places = [[flag, flags[name]] as const, ...variables.map((key) => [key, env[key]] as const)];
    const found = find(places, (line) => notices.push(line));
    const parsed = found ? parse(found) : { value: fallback };
    if ("value" in parsed) return parsed.value;
    problems.push(parsed.problem);
    return fallback;
  };

  const host = read("host", ({ value }) => ({ value }), HTTP_OPTIONS.host.default);
  const auth = read("auth", parseAuth, HTTP_OPTIONS.auth.default);
  const resourceUrl = read("resourceUrl", parseUrl, undefined);
  const issuer = read("issuer", parseIssuer, undefined);
  const jwksUrl = read("jwksUrl", parseUrl, undefined);
  const appUrl = read("appUrl", parseUrl, issuer ? new URL(issuer) : undefined);
  const grantCacheSeconds = read(
    "grantCache",
    wholeNumber(MAX_SECONDS),
    Number(HTTP_OPTIONS.grantCache.default),
  );
  const secret = find([[SECRET_VARIABLE, env[SECRET_VARIABLE]]], (line) => notices.push(line))?.value;
  const isLocal = isLoopback(host) || host === "::1";

  if (!isLocal && !resourceUrl)
    problems.push("--resource-url (MCP_RESOURCE_URL) is required unless --host is a loopback address.");
  if (auth === "oauth") problems.push(...oauthProblems(issuer, secret));
  if (auth === "none" && !isLocal)
    problems.push("--auth none is for loopback addresses only: anybody who reaches the port could call.");
  if (auth === "none" && settings.credential.state !== "ready" && !settings.sandbox) {
    problems.push(`--auth none calls with this server's own key: ${settings.credential.problem}.`);
  }
  const oauth =
    auth === "oauth" && issuer && appUrl && secret
      ? { issuer, secret, jwksUrl, appUrl, grantCacheSeconds }
      : undefined;
  const resolved: HttpSettings = {
    host,
    port: read("port", wholeNumber(MAX_PORT), Number(HTTP_OPTIONS.port.default)),
    metricsPort: read("metricsPort", wholeNumber(MAX_PORT), undefined),
    auth,
    oauth,
    resourceUrl,
    allowedHosts: read("allowedHosts", parseList, []),
    allowedOrigins: read("allowedOrigins", parseList, []),
    drainDelaySeconds: read("drainDelay", wholeNumber(MAX_SECONDS), Number(HTTP_OPTIONS.drainDelay.default)),
    notices,
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return resolved;
};

const oauthProblems = (issuer: string | undefined, secret: string | undefined): string[] => [
  ...(issuer ? [] : ["--issuer (MCP_AUTH_ISSUER) is required with --auth oauth."]),
  ...(secret === undefined
    ? [`${SECRET_VARIABLE} is required with --auth oauth; it is read from the environment alone.`]
    : []),
  ...(secret !== undefined && secret.length < MIN_SECRET_LENGTH
    ? [`${SECRET_VARIABLE} must have at least ${MIN_SECRET_LENGTH} characters.`]
    : []),
];
