import { LOG_LEVELS, type LogLevel } from "../core/logger.ts";
import type { ProxySettings } from "../net/exchange.ts";
import { type Credential, credentialOf } from "./api-key.ts";
import { DEFAULT_BASE_URL, parseBaseUrl } from "./base-url.ts";
import { type Flags, OPTIONS, type OptionName } from "./options.ts";
import { resolveProxies } from "./proxies.ts";
import { type Environment, type Found, find, type Parsed, type Place } from "./text.ts";

/** Everything a command needs to know, checked. */
export type Settings = {
  readonly credential: Credential;
  readonly baseUrl: URL;
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

/** The longest wait a timer can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const parseTimeout = ({ value, source }: Found): Parsed<number> => {
  const ms = Number(value);
  return /^\d+$/.test(value) && ms >= 1 && ms <= MAX_TIMEOUT_MS
    ? { value: ms }
    : { problem: `${source} must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.` };
};

const parseLogLevel = ({ value, source }: Found): Parsed<LogLevel> => {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  return level ? { value: level } : { problem: `${source} must be one of ${LOG_LEVELS.join(", ")}.` };
};

const parseSwitch = ({ value, source }: Found): Parsed<boolean> => {
  const on = /^(?:1|true|yes|on)$/i.test(value);
  return on || /^(?:0|false|no|off)$/i.test(value) ? { value: on } : { problem: `${source} must be 1 or 0.` };
};

/**
 * Resolves each setting: flag over variable over default.
 * @throws SettingsError with all that is wrong, not only the first. A missing or malformed API key is no reason:
 * the server can still list its tools and say what to set.
 */
export const resolveSettings = (flags: Flags, env: Environment): Settings => {
  const notices: string[] = [];
  const problems: string[] = [];

  const lookUp = (name: OptionName): Found | undefined => {
    const { flag, variables } = OPTIONS[name];
    const given = flags[name];
    const fromFlag: Place = [flag, given === true ? "1" : given || undefined];
    return find([fromFlag, ...variables.map((key): Place => [key, env[key]])], (line) => notices.push(line));
  };
  const read = <T>(name: OptionName, parse: (found: Found) => Parsed<T>, fallback: T): T => {
    const found = lookUp(name);
    const parsed = found ? parse(found) : { value: fallback };
    if ("value" in parsed) return parsed.value;
    problems.push(parsed.problem);
    return fallback;
  };

  const settings: Settings = {
    credential: credentialOf(lookUp("apiKey")),
    baseUrl: read("baseUrl", parseBaseUrl, new URL(DEFAULT_BASE_URL)),
    timeoutMs: read("timeout", parseTimeout, Number(OPTIONS.timeout.default)),
    logLevel: read("logLevel", parseLogLevel, "warn"),
    sandbox: read("sandbox", parseSwitch, false),
    proxies: resolveProxies(env, notices, problems),
    notices,
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
};
