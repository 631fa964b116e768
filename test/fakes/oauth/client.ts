import { randomUUID } from "node:crypto";
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as StreamableHTTPClientTransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
} from "@modelcontextprotocol/client";
import {
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { expect, onTestFinished } from "vitest";
import { type Person, visit } from "./browser.ts";

/** An OAuth session of the SDK's clients, in memory. */
export type OAuthSession = OAuthClientProvider & {
  readonly current: { tokens?: OAuthTokens; client?: OAuthClientInformationMixed };
  /** Signs in at the URL that the client opened. Resolves to the parameters of the callback. */
  signIn(person: Person): Promise<URLSearchParams>;
};

export function createOAuthSession(): OAuthSession {
  const current: OAuthSession["current"] = {};
  const state = randomUUID();
  let shown: URL | undefined;
  let verifier = "";
  let discovered: OAuthDiscoveryState | undefined;

  return {
    current,
    redirectUrl: "http://127.0.0.1:9/callback",
    clientMetadata: {
      client_name: "a client under test",
      redirect_uris: ["http://127.0.0.1:9/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state: () => state,
    clientInformation: () => current.client,
    saveClientInformation: (client) => {
      current.client = client;
    },
    tokens: () => current.tokens,
    saveTokens: (tokens) => {
      current.tokens = tokens;
    },
    codeVerifier: () => verifier,
    saveCodeVerifier: (text) => {
      verifier = text;
    },
    discoveryState: () => discovered,
    saveDiscoveryState: (state) => {
      discovered = state;
    },
    redirectToAuthorization: (url) => {
      shown = url;
    },
    signIn: async (person) => {
      if (!shown) throw new Error("the client opened no authorization URL");
      const { searchParams } = await visit(shown, person);
      if (searchParams.get("state") !== state) throw new Error("the callback is of another session");
      return searchParams;
    },
  };
}

const IDENTITY = { name: "a client under test", version: "1.0.0" };

/** Connects the SDK 1.x client to a URL as a person who signs in. */
export async function connectAs(
  url: string,
  person: Person,
  session = createOAuthSession(),
): Promise<Client> {
  const open = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: session });
  const first = open();
  await expect(new Client(IDENTITY).connect(first as never)).rejects.toThrow(UnauthorizedError);
  await first.finishAuth((await session.signIn(person)).get("code") ?? "");
  const client = new Client(IDENTITY);
  await client.connect(open() as never);
  onTestFinished(() => client.close());
  return client;
}

/** Connects the SDK 2.x client, with the newest revision that both sides support. */
export async function connectV2As(url: string, person: Person): Promise<ClientV2> {
  const session = createOAuthSession();
  const options = { versionNegotiation: { mode: "auto" as const } };
  const open = () => new StreamableHTTPClientTransportV2(new URL(url), { authProvider: session });
  const first = open();
  await expect(new ClientV2(IDENTITY, options).connect(first)).rejects.toThrow(UnauthorizedErrorV2);
  await first.finishAuth(await session.signIn(person));
  const client = new ClientV2(IDENTITY, options);
  await client.connect(open());
  onTestFinished(() => client.close());
  return client;
}
