import { type Environment, find } from "./text.ts";

/** Proxies by the scheme of the request. */
export type Proxies = {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly none?: string | undefined;
};

/** The usual variables; the lower-case name wins, as in curl. */
const VARIABLES = { http: "http_proxy", https: "https_proxy", none: "no_proxy" } as const;

/** Reads the proxy variables. An unusable address is a problem, an unexpanded placeholder a notice. */
export const resolveProxies = (env: Environment, notices: string[], problems: string[]): Proxies => {
  const lookUp = (name: string) =>
    find(
      [name, name.toUpperCase()].map((key) => [key, env[key]] as const),
      (line) => notices.push(line),
    );

  const address = (name: string): string | undefined => {
    const found = lookUp(name);
    if (!found) return undefined;
    if (URL.canParse(found.value) && /^https?:$/.test(new URL(found.value).protocol)) return found.value;
    problems.push(`${found.source} must be the URL of an http or https proxy, such as http://proxy:8080.`);
    return undefined;
  };

  return {
    http: address(VARIABLES.http),
    https: address(VARIABLES.https),
    none: lookUp(VARIABLES.none)?.value,
  };
};
