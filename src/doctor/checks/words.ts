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
export const wordsFor = (code: string): string => {
  const words = WORDS[code];
  return words ? `${words} (${code})` : code;
};

/** Why a connection failed. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code && WORDS[code] ? wordsFor(code) : error.message || (code ?? error.name);
};
