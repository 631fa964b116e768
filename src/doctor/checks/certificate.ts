import type { TLSSocket } from "node:tls";
import { type Finding, failed, ok, warning } from "../finding.ts";
import { wordsFor } from "./words.ts";

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

export const shownBy = (secure: TLSSocket): Shown => {
  const { issuer, valid_to: end } = secure.getPeerCertificate();
  return {
    protocol: secure.getProtocol(),
    issuer: [issuer?.O ?? issuer?.CN].flat()[0],
    endsAt: Date.parse(end),
    fault: secure.authorized ? undefined : String(secure.authorizationError),
  };
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Certificates that are renewed by a program are so long before. */
const FEW_DAYS = 7;

/** @param isLenient whether Node.js was told to take any certificate */
export const judgeCertificate = ({ protocol, issuer, endsAt, fault }: Shown, isLenient: boolean): Finding => {
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
};
