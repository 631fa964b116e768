import { LISTEN_OPTIONS } from "../../../config/http.ts";
import type { OptionRow } from "../../../config/reader.ts";
import { sharedOptions } from "../../../config/resolve.ts";
import { toolOptions } from "../../../config/tools.ts";
import { CONFIRMED_KINDS, type ConfirmationMode, TOOLSETS } from "../policy.ts";

const SHARED = sharedOptions("LIGHTFAST");

export const CONFIRMATION_MODES = Object.keys(CONFIRMED_KINDS) as readonly ConfirmationMode[];

/** The options of every LFX command. Help, docs and settings follow this table. */
export const LFX_OPTIONS = {
  lfxApiUrl: {
    flag: "--lfx-api-url",
    argument: "url",
    variables: ["LFXMCP_LFX_API_URL"],
    description: "URL of LFX Self Service, and audience of its tokens",
  },
  tokenEndpoint: {
    flag: "--token-endpoint",
    argument: "url",
    variables: ["LFXMCP_TOKEN_ENDPOINT"],
    description: "Token endpoint of the authorization server",
  },
  clientId: {
    flag: "--client-id",
    argument: "id",
    variables: ["LFXMCP_CLIENT_ID"],
    description: "OAuth client ID of this server",
  },
  onboardingApiUrl: {
    flag: "--onboarding-api-url",
    argument: "url",
    variables: ["LFXMCP_ONBOARDING_API_URL"],
    description: "URL of Member Onboarding",
  },
  onboardingApiAudience: {
    flag: "--onboarding-api-audience",
    argument: "audience",
    variables: ["LFXMCP_ONBOARDING_API_AUDIENCE"],
    description: "Audience of the tokens for Member Onboarding",
  },
  lensApiUrl: {
    flag: "--lens-api-url",
    argument: "url",
    variables: ["LFXMCP_LENS_API_URL"],
    description: "URL of LFX Lens",
  },
  lensApiAudience: {
    flag: "--lens-api-audience",
    argument: "audience",
    variables: ["LFXMCP_LENS_API_AUDIENCE"],
    description: "Audience of the tokens for LFX Lens",
  },
  sandbox: {
    flag: "--sandbox",
    variables: ["LFXMCP_SANDBOX"],
    description: "Use the built-in LFX emulator: no account, no network",
  },
  toolsets: {
    flag: "--toolsets",
    argument: "list",
    variables: ["LFXMCP_TOOLSETS"],
    choices: TOOLSETS,
    description: `Sets of tools to serve, comma-separated: ${TOOLSETS.join(", ")}; default: all of them`,
  },
  ...toolOptions("LFXMCP", "all except those of the standard metrics"),
  confirm: {
    flag: "--confirm",
    argument: "mode",
    variables: ["LFXMCP_CONFIRM"],
    default: "never",
    choices: CONFIRMATION_MODES,
    description:
      "Ask the user before these tools run: destructive (they change, delete or send), writes (also those that add), never",
    isSafetySwitch: true,
  },
  confirmRequired: {
    flag: "--confirm-required",
    variables: ["LFXMCP_CONFIRM_REQUIRED"],
    description: "With --confirm, hide these tools where the client cannot ask",
    isSafetySwitch: true,
  },
  committeesAsGroups: {
    flag: "--committees-as-groups",
    variables: ["LFXMCP_COMMITTEES_AS_GROUPS"],
    description: 'Use "group" for "committee" in the names of tools and parameters',
  },
  debug: {
    flag: "--debug",
    variables: ["LFXMCP_DEBUG"],
    description: "Log everything, as --log-level debug does",
  },
  debugTraffic: {
    flag: "--debug-traffic",
    variables: ["LFXMCP_DEBUG_TRAFFIC"],
    description: "With --debug, also log upstream requests and responses, without secrets",
  },
  ...SHARED,
  allowInsecureHttp: { ...SHARED.allowInsecureHttp, variables: ["LFXMCP_ALLOW_INSECURE_HTTP"] },
  timeout: {
    ...SHARED.timeout,
    description: `${SHARED.timeout.description}; LFX Lens has at least 120000`,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** The options that choose tools. */
export const LFX_TOOL_OPTIONS = [
  "toolsets",
  "tools",
  "excludeTools",
  "readOnly",
] as const satisfies readonly (keyof typeof LFX_OPTIONS)[];

/** The options that an entry in a client's file can contain. It cannot contain a credential. */
export const LFX_STORED_OPTIONS: readonly (keyof typeof LFX_OPTIONS)[] = [
  "lfxApiUrl",
  "sandbox",
  ...LFX_TOOL_OPTIONS,
  "confirm",
  "confirmRequired",
  "committeesAsGroups",
];

export type LfxOptionName = keyof typeof LFX_OPTIONS;

/** The additional options of the HTTP server. */
export const LFX_HTTP_OPTIONS = {
  host: { ...LISTEN_OPTIONS.host, variables: ["LFXMCP_HTTP_HOST"] },
  port: { ...LISTEN_OPTIONS.port, variables: ["LFXMCP_HTTP_PORT"] },
  auth: {
    flag: "--auth",
    argument: "kind",
    variables: ["LFXMCP_AUTH"],
    default: "oauth",
    choices: ["oauth", "none"],
    description: "How callers authenticate: oauth (and static API keys), none (localhost only)",
  },
  resourceUrl: {
    flag: "--mcp-api-public-url",
    argument: "url",
    variables: ["LFXMCP_MCP_API_PUBLIC_URL"],
    description: "Public URL of the MCP endpoint, and audience of the tokens",
  },
  authServers: {
    flag: "--mcp-api-auth-servers",
    argument: "list",
    variables: ["LFXMCP_MCP_API_AUTH_SERVERS"],
    default: "https://sso.linuxfoundation.org/",
    description: "Issuers whose tokens are accepted, comma-separated",
  },
  scopes: {
    flag: "--mcp-api-scopes",
    argument: "list",
    variables: ["LFXMCP_MCP_API_SCOPES"],
    default: "openid,profile,email,read:all,manage:all",
    description: "Scopes that clients should request, comma-separated",
  },
  stepUp: {
    flag: "--step-up",
    variables: ["LFXMCP_STEP_UP"],
    description:
      "List the tools that need manage:all to everyone who may read; a call without it gets HTTP 403 with the scope to request",
  },
  allowedHosts: { ...LISTEN_OPTIONS.allowedHosts, variables: ["LFXMCP_ALLOWED_HOSTS"] },
  allowedOrigins: { ...LISTEN_OPTIONS.allowedOrigins, variables: ["LFXMCP_ALLOWED_ORIGINS"] },
  metricsPort: { ...LISTEN_OPTIONS.metricsPort, variables: ["LFXMCP_METRICS_PORT"] },
  publicMetrics: { ...LISTEN_OPTIONS.publicMetrics, variables: ["LFXMCP_PUBLIC_METRICS"] },
  drainDelay: { ...LISTEN_OPTIONS.drainDelay, variables: ["LFXMCP_DRAIN_DELAY"] },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type LfxHttpOptionName = keyof typeof LFX_HTTP_OPTIONS;
