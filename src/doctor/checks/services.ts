import { createMetadataClient, discoverIssuer } from "../../auth/jwks.ts";
import { normalizeIssuer } from "../../auth/jwt.ts";
import type { SettingProblem } from "../../config/reader.ts";
import type { SettingsError } from "../../config/resolve.ts";
import { createHttpClient } from "../../http-client/client.ts";
import { toRequestError } from "../../http-client/errors.ts";
import { createInternalHttpClient, type InternalPost } from "../../http-client/internal.ts";
import type { HttpClient, HttpRequest, HttpResponse, ProxySettings } from "../../http-client/types.ts";
import { ToolError } from "../../mcp/errors.ts";
import { type Deadline, withDeadline } from "../../shared/deadline.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { type Check, type CheckResult, failed, ok, warning } from "../check.ts";
import { createClockReader, SILENT } from "../probe.ts";
import { checkClock } from "./local.ts";
import { describeErrorCode } from "./network.ts";

/** Reaches the services of an HTTP server, with the clients that it uses. */
export type ServiceProbe = {
  readonly http: HttpClient;
  /** Sends to services of the same deployment, which go through no proxy. */
  readonly post: InternalPost;
  readonly proxies: ProxySettings;
  clockAheadMs(): number | undefined;
};

/** Limit of one request. */
export const REQUEST_MS = 3500;
/** Limit of a check with two requests. */
export const TWO_REQUESTS_MS = 8000;

export function createServiceProbe(proxies: ProxySettings): ServiceProbe {
  const clock = createClockReader();
  const http = createHttpClient(proxies, SILENT);
  const { post } = createInternalHttpClient(SILENT);
  const read = <T extends HttpResponse>(response: T): T => {
    clock.read(response);
    return response;
  };
  return {
    http: { ...http, send: async (request, deadline) => read(await http.send(request, deadline)) },
    post: async (...request) => read(await post(...request)),
    proxies,
    clockAheadMs: clock.aheadMs,
  };
}

const SETTINGS = {
  id: "settings",
  title: "Settings",
  failure: "usage",
  hint: "Set or correct each of these.",
} as const;

export function invalidSettings({ problems }: SettingsError): Check<unknown> {
  const details = problems.map(({ message }) => message);
  return { ...SETTINGS, run: () => failed("The server does not start with these settings.", { details }) };
}

/** @param warnings those about what is missing, among others */
export function incompleteSettings(warnings: readonly SettingProblem[]): Check<unknown> {
  const details = warnings.map(({ message }) => message);
  const summary = "The server starts with these settings, but calls fail.";
  return { ...SETTINGS, run: () => failed(summary, { details }) };
}

/** @param summary the settings in one line */
export function validSettings(summary: string, warnings: readonly SettingProblem[]): Check<unknown> {
  const details = warnings.map(({ message }) => message);
  const hint = "The server starts. Make sure that each of these is intended.";
  return { ...SETTINGS, run: () => (details.length > 0 ? warning(summary, { details, hint }) : ok(summary)) };
}

/** The metadata of an authorization server, and where to configure it. */
export type IssuerOptions = {
  /** The host if there are several issuers, otherwise empty. Ids and titles end in it. */
  readonly name: string;
  readonly issuer: string;
  readonly metadataUrl: URL;
  readonly setting: string;
};

/** Whether an authorization server responds, and names itself as the settings do. */
export function issuerCheck(options: IssuerOptions, probe: ServiceProbe): Check<unknown> {
  const { name, issuer, metadataUrl: url, setting } = options;
  return {
    ...identify("issuer", "Issuer", name),
    failure: "unreachable",
    hint: `Check ${setting}.`,
    run: async (_, deadline) => {
      const reached = await reach(url, setting, probe, deadline);
      if ("failure" in reached) return reached.failure;
      const { response, ms } = reached;
      const { status } = response;
      if (status >= 500) return serverError(url, status);
      if (status !== 200)
        return warning(`${url} returns HTTP ${status}, so clients cannot find out where to sign in.`, {
          hint: `Check ${setting}: it must be the issuer as its tokens name it.`,
        });
      const document = parseJson(response.body);
      const named = isObject(document) ? document.issuer : undefined;
      if (typeof named !== "string")
        return failed(`${url} is not the metadata of an authorization server.`, { failure: "usage" });
      if (normalizeIssuer(named) === normalizeIssuer(issuer)) return ok(`${issuer} responded in ${ms} ms`);
      const shown = sanitizeText(named);
      return failed(`The authorization server names itself "${shown}", so its tokens are rejected.`, {
        failure: "usage",
        hint: `Set ${setting} to ${shown}, if that is the right server.`,
      });
    },
  };
}

