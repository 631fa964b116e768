import type { IncomingMessage, RequestListener } from "node:http";
import {
  isForeignHost,
  type LoopbackServer,
  type ObserveRequest,
  startLoopbackServer,
} from "../../../shared/loopback-server.ts";
import { type SharedState, type SharedStateOptions, shareState } from "../../../shared/state-file.ts";
import { SANDBOX_TOKEN } from "../config/secrets.ts";
import { accessCheckRoutes } from "./access-check.ts";
import { createLens, createOnboarding } from "./answers.ts";
import { createApi } from "./api.ts";
import { committeeRoutes } from "./committees.ts";
import { createSandboxData } from "./data.ts";
import { projectRoutes } from "./projects.ts";
import { queryRoutes } from "./query.ts";
import { recordRoutes } from "./records.ts";
import { type ApiAnswer, type Bearer, Refusal, type Route } from "./routes.ts";
import { createStore } from "./store.ts";

const USER: Bearer = { kind: "user", subject: "sandbox", token: SANDBOX_TOKEN };

export type LfxSandboxOptions = {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Shares the records with other processes. Default: they stay in this emulator. */
  readonly share?: SharedStateOptions | undefined;
  readonly observe?: ObserveRequest | undefined;
};

/**
 * Starts LFX Self Service, Member Onboarding, LFX Lens and their token endpoint in memory, on one loopback port. They have
 * the data of a small invented foundation, and accept `SANDBOX_TOKEN` only. Writes last until the emulator stops.
 * @throws Error with the next step if the port is unavailable
 */
export function startLfxSandbox({
  port = 0,
  now = Date.now,
  share,
  observe,
}: LfxSandboxOptions = {}): Promise<LoopbackServer> {
  const { records, query, seats, load, save } = createStore(createSandboxData(now()), now);
  const shared = share && shareState({ ...share, version: 1, now, load, save });
  const stored = [
    ...queryRoutes(query),
    ...projectRoutes(records),
    ...committeeRoutes(records, seats),
    ...recordRoutes(records),
  ];
  const answer = createApi([
    ...(shared ? stored.map((route) => shareRoute(route, shared)) : stored),
    ...accessCheckRoutes(() => true),
    ...createOnboarding(),
    ...createLens(),
  ]);
  const listener: RequestListener = async (request, response) => {
    const { status = 200, body, headers } = await respond(request, answer).catch(toRefusal);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(status === 204 ? undefined : JSON.stringify(body ?? null));
  };
  return startLoopbackServer(listener, port, undefined, observe);
}

function shareRoute(route: Route, { read, update }: SharedState): Route {
  const access = route.at.startsWith("GET ") ? read : update;
  return { ...route, answer: (request) => access(() => route.answer(request)) };
}

async function respond(request: IncomingMessage, answer: ReturnType<typeof createApi>): Promise<ApiAnswer> {
  const { headers, method, url = "" } = request;
  if (isForeignHost(headers.host) || headers.origin !== undefined)
    throw new Refusal(403, "The sandbox serves programs on this machine only. Use the URL that it printed.");
  if (`${method} ${url}` === "POST /oauth/token") {
    request.resume();
    return { body: { access_token: SANDBOX_TOKEN, token_type: "Bearer", expires_in: 3600 } };
  }
  if (headers.authorization !== `Bearer ${SANDBOX_TOKEN}`)
    throw new Refusal(401, `The sandbox accepts only the token ${SANDBOX_TOKEN}`);
  return answer(request, USER);
}

function toRefusal(error: unknown): ApiAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { status: error instanceof Refusal ? error.status : 500, body: { message } };
}
