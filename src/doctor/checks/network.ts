import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { isIP, connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { effectivePort, maskProxy, SOCKET_OPTIONS } from "../../http-client/route.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { codeOf } from "../../shared/errors.ts";
import { isSupportedProxy } from "../../shared/url.ts";
import { type Check, type CheckResult, failed, ok, warning } from "../check.ts";
import { type DoctorContext, messagesAbout } from "../context.ts";

const PROXY_SETTINGS = ["http_proxy", "https_proxy", "no_proxy"];

const TLS_CHECKS_OFF =
  "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks, so others on the network can read the API key.";

const NOT_PASSED_ON =
  "MCP clients do not pass these variables to the server. Add them to its entry in each client.";

/** Error codes of Node.js and OpenSSL. */
const ERROR_DESCRIPTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "host not found",
  ENODATA: "the host has no address",
  EAI_AGAIN: "no response from the DNS server",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  SELF_SIGNED_CERT_IN_CHAIN: "Node.js does not trust the authority at the end of its chain",
  UNABLE_TO_GET_ISSUER_CERT: "Node.js does not trust the authority at the end of its chain",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "Node.js does not trust the authority that issued it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate of its issuer is missing",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  CERT_HAS_EXPIRED: "it has expired, or this machine's clock is wrong",
  CERT_NOT_YET_VALID: "it is not valid yet, or this machine's clock is wrong",
  CERT_REVOKED: "it was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "it was issued for another host",
  EPROTO: "TLS protocol error",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not use TLS on this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not use TLS on this port",
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Automatic renewal happens earlier than this. */
const MIN_VALID_DAYS = 7;

export const proxy: Check = {
  id: "proxy",
  title: "Proxy and certificates",
  failure: "usage",
  hint: "Correct the variable, or remove it.",
  run: (context) => {
    const [error, ...otherErrors] = messagesAbout(context.errors, PROXY_SETTINGS);
    if (error) return failed(error, { details: otherErrors });
    const { host } = context.target.baseUrl;
    if (context.proxy && !isSupportedProxy(context.proxy)) {
      return failed(`${host} cannot be reached: ${maskProxy(context.proxy)} is not an http or https proxy.`);
    }
    const route = context.proxy ? `through ${maskProxy(context.proxy)}` : "directly";
    const summary = `${host} is reached ${route}`;
    const variables = listVariables(context);
    const details = variables.length > 0 ? [...variables, NOT_PASSED_ON] : [];
    const warnings = findWarnings(context);
    return warnings.length > 0
      ? warning(summary, { details: [...warnings, ...details] })
      : ok(summary, ...details);
  },
};

export const dns: Check = {
  id: "dns",
  title: "DNS",
  failure: "unreachable",
  hint: "Check the spelling of the base URL, the network connection and the DNS server.",
  needs: ["base-url", "proxy"],
  skip: (context) =>
    skipBehindProxy(context) ??
    (isIP(hostOf(context.target.baseUrl)) ? "The base URL has an IP address." : undefined),
  run: async ({ target }) => {
    const host = hostOf(target.baseUrl);
    try {
      const found = await lookup(host, { all: true });
      return ok(`${host} is ${found.map(({ address }) => address).join(", ")}`);
    } catch (error) {
      return failed(`${host}: ${describeError(error)}.`);
    }
  },
};

export const tcp: Check = {
  id: "tcp",
  title: "TCP",
  failure: "unreachable",
  hint: "Check the base URL and any firewall. If this network requires a proxy, set HTTPS_PROXY.",
  needs: ["base-url", "proxy", "dns"],
  skip: skipBehindProxy,
  run: async ({ target: { baseUrl } }, deadline) => {
    const port = effectivePort(baseUrl);
    const started = performance.now();
    try {
      return await withConnection(baseUrl, deadline, ({ remoteAddress }) =>
        ok(`connected to ${remoteAddress} port ${port} in ${Math.round(performance.now() - started)} ms`),
      );
    } catch (error) {
      // `runChecks` reports an exceeded deadline.
      deadline.signal.throwIfAborted();
      return failed(`${baseUrl.hostname} port ${port}: ${describeError(error)}.`);
    }
  },
};

export const tls: Check = {
  id: "tls",
  title: "TLS",
  failure: "unreachable",
  hint:
    "If a company proxy intercepts TLS, set NODE_EXTRA_CA_CERTS to the file of its certificate, here and in the " +
    "server's entry in each client.",
  needs: ["base-url", "proxy", "dns", "tcp"],
  skip: (context) =>
    skipBehindProxy(context) ??
    (context.target.baseUrl.protocol === "https:" ? undefined : "The base URL uses plain http."),
  run: async ({ env, target: { baseUrl } }, deadline) => {
    try {
      return await withConnection(baseUrl, deadline, async (socket) => {
        const peer = await readPeer(socket, hostOf(baseUrl), deadline.signal);
        return checkCertificate(peer, env.NODE_TLS_REJECT_UNAUTHORIZED === "0");
      });
    } catch (error) {
      deadline.signal.throwIfAborted();
      return failed(`TLS connection failed: ${describeError(error)}.`, {
        hint: "Check the base URL, and any firewall or proxy in between.",
      });
    }
  },
};

/** What a TLS connection shows about the server. */
export type TlsPeer = {
  readonly protocol: string | null;
  /** The organization, or else the name, of the certificate's issuer. */
  readonly issuer: string | undefined;
  /** The end of the certificate's validity, in milliseconds since the epoch. */
  readonly validUntil: number;
  /** Why the certificate is not trusted, as a code of OpenSSL or Node.js; undefined if it is. */
  readonly error: string | undefined;
};

/** @param allowUntrusted whether Node.js accepts any certificate */
export function checkCertificate(
  { protocol, issuer, validUntil, error }: TlsPeer,
  allowUntrusted: boolean,
): CheckResult {
  const facts = `${protocol ?? "TLS"}, certificate from ${issuer ?? "an unknown issuer"}`;
  if (error !== undefined) {
    const report = allowUntrusted ? warning : failed;
    return report(`The certificate is not trusted: ${describeErrorCode(error)}.`, { details: [facts] });
  }
  const days = Math.floor((validUntil - Date.now()) / DAY_MS);
  const summary = `${facts}, valid for ${days} more days`;
  return days < MIN_VALID_DAYS
    ? warning(summary, { hint: "The operator of that host must renew the certificate." })
    : ok(summary);
}

/** Describes why a connection failed. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  return code && ERROR_DESCRIPTIONS[code] ? describeErrorCode(code) : error.message || (code ?? error.name);
}

/** Describes an error code. The code stays in the text, for web searches. */
export function describeErrorCode(code: string): string {
  const description = ERROR_DESCRIPTIONS[code];
  return description ? `${description} (${code})` : code;
}

/** From here only the connection to the proxy can be seen. */
function skipBehindProxy({ proxy }: DoctorContext): string | undefined {
  return proxy === undefined ? undefined : "Requests go through a proxy.";
}

/** Returns the host as sockets expect it: an IPv6 address without brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Opens a connection, and closes it after `use`. @throws the system's error */
async function withConnection<T>(
  url: URL,
  { signal }: Deadline,
  use: (socket: Socket) => T | Promise<T>,
): Promise<T> {
  const socket = netConnect({ host: hostOf(url), port: effectivePort(url), ...SOCKET_OPTIONS });
  ignoreLaterErrors(socket);
  try {
    await once(socket, "connect", { signal });
    return await use(socket);
  } finally {
    socket.destroy();
  }
}

/** Accepts any certificate, in order to describe it. No data is sent over this connection. */
async function readPeer(socket: Socket, host: string, signal: AbortSignal): Promise<TlsPeer> {
  const names = isIP(host) ? {} : { servername: host };
  const secure = tlsConnect({ socket, host, ...names, rejectUnauthorized: false });
  ignoreLaterErrors(secure);
  await once(secure, "secureConnect", { signal });
  const { issuer, valid_to: validUntil } = secure.getPeerCertificate();
  return {
    protocol: secure.getProtocol(),
    issuer: [issuer?.O ?? issuer?.CN].flat()[0],
    validUntil: Date.parse(validUntil),
    error: secure.authorized ? undefined : String(secure.authorizationError),
  };
}

/** `once` only handles errors before its event; a later one without a listener would end the process. */
function ignoreLaterErrors(socket: Socket): void {
  socket.on("error", () => {});
}

function listVariables({ env, settings: { proxies } }: DoctorContext): readonly string[] {
  const { http, https, none } = proxies;
  const variables = {
    HTTPS_PROXY: https && maskProxy(https),
    HTTP_PROXY: http && maskProxy(http),
    NO_PROXY: none,
    NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS,
  };
  return Object.entries(variables).flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
}

function findWarnings({ env, settings }: DoctorContext): readonly string[] {
  const file = env.NODE_EXTRA_CA_CERTS;
  const problem = file ? certificateFileProblem(file) : undefined;
  return [
    ...messagesAbout(settings.warnings, PROXY_SETTINGS),
    ...(problem ? [`NODE_EXTRA_CA_CERTS: ${file} ${problem}, so it has no effect.`] : []),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === "0" ? [TLS_CHECKS_OFF] : []),
  ];
}

/** Node.js itself ignores an unusable file without an error. */
function certificateFileProblem(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return "is not a file";
    const hasCertificate = readFileSync(file, "utf8").includes("-----BEGIN ");
    return hasCertificate ? undefined : "contains no PEM certificate";
  } catch (error) {
    return `cannot be read (${codeOf(error) ?? error})`;
  }
}
