import { createTokenEndpoint } from "../../auth/oauth-client.ts";
import { createTokenSources } from "../../auth/token-source.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { ApiKey } from "../../platforms/lfx/config/http.ts";
import type { LfxClient, LfxService, LfxUpstream } from "../../platforms/lfx/config/resolve.ts";
import { appendPath } from "../../shared/url.ts";
import { type Check, type CheckResult, failed, ok, skipped, warning } from "../check.ts";
import { SILENT } from "../probe.ts";
import {
  connectionFailed,
  issuerCheck,
  keySetCheck,
  REQUEST_MS,
  type ServiceProbe,
  serverError,
  serviceCheck,
  TWO_REQUESTS_MS,
} from "./services.ts";

const TOKEN_ENDPOINT = "LFXMCP_TOKEN_ENDPOINT";
const CLIENT_HINT =
  "Check LFXMCP_CLIENT_ID, and LFXMCP_CLIENT_ASSERTION_SIGNING_KEY or LFXMCP_CLIENT_SECRET, which must be this client's.";

/** The services that LFX tools call: where they are configured, and a request that only reads. */
const SERVICES = {
  lfx: {
    title: "LFX API",
    setting: "LFXMCP_LFX_API_URL",
    path: "/query/resources?page_size=1&type=project&v=1",
    // It is called with callers' tokens, too, so it is reached even if this server gets none.
    needsToken: false,
  },
  onboarding: {
    title: "Member Onboarding",
    setting: "LFXMCP_ONBOARDING_API_URL",
    path: undefined,
    needsToken: true,
  },
  lens: {
    title: "LFX Lens",
    setting: "LFXMCP_LENS_API_URL",
    path: "/lfx-lens/semantic-layer/metrics?search=check",
    needsToken: true,
  },
} as const;

const AUDIENCES: Readonly<Record<keyof typeof SERVICES, string>> = {
  lfx: "LFXMCP_LFX_API_URL, which is also the audience of the tokens, must be spelled as LFX spells it.",
  onboarding: "Check LFXMCP_ONBOARDING_API_AUDIENCE, and what the authorization server allows this client.",
  lens: "Check LFXMCP_LENS_API_AUDIENCE, and what the authorization server allows this client.",
};

/** A token from the settings: nothing renews it. */
const OWN_TOKEN = `Set a new token as LFXMCP_LFX_TOKEN. ${AUDIENCES.lfx}`;

/** Whether each authorization server responds, and its keys can be loaded. Several may have the same host. */
export function issuerChecks(issuers: readonly string[], probe: ServiceProbe): readonly Check<unknown>[] {
  return issuers.flatMap((issuer) => {
    const url = new URL(issuer);
    const name = issuers.length > 1 ? url.host + url.pathname.replace(/\/$/, "") : "";
    const setting = "LFXMCP_MCP_API_AUTH_SERVERS";
    const metadataUrl = appendPath(url, "/.well-known/openid-configuration");
    return [
      issuerCheck({ name, issuer, metadataUrl, setting }, probe),
      keySetCheck({ name, source: { issuer }, setting }, probe),
    ];
  });
}

export type LfxServices = {
  readonly upstream: LfxUpstream;
  /** `none` if the callers have no tokens of their own. */
  readonly auth: "oauth" | "none";
  readonly apiKeys: readonly ApiKey[];
};

/** Whether this server gets tokens, and whether the services accept them. */
export function lfxChecks(settings: LfxServices, probe: ServiceProbe): readonly Check<unknown>[] {
  const { client, staticToken, ...services } = settings.upstream;
  const tokens = client && createTokens(client, probe);
  return [
    tokenCheck(settings, tokens),
    ...(Object.keys(SERVICES) as (keyof typeof SERVICES)[]).flatMap((name) => {
      const service = services[name];
      const own = name === "lfx" ? staticToken : undefined;
      return service ? [apiCheck(name, service, { client, tokens, own }, probe)] : [];
    }),
  ];
}

/** This server's own tokens, by their audience. */
type Tokens = (audience: string) => Promise<{ readonly token: string } | { readonly error: unknown }>;

