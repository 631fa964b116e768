import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectConnection, isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Deadline } from "../../shared/deadline.ts";
import { type CheckResult, failed, ok, warning } from "../finding.ts";
import { portOf } from "../proxy-route.ts";
import type { Check } from "../run.ts";

/** The host of a URL as sockets want it: an IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/**
 * Opens a connection to where a URL points, and closes it when `use` is done.
 * @throws the system's error where it cannot be opened
 */
async function withConnection<T>(
  url: URL,
  { signal }: Deadline,
  use: (socket: Socket) => T | Promise<T>,
): Promise<T> {
  const socket = connectConnection({ host: hostOf(url), port: portOf(url) });
  // A fault after the one that is waited for has no reader.
  socket.on("error", () => {});
  try {
    await once(socket, "connect", { signal });
    return await use(socket);
  } finally {
    socket.destroy();
  }
}

/** Why checks of the connection itself do not apply: what stands between is not seen from here. */
function behindProxy({ proxy }: { readonly proxy: string | undefined }): string | undefined {
  return proxy === undefined ? undefined : "Lightfast is reached through a proxy.";
}

/** What the codes of Node.js and OpenSSL mean, for whoever has to do something about it. */
const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no host of that name",
  ENODATA: "the host has no address",
  EAI_AGAIN: "the name server gave no answer",
  ECONNREFUSED: "nothing listens on that port",
  ECONNRESET: "the other side broke the connection off",
  ETIMEDOUT: "the other side gave no answer",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  SELF_SIGNED_CERT_IN_CHAIN: "its chain ends at an authority that this Node.js does not know",
  UNABLE_TO_GET_ISSUER_CERT: "its chain ends at an authority that this Node.js does not know",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "it was issued by an authority that this Node.js does not know",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate of its issuer is neither sent along nor known",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself and not by an authority",
  CERT_HAS_EXPIRED: "it has expired, or this machine's clock is wrong",
  CERT_NOT_YET_VALID: "it is not valid yet, or this machine's clock is wrong",
  CERT_REVOKED: "it was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "it belongs to another host",
  EPROTO: "what listens there does not speak TLS as it should",
  ERR_SSL_WRONG_VERSION_NUMBER: "what listens there does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "what listens there does not speak TLS",
};

/** A code in words, with the code itself for a search. */
export function wordsFor(code: string): string {
  const words = WORDS[code];
  return words ? `${words} (${code})` : code;
}

/** Why a connection failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code && WORDS[code] ? wordsFor(code) : error.message || (code ?? error.name);
}

/** The name of the host, asked for as every connection asks for it. */
export const dns: Check = {
  id: "dns",
  title: "DNS",
  failure: "unreachable",
  hint: "Check the spelling of the base URL, the network connection and the name server.",
  needs: ["base-url", "proxy"],
  skip: (subject) =>
    behindProxy(subject) ??
    (isIP(hostOf(subject.target.baseUrl)) ? "The base URL holds an address, not a name." : undefined),
  run: async ({ target }) => {
    const host = hostOf(target.baseUrl);
    try {
      const found = await lookup(host, { all: true });
      return ok(`${host} is ${found.map(({ address }) => address).join(", ")}`);
    } catch (error) {
      return failed(`${host}: ${reasonOf(error)}.`);
    }
  },
};

/** Whether anything listens there and can be reached. */
export const tcp: Check = {
  id: "tcp",
  title: "TCP",
  failure: "unreachable",
  hint: "Check the base URL and any firewall; where only a proxy leads out, set HTTPS_PROXY.",
  needs: ["base-url", "proxy", "dns"],
  skip: behindProxy,
  run: async ({ target: { baseUrl } }, deadline) => {
    const where = `${baseUrl.hostname} port ${portOf(baseUrl)}`;
    const started = performance.now();
    try {
      return await withConnection(baseUrl, deadline, ({ remoteAddress }) =>
        ok(
          `connected to ${remoteAddress} port ${portOf(baseUrl)} in ${Math.round(performance.now() - started)} ms`,
        ),
      );
    } catch (error) {
      // Told as what it is by whoever set the deadline.
      deadline.signal.throwIfAborted();
      return failed(`${where}: ${reasonOf(error)}.`);
    }
  },
};

/** What a connection showed of the other side. */
export type Shown = {
  readonly protocol: string | null;
  /** Whoever signed the certificate, as it is named there. */
  readonly issuer: string | undefined;
  /** The end of the certificate, in milliseconds since the epoch. */
  readonly endsAt: number;
  /** Why the certificate is not trusted, as a code of OpenSSL or Node.js; undefined where it is. */
  readonly fault: string | undefined;
};

function shownBy(secure: TLSSocket): Shown {
  const { issuer, valid_to: end } = secure.getPeerCertificate();
  return {
    protocol: secure.getProtocol(),
    issuer: [issuer?.O ?? issuer?.CN].flat()[0],
    endsAt: Date.parse(end),
    fault: secure.authorized ? undefined : String(secure.authorizationError),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Certificates that are renewed by a program are so long before. */
const FEW_DAYS = 7;

/** @param isLenient whether Node.js was told to take any certificate */
export function judgeCertificate(
  { protocol, issuer, endsAt, fault }: Shown,
  isLenient: boolean,
): CheckResult {
  const facts = `${protocol ?? "TLS"}, certificate from ${issuer ?? "an unnamed issuer"}`;
  if (fault !== undefined) {
    const judge = isLenient ? warning : failed;
    return judge(`The certificate is not trusted: ${wordsFor(fault)}.`, { details: [facts] });
  }
  const days = Math.floor((endsAt - Date.now()) / DAY_MS);
  const summary = `${facts}, good for ${days} more days`;
  return days < FEW_DAYS
    ? warning(summary, { hint: "Whoever runs that host should renew the certificate." })
    : ok(summary);
}

/** Takes any certificate, to be able to say what is wrong with it. Nothing is sent over this connection. */
async function shake(socket: Socket, host: string, signal: AbortSignal): Promise<TLSSocket> {
  const names = isIP(host) ? {} : { servername: host };
  const secure = connect({ socket, host, ...names, rejectUnauthorized: false });
  // A fault after the one that is waited for has no reader.
  secure.on("error", () => {});
  await once(secure, "secureConnect", { signal });
  return secure;
}

/** Whether what listens there proves to be that host. */
export const tls: Check = {
  id: "tls",
  title: "TLS",
  failure: "unreachable",
  hint:
    "If a company proxy signs TLS anew, set NODE_EXTRA_CA_CERTS to the file of its certificate, here and in the " +
    "server's entry in each client.",
  needs: ["base-url", "proxy", "dns", "tcp"],
  skip: (subject) =>
    behindProxy(subject) ??
    (subject.target.baseUrl.protocol === "https:" ? undefined : "The base URL is plain http."),
  run: async ({ env, target: { baseUrl } }, deadline) => {
    try {
      return await withConnection(baseUrl, deadline, async (socket) => {
        const secure = await shake(socket, hostOf(baseUrl), deadline.signal);
        return judgeCertificate(shownBy(secure), env.NODE_TLS_REJECT_UNAUTHORIZED === "0");
      });
    } catch (error) {
      deadline.signal.throwIfAborted();
      return failed(`No connection with TLS: ${reasonOf(error)}.`, {
        hint: "Check the base URL, and what stands between here and there.",
      });
    }
  },
};
