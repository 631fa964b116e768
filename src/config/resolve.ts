import type { ProxySettings } from "../http-client/types.ts";
import { CodedError } from "../shared/errors.ts";
import { truncateText } from "../shared/json.ts";
import { LOG_LEVELS, type LogLevel } from "../shared/logger.ts";
import { isSupportedProxy } from "../shared/url.ts";
import { DEFAULT_TIMEOUT_MS, parseHosts, parseLogLevel, parseTimeout } from "./parsers.ts";
import {
  type Environment,
  firstSet,
  type OptionRow,
  percentDecode,
  type Reader,
  type SettingProblem,
} from "./reader.ts";

/** Limits of a report: the problems in it, and the size of their messages together, in bytes. */
const MAX_PROBLEMS = 10;
const MAX_REPORT_BYTES = 7900;

/** Invalid settings or command line arguments. The first ten are reported. */
export class SettingsError extends CodedError {
  static override readonly code = "SETTINGS_INVALID";
  override readonly name = "SettingsError";
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const shown = limitProblems(problems);
    super(shown.map(({ message }) => message).join("\n"));
    this.problems = shown;
  }
}

function limitProblems(problems: readonly SettingProblem[]): readonly SettingProblem[] {
  const first = problems.slice(0, MAX_PROBLEMS);
  const maxBytes = Math.floor(MAX_REPORT_BYTES / first.length);
  const shown = first.map(({ setting, message }) => ({ setting, message: truncateText(message, maxBytes) }));
  const more = problems.length - first.length;
  return more > 0 ? [...shown, { setting: "", message: `${more} more problems are not shown.` }] : shown;
}

/** Creates the error for one invalid setting or argument. */
export function invalidSetting(setting: string, message: string): SettingsError {
  return new SettingsError([{ setting, message }]);
}

/**
 * Throws all errors at once, with the warnings: a placeholder that counts as unset may be the cause of an error.
 * @throws SettingsError
 */
export function assertValid(
  errors: readonly SettingProblem[],
  warnings: readonly SettingProblem[] = [],
): void {
  if (errors.length > 0) throw new SettingsError([...errors, ...warnings]);
}

/** Settings that every platform has. */
export type SharedSettings = {
  /** Limit of one tool call, in milliseconds. */
  readonly timeoutMs: number;
  readonly logLevel: LogLevel;
  readonly proxies: ProxySettings;
  /** Hosts that may be called over plain http, as `host` or `host:port`. */
  readonly insecureHosts: readonly string[];
  readonly warnings: readonly SettingProblem[];
};

export type SharedOptionName = "timeout" | "logLevel" | "allowInsecureHttp";

/** Creates the options that every platform has. @param prefix of their variables, such as `TINY` for `TINY_TIMEOUT` */
export function sharedOptions<Prefix extends string>(prefix: Prefix) {
  return {
    timeout: {
      flag: "--timeout",
      argument: "ms",
      variables: [`${prefix}_TIMEOUT`],
      default: String(DEFAULT_TIMEOUT_MS),
      description: "Time limit of one tool call, retries included",
    },
    logLevel: {
      flag: "--log-level",
      argument: "level",
      variables: [`${prefix}_LOG_LEVEL`],
      default: "warn",
      choices: LOG_LEVELS,
      description: `Log level: ${LOG_LEVELS.join(", ")}; over HTTP the default is info`,
    },
    allowInsecureHttp: {
      flag: "--allow-insecure-http",
      argument: "list",
      variables: [`${prefix}_ALLOW_INSECURE_HTTP`],
      description:
        "Hosts to call over plain http, comma-separated (host or host:port); localhost and *.svc names need no entry",
    },
  } satisfies Readonly<Record<SharedOptionName, OptionRow>>;
}

/** Reads the settings that every platform has. Errors and warnings go to the reader. */
export function readSharedSettings(
  reader: Reader<SharedOptionName>,
  env: Environment,
  defaultLogLevel: LogLevel = "warn",
): SharedSettings {
  return {
    timeoutMs: reader.read("timeout", parseTimeout, DEFAULT_TIMEOUT_MS),
    logLevel: reader.read("logLevel", parseLogLevel, defaultLogLevel),
    proxies: readProxies(env, reader),
    insecureHosts: reader.read("allowInsecureHttp", parseHosts, []),
    warnings: reader.warnings,
  };
}

/** Reads the proxy variables. The lower-case name wins, as in curl. */
export function readProxies(
  env: Environment,
  { warnings, errors }: Pick<Reader<string>, "warnings" | "errors">,
): ProxySettings {
  function find(name: string) {
    return firstSet(
      [name, name.toUpperCase()].map((key) => [key, env[key]] as const),
      (message) => warnings.push({ setting: name, message }),
    );
  }

  function readUrl(name: string): string | undefined {
    const found = find(name);
    if (!found) return undefined;
    // A URL without a scheme is an http proxy, as in curl.
    const url = found.value.includes("://") ? found.value : `http://${found.value}`;
    const isUrl = isProxyUrl(url);
    if (isUrl && isSupportedProxy(url)) return url;
    const message = `${found.source} must be the URL of an http or https proxy, such as http://proxy:8080.`;
    if (!isUrl) {
      errors.push({ setting: name, message });
      return undefined;
    }
    // The machine's own setting, a SOCKS proxy for example, must not stop the start. Requests that need it fail.
    warnings.push({ setting: name, message: `${message} Requests that need it will fail.` });
    return url;
  }

  return { http: readUrl("http_proxy"), https: readUrl("https_proxy"), none: find("no_proxy")?.value };
}

/** Whether `text` is the URL of a supported proxy. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { host, username, password } = new URL(text);
  return host !== "" && percentDecode(username + password) !== undefined;
}
