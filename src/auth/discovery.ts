import { isObject } from "../shared/json.ts";
import { isLoopback } from "../shared/loopback.ts";
import { below } from "../shared/url.ts";
import { DocumentError, type ReadDocument } from "./documents.ts";
import { bareIssuer } from "./issuer.ts";

/** The part of an authorization server's metadata that is of use here. */
export type IssuerEndpoints = { readonly jwks: URL; readonly userInfo: URL };

const METADATA = "/.well-known/openid-configuration";

/** An endpoint as the metadata name it, where it may be trusted: only an issuer of this machine names others of it. */
const endpoint = (value: unknown, issuer: URL): URL | undefined => {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isLocal = isLoopback(url.hostname) && isLoopback(issuer.hostname);
  return isLocal || (url.protocol === "https:" && !isLoopback(url.hostname)) ? url : undefined;
};

/** Whether an issuer is known to have no metadata, and not only at this moment. */
const isAbsent = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (error instanceof DocumentError && error.status >= 300 && error.status < 500);

/**
 * Finds an issuer's endpoints by its metadata (OpenID Connect Discovery 1.0, section 4). An issuer that has none has
 * its endpoints where they usually are.
 * @throws Error where it cannot be known at present
 */
export const discover = async (
  issuer: string,
  timeoutMs: number,
  read: ReadDocument,
): Promise<IssuerEndpoints> => {
  const base = new URL(issuer);
  const document = await read(below(base, METADATA), "application/json", timeoutMs).catch(
    (error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    },
  );
  // Metadata that speak for somebody else are nobody's (section 4.3).
  const isOwn =
    isObject(document) &&
    typeof document.issuer === "string" &&
    bareIssuer(document.issuer) === bareIssuer(issuer);
  const found = isOwn ? document : {};
  return {
    jwks: endpoint(found.jwks_uri, base) ?? usualKeys(issuer),
    userInfo: endpoint(found.userinfo_endpoint, base) ?? below(base, "/userinfo"),
  };
};

/** Where an issuer's keys usually are. */
const usualKeys = (issuer: string): URL => below(new URL(issuer), "/.well-known/jwks.json");

/** Where an issuer's keys are; where the metadata are not to be had, in the usual place, which is as much its own. */
export const keysOf = async (issuer: string, timeoutMs: number, read: ReadDocument): Promise<URL> => {
  try {
    return (await discover(issuer, timeoutMs, read)).jwks;
  } catch {
    return usualKeys(issuer);
  }
};
