import type { OptionRow } from "../../../config/reader.ts";

/** What is called, with which tools: the settings of LFX on stdio and over HTTP alike. */
export const LFX_OPTIONS = {
  lfxApiUrl: {
    flag: "--lfx-api-url",
    argument: "url",
    variables: ["LFXMCP_LFX_API_URL"],
    description: "address of LFX Self Service, and the audience of its tokens",
  },
  tokenEndpoint: {
    flag: "--token-endpoint",
    argument: "url",
    variables: ["LFXMCP_TOKEN_ENDPOINT"],
    description: "token endpoint of the authorization server",
  },
  clientId: {
    flag: "--client-id",
    argument: "id",
    variables: ["LFXMCP_CLIENT_ID"],
    description: "this server's own OAuth client",
  },
  onboardingApiUrl: {
    flag: "--onboarding-api-url",
    argument: "url",
    variables: ["LFXMCP_ONBOARDING_API_URL"],
    description: "address of Member Onboarding",
  },
  onboardingApiAudience: {
    flag: "--onboarding-api-audience",
    argument: "audience",
    variables: ["LFXMCP_ONBOARDING_API_AUDIENCE"],
    description: "audience of its tokens",
  },
  lensApiUrl: {
    flag: "--lens-api-url",
    argument: "url",
    variables: ["LFXMCP_LENS_API_URL"],
    description: "address of LFX Lens",
  },
  lensApiAudience: {
    flag: "--lens-api-audience",
    argument: "audience",
    variables: ["LFXMCP_LENS_API_AUDIENCE"],
    description: "audience of its tokens",
  },
  tools: {
    flag: "--tools",
    argument: "list",
    variables: ["LFXMCP_TOOLS"],
    description: "the tools to offer, comma-separated; all but hello_world and user_info if left out",
  },
  committeesAsGroups: {
    flag: "--committees-as-groups",
    variables: ["LFXMCP_COMMITTEES_AS_GROUPS"],
    description: "call committees groups in the names of tools and parameters",
  },
  debug: {
    flag: "--debug",
    variables: ["LFXMCP_DEBUG"],
    description: "log everything, as --log-level debug",
  },
  debugTraffic: {
    flag: "--debug-traffic",
    variables: ["LFXMCP_DEBUG_TRAFFIC"],
    description: "with --debug, also log what is sent and answered upstream, without secrets",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** The settings of LFX over HTTP besides those. */
export const LFX_HTTP_OPTIONS = {
  host: {
    flag: "--host",
    argument: "address",
    variables: ["LFXMCP_HTTP_HOST"],
    default: "127.0.0.1",
    description: "address to listen on",
  },
  port: {
    flag: "--port",
    argument: "number",
    variables: ["LFXMCP_HTTP_PORT"],
    default: "8080",
    description: "port to listen on; 0 picks a free one",
  },
  auth: {
    flag: "--auth",
    argument: "kind",
    variables: ["LFXMCP_AUTH"],
    default: "oauth",
    description: "how callers prove who they are: oauth (and static API keys), none (this machine only)",
  },
  resourceUrl: {
    flag: "--mcp-api-public-url",
    argument: "url",
    variables: ["LFXMCP_MCP_API_PUBLIC_URL"],
    description: "public address of the MCP endpoint; audience of the tokens",
  },
  authServers: {
    flag: "--mcp-api-auth-servers",
    argument: "list",
    variables: ["LFXMCP_MCP_API_AUTH_SERVERS"],
    description: "issuers whose tokens are accepted, comma-separated",
  },
  scopes: {
    flag: "--mcp-api-scopes",
    argument: "list",
    variables: ["LFXMCP_MCP_API_SCOPES"],
    default: "openid,profile,email,read:all,manage:all",
    description: "scopes that clients are told to ask for, comma-separated",
  },
  allowedHosts: {
    flag: "--allowed-hosts",
    argument: "list",
    variables: ["LFXMCP_ALLOWED_HOSTS"],
    description: "more Host values to answer, comma-separated",
  },
  allowedOrigins: {
    flag: "--allowed-origins",
    argument: "list",
    variables: ["LFXMCP_ALLOWED_ORIGINS"],
    description: "more origins whose pages may call, comma-separated",
  },
  metricsPort: {
    flag: "--metrics-port",
    argument: "number",
    variables: ["LFXMCP_METRICS_PORT"],
    description: "serve /metrics on a port of its own",
  },
  drainDelay: {
    flag: "--drain-delay",
    argument: "seconds",
    variables: ["LFXMCP_DRAIN_DELAY"],
    default: "0",
    description: "time between not ready and not listening at shutdown",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LfxOptionName = keyof typeof LFX_OPTIONS;
export type LfxHttpOptionName = keyof typeof LFX_HTTP_OPTIONS;

/** Taken from the environment alone: a command line can be read by others. */
export const LFX_SECRET_VARIABLES = {
  clientSecret: "LFXMCP_CLIENT_SECRET",
  signingKey: "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY",
  staticToken: "LFXMCP_LFX_TOKEN",
} as const;

/** The rest of such a variable's name is what the key's owner is called, its value the key. */
export const API_KEY_PREFIX = "LFXMCP_API_CREDENTIALS_";
