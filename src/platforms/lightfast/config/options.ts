import type { FlagsOf, OptionRow } from "../../../config/reader.ts";
import { sharedOptions } from "../../../config/resolve.ts";
import { DEFAULT_BASE_URL } from "./upstream.ts";

/** The options of every Lightfast command. Help, README and settings follow this table. */
export const LIGHTFAST_OPTIONS = {
  apiKey: {
    flag: "--api-key",
    argument: "key",
    variables: ["LIGHTFAST_API_KEY"],
    description: "Lightfast API key (lf_...); prefer the variable, other users can see a flag",
  },
  baseUrl: {
    flag: "--base-url",
    argument: "url",
    variables: ["LIGHTFAST_BASE_URL", "LIGHTFAST_API_URL"],
    default: DEFAULT_BASE_URL,
    description: "Lightfast URL; https, or http on localhost",
  },
  ...sharedOptions("LIGHTFAST"),
  profile: {
    flag: "--profile",
    argument: "name",
    variables: ["LIGHTFAST_PROFILE"],
    default: "default",
    description: "Stored login to use if no key is given (see: lightfast-mcp login)",
  },
  sandbox: {
    flag: "--sandbox",
    variables: ["LIGHTFAST_SANDBOX"],
    description: "Use the built-in Lightfast emulator: no account, no network",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastOptionName = keyof typeof LIGHTFAST_OPTIONS;
export type LightfastFlags = FlagsOf<LightfastOptionName>;

/** The additional options of the HTTP server. */
export const LIGHTFAST_HTTP_OPTIONS = {
  host: {
    flag: "--host",
    argument: "address",
    variables: ["LIGHTFAST_MCP_HOST"],
    default: "127.0.0.1",
    description: "Address to listen on",
  },
  port: {
    flag: "--port",
    argument: "number",
    variables: ["LIGHTFAST_MCP_PORT", "PORT"],
    default: "8080",
    description: "Port to listen on; 0 picks a free port",
  },
  auth: {
    flag: "--auth",
    argument: "kind",
    variables: ["LIGHTFAST_MCP_AUTH"],
    default: "oauth",
    description: "How callers authenticate: oauth, api-key (their own lf_ key), none (localhost only)",
  },
  resourceUrl: {
    flag: "--resource-url",
    argument: "url",
    variables: ["MCP_RESOURCE_URL"],
    description: "Public URL of the MCP endpoint, and audience of the tokens",
  },
  issuer: {
    flag: "--issuer",
    argument: "url",
    variables: ["MCP_AUTH_ISSUER"],
    description: "Authorization server whose tokens are accepted",
  },
  jwksUrl: {
    flag: "--jwks-url",
    argument: "url",
    variables: ["MCP_JWKS_URL"],
    description: "Public keys of the authorization server; default: tokens are HS256 with SERVICE_JWT_SECRET",
  },
  appUrl: {
    flag: "--app-url",
    argument: "url",
    variables: ["APP_INTERNAL_URL"],
    description: "URL of the Lightfast app's internal endpoints; default: the issuer",
  },
  allowedHosts: {
    flag: "--allowed-hosts",
    argument: "list",
    variables: ["MCP_ALLOWED_HOSTS"],
    description: "Additional allowed Host headers, comma-separated",
  },
  allowedOrigins: {
    flag: "--allowed-origins",
    argument: "list",
    variables: ["MCP_ALLOWED_ORIGINS"],
    description: "Additional allowed browser origins, comma-separated",
  },
  grantCache: {
    flag: "--grant-cache",
    argument: "seconds",
    variables: ["LIGHTFAST_MCP_GRANT_CACHE"],
    default: "0",
    description: "Seconds to cache a successful grant check; 0 checks each request",
  },
  metricsPort: {
    flag: "--metrics-port",
    argument: "number",
    variables: ["LIGHTFAST_MCP_METRICS_PORT"],
    description: "Serve /metrics on a separate port",
  },
  publicMetrics: {
    flag: "--public-metrics",
    variables: ["LIGHTFAST_MCP_PUBLIC_METRICS"],
    description: "Serve /metrics on the main port even if the host is not a loopback address",
  },
  drainDelay: {
    flag: "--drain-delay",
    argument: "seconds",
    variables: ["LIGHTFAST_MCP_DRAIN_DELAY"],
    default: "0",
    description: "Seconds to keep serving after /readyz turns 503 on shutdown",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastHttpOptionName = keyof typeof LIGHTFAST_HTTP_OPTIONS;
export type LightfastHttpFlags = FlagsOf<LightfastHttpOptionName>;
