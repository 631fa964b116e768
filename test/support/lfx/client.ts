import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { decodeJwt } from "jose";
import { expect, onTestFinished } from "vitest";
import type { Journal } from "../../fakes/lfx/journal.ts";
import { MACHINE, STAFF } from "../../fakes/lfx/start.ts";
import type { Person } from "../../fakes/oauth/browser.ts";
import { createOAuthSession } from "../../fakes/oauth/client.ts";
import { API_KEY, expectNoSecrets, type HostedLfx } from "./program.ts";

function bearerOf(headers: Headers): string {
  const token = headers.get("authorization")?.replace("Bearer ", "");
  if (token === undefined) return "no one";
  return token.split(".").length === 3 ? String(decodeJwt(token).sub) : "a key's owner";
}

/** The MCP method of a request body, with the tool's name; undefined for a notification. */
function describeMcpRequest(body: unknown): string | undefined {
  const { id, method, params } = JSON.parse(typeof body === "string" ? body : "{}");
  if (id === undefined) return undefined;
  return method === "tools/call" ? `${method} ${params.name}` : method;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A `fetch` that records the client's requests to the MCP server and to the authorization server. */
export function recordingFetch(mcpUrl: string, { note }: Journal, send: Fetch = fetch): Fetch {
  return async (url, init = {}) => {
    const { method = "GET", headers, body } = init;
    const { origin, pathname } = new URL(url);
    const isMcp = origin === new URL(mcpUrl).origin;
    const request = pathname === "/mcp" ? describeMcpRequest(body) : `${method} ${pathname}`;
    const who = pathname === "/mcp" ? ` as ${bearerOf(new Headers(headers))}` : "";
    // The authorization server records token requests itself.
    if (request && pathname !== "/oauth/token") note("client", isMcp ? "mcp" : "auth", `${request}${who}`);
    return send(url, init);
  };
}

const IDENTITY = { name: "test client", version: "1.0.0" };

async function connect(transport: StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client(IDENTITY);
  await client.connect(transport as never);
  onTestFinished(() => client.close());
  return client;
}

/** Connects a client with a bearer value. */
export function connectWithBearer({ url, journal }: HostedLfx, bearer: string): Promise<Client> {
  return connect(
    new StreamableHTTPClientTransport(new URL(url), {
      fetch: recordingFetch(url, journal),
      requestInit: { headers: { authorization: `Bearer ${bearer}` } },
    }),
  );
}

/** Connects a client that starts without a token and signs a person in. */
export async function connectWithSignIn(
  { url, journal }: Pick<HostedLfx, "url" | "journal">,
  person: Person,
  send?: Fetch,
): Promise<Client> {
  const session = createOAuthSession();
  const options = { authProvider: session, fetch: recordingFetch(url, journal, send) };
  const open = () => new StreamableHTTPClientTransport(new URL(url), options);
  const first = open();
  await expect(new Client(IDENTITY).connect(first as never)).rejects.toThrow(UnauthorizedError);
  await first.finishAuth((await session.signIn(person)).get("code") ?? "");
  return connect(open());
}

/** Calls a tool and checks that the result contains no secret. */
export async function call(client: Client, name: string, args: object = {}): Promise<CallToolResult> {
  const params = { name, arguments: args as Record<string, unknown> };
  const result = (await client.callTool(params)) as CallToolResult;
  expectNoSecrets(JSON.stringify(result));
  return result;
}

export function textOf({ content: [first] }: CallToolResult): string {
  return first?.type === "text" ? first.text : "";
}

export async function listToolNames(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name);
}

/** The kinds of callers, with their bearer values. */
export function bearerValues({ auth, url }: Pick<HostedLfx, "auth" | "url">) {
  const token = (sub: string, scope: string, more: object = {}) =>
    auth.sign({ sub, aud: url, scope, client_id: "a client", ...more });
  return {
    "user read": () => token("rita", "openid read:all"),
    "user manage": () => token("max", "openid read:all manage:all"),
    "user staff": () => token("stella", "openid read:all", { [STAFF]: true }),
    machine: async () => {
      const form = { client_id: MACHINE.id, client_secret: MACHINE.secret, grant_type: "client_credentials" };
      const body = new URLSearchParams({ ...form, audience: url });
      const answer = await fetch(auth.tokenEndpoint, { method: "POST", body });
      return ((await answer.json()) as { access_token: string }).access_token;
    },
    "API key": async () => API_KEY,
  };
}

export type CallerName = keyof ReturnType<typeof bearerValues>;

export const CALLERS: readonly CallerName[] = [
  "user read",
  "user manage",
  "user staff",
  "machine",
  "API key",
];
