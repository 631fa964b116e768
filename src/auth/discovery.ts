import { isObject } from "../core/jsonrpc.ts";
import { below } from "../net/below.ts";
import { isLoopback } from "../net/loopback.ts";
import { readDocument } from "./read-jwks.ts";

/** The part of an authorization server's metadata that is of use here. */
export type IssuerEndpoints = { readonly jwks: URL; readonly userInfo: URL };

const METADATA = "/.well-known/openid-configuration";

const bare = (address: string): string => address.replace(/\/$/, "");

/** An endpoint as the metadata name it, where that is an address to be trusted. */
const endpoint = (value: unknown): URL | undefined => {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))
    ? url
    : undefined;
};

/**
 * Finds an issuer's endpoints by its metadata (OpenID Connect Discovery 1.0, section 4). An issuer without usable
 * metadata has them where they usually are.
 */
export const discover = async (issuer: string, timeoutMs: number): Promise<IssuerEndpoints> => {
  const base = new URL(issuer);
  const read = readDocument(below(base, METADATA), "application/json", timeoutMs);
  const document = await read.catch(() => undefined);
  // Metadata that speak for somebody else are nobody's (section 4.3).
  const isOwn =
    isObject(document) && typeof document.issuer === "string" && bare(document.issuer) === bare(issuer);
  const found = isOwn ? document : {};
  return {
    jwks: endpoint(found.jwks_uri) ?? below(base, "/.well-known/jwks.json"),
    userInfo: endpoint(found.userinfo_endpoint) ?? below(base, "/userinfo"),
  };
};