/** Checks of the same audience share a request. */
function createTokens(client: LfxClient, { http }: ServiceProbe): Tokens {
  const { tokenEndpoint: url, clientId, authentication: clientAuthentication } = client;
  const options = { url, clientId, clientAuthentication, http, log: SILENT, timeoutMs: REQUEST_MS };
  const sources = createTokenSources({ endpoint: createTokenEndpoint(options) });
  return async (audience) => {
    try {
      return { token: await sources.clientCredentials(audience).token() };
    } catch (error) {
      return { error };
    }
  };
}

function tokenCheck(settings: LfxServices, tokens: Tokens | undefined): Check<unknown> {
  const { auth, apiKeys, upstream } = settings;
  const { client, lfx, lens, staticToken } = upstream;
  const audience = (lfx ?? lens)?.audience;
  // People's tokens are exchanged, so only other callers need a token of this server.
  const isNeeded = !lfx || apiKeys.length > 0 || (auth === "none" && staticToken === undefined);
  return {
    id: "token-endpoint",
    title: "Token endpoint",
    failure: "unreachable",
    hint: `Check ${TOKEN_ENDPOINT}.`,
    limitMs: TWO_REQUESTS_MS,
    run: async () => {
      if (!client || !tokens || audience === undefined) return skipped("No OAuth client is configured.");
      const started = performance.now();
      const result = await tokens(audience);
      if ("error" in result) return noToken(result.error, client, audience, isNeeded);
      const ms = Math.round(performance.now() - started);
      return ok(`${client.tokenEndpoint.host} issued a token for ${audience} in ${ms} ms`);
    },
  };
}

type Credentials = {
  readonly client: LfxClient | undefined;
  readonly tokens: Tokens | undefined;
  /** The user's own token for this service. */
  readonly own: string | undefined;
};

function apiCheck(
  name: keyof typeof SERVICES,
  { url, audience }: LfxService,
  { client, tokens, own }: Credentials,
  probe: ServiceProbe,
): Check<unknown> {
  const { title, setting, path, needsToken } = SERVICES[name];
  return serviceCheck(
    {
      id: name,
      title,
      url: path === undefined ? url : withPath(url, path),
      isAnyStatus: path === undefined,
      setting,
      rejectedHint: own === undefined ? AUDIENCES[name] : OWN_TOKEN,
      needs: needsToken ? ["token-endpoint"] : [],
      token: async () => {
        if (own !== undefined) return own;
        const result = await tokens?.(audience);
        if (result === undefined || "token" in result) return result?.token;
        return needsToken && client ? noToken(result.error, client, audience, true) : undefined;
      },
    },
    probe,
  );
}

function withPath(base: URL, path: string): URL {
  const [pathname = "", search = ""] = path.split("?");
  const url = appendPath(base, pathname);
  url.search = search;
  return url;
}

/** @param isNeeded whether the server cannot work without the token */
function noToken(
  error: unknown,
  { tokenEndpoint: url }: LfxClient,
  audience: string,
  isNeeded: boolean,
): CheckResult {
  const status = error instanceof ToolError ? error.status : undefined;
  if (status === undefined) return connectionFailed(error, url, TOKEN_ENDPOINT);
  if (status >= 500) return serverError(url, status);
  const { message } = error as ToolError;
  const code = /\((\w+)\)/.exec(message)?.[1];
  const shown = `HTTP ${status}${code ? ` (${code})` : ""}`;
  if (status === 401 || code === "invalid_client")
    return failed(`${url.host} rejects this server's OAuth client: ${shown}.`, {
      failure: "credentials",
      hint: CLIENT_HINT,
    });
  if (code === undefined)
    return failed(`${url} is not a token endpoint: ${shown}.`, {
      failure: "usage",
      hint: `Set ${TOKEN_ENDPOINT} to the token endpoint that the issuer's metadata name.`,
    });
  const report = isNeeded ? failed : warning;
  const advice =
    "Spell that audience as LFX does, and allow this client the grant client_credentials for it there.";
  return report(`${url.host} issues this server no token for ${audience}: ${shown}.`, {
    failure: "credentials",
    hint: isNeeded ? advice : `Only machines that call this server need it. ${advice}`,
  });
}
