import { type ClientProof, readSigningKey } from "../../../auth/client-assertion.ts";
import { parseUrl } from "../../../config/parsers.ts";
import type { Reader } from "../../../config/reader.ts";
import type { Found, Parsed } from "../../../config/values.ts";
import { type LfxOptionName, SECRETS } from "./options.ts";

/** This server's own OAuth client. */
export type LfxClient = {
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly tokenEndpoint: URL;
};

/** A service that takes this server's own tokens: where it is, and for whom they are. */
export type LfxService = { readonly url: URL; readonly audience: string };

/** What there is to call, and with what. */
export type LfxUpstream = {
  /** LFX Self Service; `audience` is its address as it was written. */
  readonly lfx: LfxService | undefined;
  readonly onboarding: LfxService | undefined;
  readonly lens: LfxService | undefined;
  readonly client: LfxClient | undefined;
  /** A token of LFX's own, used as it is; for one user, on stdio. */
  readonly readyToken: string | undefined;
};

const asWritten = ({ value }: Found): Parsed<string> => ({ value });

/** A list of what is set and what is not, where some of it is. */
const halfSet = (parts: Readonly<Record<string, unknown>>): string | undefined => {
  const names = Object.keys(parts);
  const missing = names.filter((name) => !parts[name]);
  if (missing.length === 0 || missing.length === names.length) return undefined;
  const set = names.filter((name) => parts[name]);
  return `${set.join(" and ")} without ${missing.join(" and ")} is half a configuration. Set all of them, or none.`;
};

const readProof = ({ secret, problems }: Reader<LfxOptionName>): ClientProof | undefined => {
  const pem = secret(SECRETS.signingKey);
  const clientSecret = secret(SECRETS.clientSecret);
  if (pem === undefined) return clientSecret === undefined ? undefined : { secret: clientSecret };
  // Some ways of setting a variable cannot hold a line break.
  const signingKey = readSigningKey(pem.replaceAll("\\n", "\n"));
  if (signingKey) return { signingKey };
  problems.push(
    `${SECRETS.signingKey} must be a private RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).`,
  );
  return undefined;
};

const readService = (
  { find, read, problems }: Reader<LfxOptionName>,
  urlName: "onboardingApiUrl" | "lensApiUrl",
  audienceName: "onboardingApiAudience" | "lensApiAudience",
  names: readonly [url: string, audience: string],
): LfxService | undefined => {
  const url = read(urlName, parseUrl, undefined);
  const audience = read(audienceName, asWritten, undefined);
  const half = halfSet({ [names[0]]: find(urlName), [names[1]]: audience });
  if (half) problems.push(half);
  return url && audience ? { url, audience } : undefined;
};

const lengthOf = (set: Readonly<Record<string, unknown>>): number =>
  Object.values(set).filter(Boolean).length;

/** Reads what there is to call. Whatever is set in half is noted as a problem. */
export const readUpstream = (reader: Reader<LfxOptionName>): LfxUpstream => {
  const { find, read, problems, secret } = reader;
  const lfxUrl = read("lfxApiUrl", parseUrl, undefined);
  const audience = find("lfxApiUrl")?.value;
  const clientId = read("clientId", asWritten, undefined);
  const tokenEndpoint = read("tokenEndpoint", parseUrl, undefined);
  const hasProof = secret(SECRETS.signingKey) ?? secret(SECRETS.clientSecret);
  const proof = readProof(reader);
  const clientParts = {
    LFXMCP_CLIENT_ID: clientId,
    LFXMCP_TOKEN_ENDPOINT: find("tokenEndpoint"),
    [`${SECRETS.signingKey} (or ${SECRETS.clientSecret})`]: hasProof,
  };
  const half = halfSet(clientParts);
  if (half) problems.push(half);
  const upstream: LfxUpstream = {
    lfx: lfxUrl && audience ? { url: lfxUrl, audience } : undefined,
    onboarding: readService(reader, "onboardingApiUrl", "onboardingApiAudience", [
      "LFXMCP_ONBOARDING_API_URL",
      "LFXMCP_ONBOARDING_API_AUDIENCE",
    ]),
    lens: readService(reader, "lensApiUrl", "lensApiAudience", [
      "LFXMCP_LENS_API_URL",
      "LFXMCP_LENS_API_AUDIENCE",
    ]),
    client: clientId && tokenEndpoint && proof ? { clientId, tokenEndpoint, proof } : undefined,
    readyToken: secret(SECRETS.readyToken),
  };
  const hasClient = lengthOf(clientParts) > 0;
  if ((upstream.onboarding || upstream.lens) && !hasClient)
    problems.push(
      "Member Onboarding and LFX Lens need this server's own client: set LFXMCP_CLIENT_ID and what goes with it.",
    );
  if (upstream.onboarding && !find("lfxApiUrl"))
    problems.push("Member Onboarding needs LFXMCP_LFX_API_URL, where it is asked who may use it.");
  if (find("lfxApiUrl") && !hasClient && !upstream.readyToken)
    problems.push(
      `LFXMCP_LFX_API_URL needs a way to get tokens: LFXMCP_CLIENT_ID and what goes with it, or ${SECRETS.readyToken} on stdio.`,
    );
  if (upstream.readyToken && !find("lfxApiUrl"))
    problems.push(`${SECRETS.readyToken} is for LFX: set LFXMCP_LFX_API_URL.`);
  if (upstream.client && !find("lfxApiUrl") && !find("lensApiUrl"))
    problems.push("LFXMCP_CLIENT_ID is set, but nothing to call: set LFXMCP_LFX_API_URL.");
  return upstream;
};
