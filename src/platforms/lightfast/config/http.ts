import {
  isLocalBind,
  type ListenOptions,
  MAX_SECONDS,
  OPEN_SERVER_ERROR,
  readListenOptions,
} from "../../../config/http.ts";
import { oneOf, urlOf, wholeNumber } from "../../../config/parsers.ts";
import {
  createReader,
  type Environment,
  type ParseResult,
  type RawSetting,
  type SettingProblem,
} from "../../../config/reader.ts";
import { assertValid, readSharedSettings, type SharedSettings } from "../../../config/resolve.ts";
import { readTools } from "../../../config/tools.ts";
import { TOOL_TABLE } from "../catalog.ts";
import {
  LIGHTFAST_HTTP_OPTIONS,
  type LightfastHttpFlags,
  type LightfastHttpOptionName,
} from "./http-options.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags, type LightfastOptionName } from "./options.ts";
import { type LightfastSettings, readLightfastSettings } from "./resolve.ts";
import { SERVICE_SECRET_VARIABLE } from "./secrets.ts";

const AUTH_KINDS = ["oauth", "api-key", "none"] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/** How to verify the authorization server's tokens, and how to call the Lightfast app. */
export type OAuthSettings = {
  readonly issuer: string;
  readonly secret: string;
  readonly jwksUrl: URL | undefined;
  readonly appUrl: URL;
  readonly grantCacheSeconds: number;
  /** File of the audit journal. */
  readonly auditJournal: string | undefined;
};

/** The validated settings of the HTTP server. */
export type LightfastHttpSettings = ListenOptions &
  SharedSettings & {
    readonly auth: AuthKind;
    /** Set with `--auth oauth` only. */
    readonly oauth: OAuthSettings | undefined;
    /** The server's own key and URL; undefined with `--auth oauth`, which uses neither. */
    readonly lightfast: LightfastSettings | undefined;
    /** The names of the tools to offer. */
    readonly tools: readonly string[];
  };

const MIN_SECRET_LENGTH = 32;

/**
 * Resolves the settings of the HTTP server: flag over variable over default. There are no insecure defaults.
 * @throws SettingsError with all errors
 */
export function resolveLightfastHttpSettings(
  flags: LightfastHttpFlags & LightfastFlags,
  env: Environment,
): LightfastHttpSettings {
  const reader = createReader<LightfastHttpOptionName>(LIGHTFAST_HTTP_OPTIONS, flags, env);
  const { read, errors, warnings } = reader;
  const auth = read("auth", oneOf(AUTH_KINDS), LIGHTFAST_HTTP_OPTIONS.auth.default);
  const { shared, lightfast, tools, errors: sharedErrors } = readBase(auth, flags, env);
  const { timeoutMs, logLevel, proxies, insecureHosts } = shared;
  const parseUrl = urlOf(insecureHosts);
  const listenOptions = readListenOptions(reader, "--resource-url (MCP_RESOURCE_URL)", insecureHosts);
  const issuer = read("issuer", keepText(parseUrl), undefined);
  const jwksUrl = read("jwksUrl", parseUrl, undefined);
  const appUrl = read("appUrl", parseUrl, issuer ? new URL(issuer) : undefined);
  const grantCacheSeconds = read("grantCache", wholeNumber(MAX_SECONDS), 0);
  const auditJournal = reader.find("auditJournal");
  // The app uses every byte of the value as the key, including spaces at its ends.
  const secret = reader.secret(SERVICE_SECRET_VARIABLE) && env[SERVICE_SECRET_VARIABLE];

  // An invalid kind of authentication was read as the default, whose requirements no one asked for.
  const isAuthValid = !errors.some(({ setting }) => setting === "auth");
  if (auth === "oauth") errors.push(...(isAuthValid ? oauthErrors(reader.find("issuer"), secret) : []));
  else if (auditJournal) {
    const message = `${auditJournal.source} has no effect: only --auth oauth records audit events.`;
    warnings.push({ setting: "auditJournal", message });
  }
  if (auth === "none" && !isLocalBind(listenOptions.host))
    errors.push({ setting: "auth", message: OPEN_SERVER_ERROR });
  if (auth === "none" && lightfast && !lightfast.sandbox && "problem" in lightfast.credential) {
    const { problem, hint } = lightfast.credential;
    const message = `--auth none calls Lightfast with the server's own key. ${problem}. ${hint}`;
    errors.push({ setting: "apiKey", message });
  }
  assertValid([...sharedErrors, ...errors], warnings);
  const oauth =
    auth === "oauth" && issuer && appUrl && secret
      ? { issuer, secret, jwksUrl, appUrl, grantCacheSeconds, auditJournal: auditJournal?.value }
      : undefined;
  return {
    ...listenOptions,
    timeoutMs,
    logLevel,
    proxies,
    insecureHosts,
    auth,
    oauth,
    lightfast,
    tools,
    warnings: [...shared.warnings, ...warnings],
  };
}

function readBase(auth: AuthKind, flags: LightfastFlags, env: Environment) {
  if (auth !== "oauth") {
    const { settings, errors } = readLightfastSettings(flags, env, { logLevel: "info" });
    return { shared: settings, lightfast: settings, tools: settings.tools, errors };
  }
  const reader = createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, env);
  const shared = readSharedSettings(reader, env, "info");
  const tools = readTools(reader, TOOL_TABLE);
  return { shared, lightfast: undefined, tools, errors: reader.errors };
}

/** An issuer is compared as text (RFC 8414, section 2), so it keeps its spelling. */
function keepText(parse: (raw: RawSetting) => ParseResult<unknown>) {
  return (raw: RawSetting): ParseResult<string> => {
    const parsed = parse(raw);
    return "problem" in parsed ? parsed : { ...parsed, value: raw.value };
  };
}

function oauthErrors(issuer: RawSetting | undefined, secret: string | undefined): SettingProblem[] {
  const setting = SERVICE_SECRET_VARIABLE;
  const errors: SettingProblem[] = [];
  if (!issuer)
    errors.push({ setting: "issuer", message: "--issuer (MCP_AUTH_ISSUER) is required with --auth oauth." });
  if (secret === undefined) {
    const message = `${setting} is required with --auth oauth. Set it in the environment; it has no flag.`;
    errors.push({ setting, message });
  } else if (secret.length < MIN_SECRET_LENGTH) {
    errors.push({ setting, message: `${setting} must have at least ${MIN_SECRET_LENGTH} characters.` });
  }
  return errors;
}
