import { onTestFinished } from "vitest";
import { createTokenEndpoint, type TokenEndpointOptions } from "../../../src/auth/oauth-client.ts";
import { createHttpClient } from "../../../src/http-client/client.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { type Act, json, playScript } from "../scripted-server.ts";
import { createClock } from "./tokens.ts";

export const CLIENT_SECRET = "the-client-secret";

/** Responds with an access token. */
export function respondWithToken(token: string, expiresIn: unknown = 3600): Act {
  return json(200, { access_token: token, token_type: "Bearer", expires_in: expiresIn });
}

/** A token endpoint that follows the script, with the forms it receives and all log lines. */
export async function startTokenEndpoint(
  script: readonly Act[],
  changes: Partial<TokenEndpointOptions> = {},
) {
  const clock = createClock();
  const server = await playScript(script);
  const lines: string[] = [];
  const log = createLogger("debug", (line) => lines.push(line));
  const http = createHttpClient({}, log);
  onTestFinished(() => http.close());
  const endpoint = createTokenEndpoint({
    url: server.url("/oauth/token"),
    clientId: "our-client",
    clientAuthentication: { secret: CLIENT_SECRET },
    http,
    log,
    now: clock.now,
    ...changes,
  });
  const forms = () => server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  return { clock, server, endpoint, lines, http, forms };
}