export type KeySetOptions = {
  /** As that of the issuer. */
  readonly name: string;
  /** The URL of the set, or the issuer whose metadata name it. */
  readonly source: URL | { readonly issuer: string };
  readonly setting: string;
};

/** Whether the keys that verify tokens can be loaded. */
export function keySetCheck({ name, source, setting }: KeySetOptions, probe: ServiceProbe): Check<unknown> {
  return {
    ...identify("key-set", "Key set", name),
    failure: "unreachable",
    hint: `Check ${setting}.`,
    limitMs: TWO_REQUESTS_MS,
    ...(source instanceof URL ? {} : { needs: [identify("issuer", "", name).id] }),
    run: async (_, deadline) => {
      const url = source instanceof URL ? source : await findKeySet(source.issuer, probe);
      const reached = await reach(url, setting, probe, deadline);
      if ("failure" in reached) return reached.failure;
      const { status, body } = reached.response;
      if (status >= 500) return serverError(url, status);
      const document = parseJson(body);
      const keys = isObject(document) && Array.isArray(document.keys) ? document.keys.length : 0;
      if (status === 200 && keys > 0) return ok(`${keys} ${keys === 1 ? "key" : "keys"} at ${url}`);
      return failed(`${url} is not a set of keys (HTTP ${status}), so every token is rejected.`, {
        failure: "usage",
      });
    },
  };
}

function identify(id: string, title: string, name: string) {
  return name ? { id: `${id}:${name}`, title: `${title} ${name}` } : { id, title };
}

async function findKeySet(issuer: string, { proxies }: ServiceProbe): Promise<URL> {
  const { fetchJson, close } = createMetadataClient(proxies, SILENT);
  try {
    return (await discoverIssuer(issuer, REQUEST_MS, fetchJson)).jwks;
  } finally {
    await close();
  }
}

export type ServiceOptions = {
  readonly id: string;
  readonly title: string;
  /** Read with GET. */
  readonly url: URL;
  /** Whether any response below 500 shows that the service is there, because no path of it is known to only read. */
  readonly isAnyStatus?: boolean;
  readonly setting: string;
  /** Returns a token for the service, or why there must be one and is none; undefined if there need not be one. */
  readonly token: () => Promise<string | CheckResult | undefined>;
  /** The next step if the service rejects the token. */
  readonly rejectedHint: string;
  /** @see Check.needs */
  readonly needs?: readonly string[];
};

/** Whether an API responds, and accepts this server's token if it has one. */
export function serviceCheck(options: ServiceOptions, probe: ServiceProbe): Check<unknown> {
  const { id, title, url, isAnyStatus = false, setting, token, rejectedHint, needs = [] } = options;
  return {
    id,
    title,
    failure: "unreachable",
    hint: `Check ${setting}.`,
    needs,
    limitMs: TWO_REQUESTS_MS,
    run: async (_, deadline) => {
      const bearer = await token();
      if (typeof bearer === "object") return bearer;
      const headers: Record<string, string> =
        bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const reached = await reach(url, setting, probe, deadline, { headers });
      if ("failure" in reached) return reached.failure;
      const { status } = reached.response;
      const summary = `${url.host} responded in ${reached.ms} ms`;
      if (status === 401 || status === 403) {
        if (bearer === undefined) return ok(`${summary}, requires a token`);
        const what = `${url.host} rejects this server's token (HTTP ${status}).`;
        return failed(what, { failure: "credentials", hint: rejectedHint });
      }
      if (status >= 500) return serverError(url, status);
      if (status < 300) return ok(bearer === undefined ? summary : `${summary}, accepts this server's token`);
      if (isAnyStatus) return ok(summary);
      return failed(`${url} returns HTTP ${status}: it is another service, or another path of it.`, {
        failure: "usage",
      });
    },
  };
}

/**
 * Whether the clocks of this machine and the services agree.
 * @param after ids of the checks that send requests
 * @param hasTokens whether a wrong clock makes calls fail
 */
