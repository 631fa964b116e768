import { LISTEN_OPTIONS } from "../../../config/http.ts";
import type { FlagsOf, OptionRow } from "../../../config/reader.ts";

/** The additional options of the HTTP server. */
export const LIGHTFAST_HTTP_OPTIONS = {
  host: { ...LISTEN_OPTIONS.host, variables: ["LIGHTFAST_MCP_HOST"] },
  port: { ...LISTEN_OPTIONS.port, variables: ["LIGHTFAST_MCP_PORT", "PORT"] },
  auth: {
    flag: "--auth",
    argument: "kind",
    variables: ["LIGHTFAST_MCP_AUTH"],
    default: "oauth",
    choices: ["oauth", "api-key", "none"],
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
  allowedHosts: { ...LISTEN_OPTIONS.allowedHosts, variables: ["MCP_ALLOWED_HOSTS"] },
  allowedOrigins: { ...LISTEN_OPTIONS.allowedOrigins, variables: ["MCP_ALLOWED_ORIGINS"] },
  grantCache: {
    flag: "--grant-cache",
    argument: "seconds",
    variables: ["LIGHTFAST_MCP_GRANT_CACHE"],
    default: "0",
    description: "Seconds to cache a successful grant check; 0 checks each request",
  },
  auditJournal: {
    flag: "--audit-journal",
    argument: "file",
    variables: ["LIGHTFAST_MCP_AUDIT_JOURNAL"],
    description: "File that keeps undelivered audit events across restarts; each server needs its own",
  },
  metricsPort: { ...LISTEN_OPTIONS.metricsPort, variables: ["LIGHTFAST_MCP_METRICS_PORT"] },
  publicMetrics: { ...LISTEN_OPTIONS.publicMetrics, variables: ["LIGHTFAST_MCP_PUBLIC_METRICS"] },
  drainDelay: { ...LISTEN_OPTIONS.drainDelay, variables: ["LIGHTFAST_MCP_DRAIN_DELAY"] },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LightfastHttpOptionName = keyof typeof LIGHTFAST_HTTP_OPTIONS;
export type LightfastHttpFlags = FlagsOf<LightfastHttpOptionName>;
