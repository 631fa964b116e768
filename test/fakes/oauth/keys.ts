import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from "jose";

export type SigningAlgorithm = "RS256" | "ES256";

/** The keys of an authorization server. The first signs; all are published. */
export type SigningKeys = {
  /** Private keys for the provider, which signs with the first. */
  readonly all: () => readonly JWK[];
  /** The public keys. */
  readonly published: () => JSONWebKeySet;
  /** Publishes another key, which does not sign yet. */
  announce(): Promise<void>;
  /** Signs with the announced key or a new one, and removes the previous key. */
  rotate(): Promise<void>;
};

const PUBLIC_MEMBERS = ["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"];

function toPublicKey(key: JWK): JWK {
  return Object.fromEntries(Object.entries(key).filter(([name]) => PUBLIC_MEMBERS.includes(name))) as JWK;
}

export async function createSigningKeys(alg: SigningAlgorithm): Promise<SigningKeys> {
  let count = 0;
  const create = async (): Promise<JWK> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    count += 1;
    return { ...(await exportJWK(privateKey)), kid: `${alg}-${count}`, alg, use: "sig" };
  };
  let keys = [await create()];

  return {
    all: () => keys,
    published: () => ({ keys: keys.map(toPublicKey) }),
    announce: async () => {
      keys = [...keys, await create()];
    },
    rotate: async () => {
      keys = keys.length > 1 ? keys.slice(1) : [await create()];
    },
  };
}
