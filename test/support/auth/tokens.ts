import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, type JWK, type JWTHeaderParameters, SignJWT } from "jose";
import { type Act, json } from "../scripted-server.ts";

export const ISSUER = "https://lightfast.test";
export const RESOURCE = "https://mcp.lightfast.test/mcp";
export const SECRET = "a-secret-of-at-least-32-characters";
export const KNOWN_SCOPES = ["mcp:signals:read", "mcp:signals:write", "mcp:system:read"];

/** A clock that only the test advances. */
export type Clock = {
  readonly now: () => number;
  readonly seconds: () => number;
  pass(seconds: number): void;
};

export function createClock(): Clock {
  let ms = Date.parse("2026-03-01T12:00:00Z");
  return {
    now: () => ms,
    seconds: () => Math.floor(ms / 1000),
    pass: (seconds) => {
      ms += seconds * 1000;
    },
  };
}

export type Claims = Readonly<Record<string, unknown>>;

/** Claims of a token that is issued now and valid for 15 minutes. Claims set to `undefined` are omitted. */
export function createClaims(clock: Clock, changes: Claims = {}): Claims {
  return {
    iss: ISSUER,
    aud: RESOURCE,
    sub: "user_1",
    user_id: "user_1",
    org_id: "org_1",
    client_id: "mcp_client_1",
    grant_id: "mcp_grant_1",
    scope: "mcp:signals:read mcp:signals:write",
    token_use: "mcp_access",
    iat: clock.seconds(),
    exp: clock.seconds() + 900,
    ...changes,
  };
}

type Signing = { readonly alg: string; readonly key: KeyObject | Uint8Array; readonly header?: Claims };

export function signed(claims: Claims, { alg, key, header }: Signing): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ typ: "JWT", ...header, alg } as JWTHeaderParameters)
    .sign(key);
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A token signed with the shared secret. */
export function hs256(claims: Claims, header: Claims = {}, secret = SECRET): Promise<string> {
  return signed(claims, { alg: "HS256", key: bytes(secret), header });
}

/** A token of any shape, including ones that no library would create. */
export function crafted(header: Claims, claims: Claims, signature = "c2lnbmF0dXJl"): string {
  return (
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") +
    (signature && `.${signature}`)
  );
}

/** A key pair of an authorization server. */
export type ServerKey = {
  readonly alg: string;
  readonly kid: string;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
};

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

let rsaPair: Pair | undefined;

/** Shared by the whole test file, because generating one is slow. */
function rsa(): Pair {
  rsaPair ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  return rsaPair;
}

const GENERATORS: Readonly<Record<"RS256" | "PS256" | "ES256" | "EdDSA", () => Pair>> = {
  RS256: rsa,
  PS256: rsa,
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

export function serverKey(alg: keyof typeof GENERATORS, kid: string): ServerKey {
  const { privateKey, publicKey } = GENERATORS[alg]();
  return { alg, kid, key: privateKey, publicKey };
}

/** A token that the authorization server signs with the given key. */
export function signWith({ alg, kid, key }: ServerKey, claims: Claims, header: Claims = {}): Promise<string> {
  return signed(claims, { alg, key, header: { kid, ...header } });
}

/** The key set with the public keys. */
export async function createKeySetDocument(...keys: readonly ServerKey[]): Promise<{ keys: JWK[] }> {
  return {
    keys: await Promise.all(
      keys.map(async ({ alg, kid, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        alg,
        kid,
        use: "sig",
      })),
    ),
  };
}

/** Responds with the key set. */
export async function respondWithKeys(...keys: readonly ServerKey[]): Promise<Act> {
  return json(200, await createKeySetDocument(...keys));
}

/** The error that `work` rejects with. */
export async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`expected a refusal, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
