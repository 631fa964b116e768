import type { IncomingMessage, ServerResponse } from "node:http";
import type { TokenCheck } from "./grants.ts";
import type { SigningKeys } from "./keys.ts";

export type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: object = {},
): void {
  return void response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(JSON.stringify(body));
}

/** The key set at both paths that clients request, with a request counter. */
export function keySetRoutes(keys: SigningKeys, onRead: () => void = () => {}) {
  let reads = 0;
  const send: Route = (_, response) => {
    reads += 1;
    onRead();
    sendJson(response, 200, keys.published());
  };
  // The second path is the default of clients that find no metadata.
  return { reads: () => reads, routes: { "/oauth/jwks": send, "/.well-known/jwks.json": send } };
}

/** User info for any access token; the provider itself rejects tokens with an audience. */
export function userinfoRoute(
  check: TokenCheck,
  profile: (account: string) => Readonly<Record<string, unknown>>,
): Route {
  return async ({ headers }, response) => {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const claims = await check(token).catch(() => undefined);
    if (claims?.sub === undefined) {
      sendJson(response, 401, { error: "invalid_token" }, { "www-authenticate": "Bearer" });
      return;
    }
    sendJson(response, 200, { ...profile(claims.sub), sub: claims.sub });
  };
}
