import { KNOWN_SCOPES } from "../../../src/platforms/lightfast/policy.ts";
import { ISSUER, RESOURCE } from "../../support/http-program.ts";
import { type Act, json, playScript } from "../../support/scripted-server.ts";
import { createTokenSigner } from "./grants.ts";
import { createSigningKeys, type SigningAlgorithm, type SigningKeys } from "./keys.ts";

/** The part of an authorization server that resource servers know: tokens, and an endpoint that may fail. */
export type KeySetEndpoint = {
  readonly url: string;
  readonly keys: SigningKeys;
  /** What is read from now on, unless it fails: the keys as they are now. */
  publish(): void;
  /** What becomes of readings from now on instead. */
  play(act: Act): void;
  /** Closes the port; readings that are under way break. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  /** How often it was asked while it listened. */
  reads(): number;
  /** So many tokens of user_1 for the grant, each of which must be verified for itself. */
  tokens(count: number, grantId: string): Promise<readonly string[]>;
};

/** It listens on loopback until the end of the test. */
export async function keySetEndpoint(alg: SigningAlgorithm = "ES256"): Promise<KeySetEndpoint> {
  const keys = await createSigningKeys(alg);
  const sign = createTokenSigner(ISSUER, keys);
  let current = json(200, keys.published());
  const script: Act[] = [(response, request) => current(response, request)];
  let server = await playScript(script);
  const { port } = server;
  let earlier = 0;

  return {
    url: server.url("/jwks").href,
    keys,
    publish: () => {
      current = json(200, keys.published());
    },
    play: (act) => {
      current = act;
    },
    refuse: () => server.close(),
    listen: async () => {
      earlier += server.requests.length;
      server = await playScript(script, port);
    },
    reads: () => earlier + server.requests.length,
    tokens: (count, grantId) => {
      const claims = {
        sub: "user_1",
        user_id: "user_1",
        org_id: "org_1",
        client_id: "mcp_client_1",
        grant_id: grantId,
        aud: RESOURCE,
        scope: KNOWN_SCOPES.join(" "),
        token_use: "mcp_access",
      };
      return Promise.all(
        Array.from({ length: count }, (_, index) => sign({ ...claims, jti: `${index} of ${count}` })),
      );
    },
  };
}
