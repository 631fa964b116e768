import type { ProxySettings } from "../http-client/types.ts";
import { LOG_LEVELS, type LogLevel } from "../shared/logger.ts";
import { type Environment, firstSet, type ParseResult, percentDecode, type RawSetting } from "./values.ts";

/** Settings that cannot be used; one line for each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

export function parseLogLevel({ value, source }: RawSetting): ParseResult<LogLevel> {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  return level ? { value: level } : { problem: `${source} must be one of ${LOG_LEVELS.join(", ")}.` };
}

/** The usual variables; the lower-case name wins, as in curl. */
const VARIABLES = { http: "http_proxy", https: "https_proxy", none: "no_proxy" } as const;

function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && percentDecode(username + password) !== undefined;
}

/** Reads the proxy variables. An unusable address is a problem, an unexpanded placeholder a notice. */
export function resolveProxies(env: Environment, notices: string[], problems: string[]): ProxySettings {
  const lookUp = (name: string) =>
    firstSet(
      [name, name.toUpperCase()].map((key) => [key, env[key]] as const),
      (line) => notices.push(line),
    );

  const address = (name: string): string | undefined => {
    const found = lookUp(name);
    if (!found) return undefined;
    // As elsewhere, an address without a scheme is that of an http proxy.
    const url = found.value.includes("://") ? found.value : `http://${found.value}`;
    if (isProxyUrl(url)) return url;
    problems.push(`${found.source} must be the URL of an http or https proxy, such as http://proxy:8080.`);
    return undefined;
  };

  return {
    http: address(VARIABLES.http),
    https: address(VARIABLES.https),
    none: lookUp(VARIABLES.none)?.value,
  };
}
