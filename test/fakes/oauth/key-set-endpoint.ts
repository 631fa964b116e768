import { KNOWN_SCOPES } from "../../../src/platforms/lightfast/policy.ts";
import { ISSUER, RESOURCE } from "../../support/http-program.ts";
import { type Act, json, playScript } from "../../support/scripted-server.ts";
import { createTokenSigner } from "./grants.ts";
import { createSigningKeys, type SigningAlgorithm, type SigningKeys } from "./keys.ts";

/** The key set endpoint of an authorization server, and tokens signed with its keys. */
export type KeySetEndpoint = {
  readonly url: string;
  readonly keys: SigningKeys;
  /** Serves the current keys from now on. */
  publish(): void;
  /** Responds like this from now on. */
  play(act: Act): void;
  /** Closes the port and all connections. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  /** The number of requests received. */
  reads(): number;
  /** Different tokens of user_1 for the grant. */
  tokens(count: number, grantId: string): Promise<readonly string[]>;
};

/** Listens on loopback until the end of the test. */
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
