import { DEFAULT_TIMEOUT_MS } from "../../../config/parsers.ts";
import type { FlagsOf, OptionRow } from "../../../config/reader.ts";
import { LOG_LEVELS } from "../../../shared/logger.ts";
import { DEFAULT_BASE_URL } from "./upstream.ts";

/** All settings of the server. Help text, README and resolution read this table. */
export const LIGHTFAST_OPTIONS = {
  apiKey: {
    flag: "--api-key",
    argument: "key",
    variables: ["LIGHTFAST_API_KEY"],
    description: "Lightfast API key (lf_...); prefer the variable, a flag can be seen by other users",
  },
  baseUrl: {
    flag: "--base-url",
    argument: "url",
    variables: ["LIGHTFAST_BASE_URL", "LIGHTFAST_API_URL"],
    default: DEFAULT_BASE_URL,
    description: "address of Lightfast; https, or http to this machine",
  },
  timeout: {
    flag: "--timeout",
    argument: "ms",
    variables: ["LIGHTFAST_TIMEOUT"],
    default: String(DEFAULT_TIMEOUT_MS),
    description: "how long one tool call may take, retries included",
  },
  logLevel: {
    flag: "--log-level",
    argument: "level",
    variables: ["LIGHTFAST_LOG_LEVEL"],
    default: "warn",
    description: `what is logged on stderr: ${LOG_LEVELS.join(", ")}`,
  },
  profile: {
    flag: "--profile",
    argument: "name",
    variables: ["LIGHTFAST_PROFILE"],
    default: "default",
    description: "stored login to use where no key is given (see: lightfast-mcp login)",
  },
  sandbox: {
    flag: "--sandbox",
    variables: ["LIGHTFAST_SANDBOX"],
    description: "use a built-in emulator of Lightfast instead: no account, no network",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastOptionName = keyof typeof LIGHTFAST_OPTIONS;

/** What the command line gave, by option; strings only. */
export type LightfastFlags = { readonly [Name in LightfastOptionName]?: string | boolean | undefined };

/** The settings of the HTTP server, besides those that it shares with stdio. Help text, README and resolution read this table. */
export const LIGHTFAST_HTTP_OPTIONS = {
  host: {
    flag: "--host",
    argument: "address",
    variables: ["LIGHTFAST_MCP_HOST"],
    default: "127.0.0.1",
    description: "address to listen on",
  },
  port: {
    flag: "--port",
    argument: "number",
    variables: ["LIGHTFAST_MCP_PORT", "PORT"],
    default: "8080",
    description: "port to listen on; 0 picks a free one",
  },
  auth: {
    flag: "--auth",
    argument: "kind",
    variables: ["LIGHTFAST_MCP_AUTH"],
    default: "oauth",
    description:
      "how callers prove who they are: oauth, api-key (their own lf_ key), none (this machine only)",
  },
  resourceUrl: {
    flag: "--resource-url",
    argument: "url",
    variables: ["MCP_RESOURCE_URL"],
    description: "public address of the MCP endpoint; audience of the tokens",
  },
  issuer: {
    flag: "--issuer",
    argument: "url",
    variables: ["MCP_AUTH_ISSUER"],
    description: "authorization server whose tokens are accepted",
  },
  jwksUrl: {
    flag: "--jwks-url",
    argument: "url",
    variables: ["MCP_JWKS_URL"],
    description:
      "public keys of the authorization server; without it tokens are HS256 with SERVICE_JWT_SECRET",
  },
  appUrl: {
    flag: "--app-url",
    argument: "url",
    variables: ["APP_INTERNAL_URL"],
    description: "address of the Lightfast app's internal endpoints; the issuer's by default",
  },
  allowedHosts: {
    flag: "--allowed-hosts",
    argument: "list",
    variables: ["MCP_ALLOWED_HOSTS"],
    description: "more Host values to answer, comma-separated",
  },
  allowedOrigins: {
    flag: "--allowed-origins",
    argument: "list",
    variables: ["MCP_ALLOWED_ORIGINS"],
    description: "more origins whose pages may call, comma-separated",
  },
  grantCache: {
    flag: "--grant-cache",
    argument: "seconds",
    variables: ["LIGHTFAST_MCP_GRANT_CACHE"],
    default: "0",
    description: "how long a grant counts as alive after it was checked; 0 checks at each request",
  },
  metricsPort: {
    flag: "--metrics-port",
    argument: "number",
    variables: ["LIGHTFAST_MCP_METRICS_PORT"],
    description: "serve /metrics on a port of its own",
  },
  drainDelay: {
    flag: "--drain-delay",
    argument: "seconds",
    variables: ["LIGHTFAST_MCP_DRAIN_DELAY"],
    default: "0",
    description: "time between not ready and not listening at shutdown",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastHttpOptionName = keyof typeof LIGHTFAST_HTTP_OPTIONS;

/** What the command line gave, by option. */
export type LightfastHttpFlags = FlagsOf<LightfastHttpOptionName>;

/** Taken from the environment alone: a command line can be read by others. */
export const SERVICE_SECRET_VARIABLE = "SERVICE_JWT_SECRET";