export function clockCheck(
  after: readonly string[],
  { clockAheadMs }: ServiceProbe,
  hasTokens = true,
): Check<unknown> {
  return {
    id: "clock",
    title: "Clock",
    failure: "other",
    hint: "Turn on automatic time (NTP) on both sides. With a wrong clock, valid tokens are rejected.",
    after,
    run: () => {
      const aheadMs = clockAheadMs();
      return aheadMs === undefined
        ? { status: "skipped", summary: "No service sent a response with a date." }
        : checkClock(aheadMs, "the service", hasTokens);
    },
  };
}

/** Sends a request, by default GET, within the limit of one request. @param setting where the URL is configured */
export async function reach(
  url: URL,
  setting: string,
  { http }: ServiceProbe,
  { signal }: Deadline,
  options: Partial<Pick<HttpRequest, "method" | "headers" | "body">> = {},
): Promise<{ readonly response: HttpResponse; readonly ms: number } | { readonly failure: CheckResult }> {
  const started = performance.now();
  const request = {
    method: "GET",
    url,
    ...options,
    headers: { accept: "application/json", ...options.headers },
    followRedirects: false,
  } as const;
  try {
    const response = await withDeadline(REQUEST_MS, signal, (deadline) => http.send(request, deadline));
    return { response, ms: Math.round(performance.now() - started) };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: connectionFailed(error, url, setting) };
  }
}

export function serverError(url: URL, status: number): CheckResult {
  return failed(`${url.host}${url.pathname} returns HTTP ${status}.`, {
    failure: "other",
    hint: "The service is reached, but has an error of its own. Read its log, or ask its operator.",
  });
}

/** A request without a response, with the next step for its cause. @param setting where the URL is configured */
export function connectionFailed(error: unknown, url: URL, setting: string): CheckResult {
  const request = { method: "POST", url, headers: {} } as const;
  const { reason = "", message } =
    error instanceof ToolError ? error : toRequestError(request, error, { sent: false });
  const described = describeErrorCode(reason);
  const cause = reason === "DEADLINE" ? "no response in time" : described === reason ? message : described;
  return failed(`${url.host}: ${cause}.`, {
    failure: "unreachable",
    hint: (CURES[reason] ?? checkNetwork)(setting),
  });
}

type Cure = (setting: string) => string;

const checkNetwork: Cure = (setting) =>
  `Check ${setting}, and the firewalls and network policies between this server and the service.`;
const checkHost: Cure = (setting) =>
  `Check the host in ${setting}. Inside a cluster, check the names of the service and its namespace.`;
const trustAuthority: Cure = () =>
  "Set NODE_EXTRA_CA_CERTS to the file with the certificate of the authority that issued it.";
const checkProxy: Cure = () => "Check HTTPS_PROXY and its credentials, or add the host to NO_PROXY.";

/** What to do about a connection error, by its code. */
const CURES: Readonly<Record<string, Cure>> = {
  ENOTFOUND: checkHost,
  ENODATA: checkHost,
  EAI_AGAIN: () => "Check the DNS server of this machine or cluster, and whether it can be reached.",
  ECONNREFUSED: (setting) => `Check the port in ${setting}, and whether the service runs.`,
  ECONNRESET: (setting) => `Check the scheme and port in ${setting}, and any proxy or mesh in between.`,
  UNABLE_TO_GET_ISSUER_CERT: trustAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trustAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trustAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: trustAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: trustAuthority,
  CERT_HAS_EXPIRED: () => "Renew the certificate of the service, or correct this machine's clock.",
  CERT_NOT_YET_VALID: () => "Correct this machine's clock, or the certificate of the service.",
  ERR_TLS_CERT_ALTNAME_INVALID: (setting) => `Use the name in ${setting} that the certificate is for.`,
  ERR_SSL_WRONG_VERSION_NUMBER: (setting) =>
    `Check the port in ${setting}. If the service has no TLS, use http and see --allow-insecure-http.`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: (setting) => `Check the port in ${setting}.`,
  UND_ERR_ABORTED: checkProxy,
  UND_ERR_PRX_TLS: checkProxy,
  PROXY_CLOSED: checkProxy,
  PROXY_UNSUPPORTED: checkProxy,
};
