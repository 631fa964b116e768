import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createApi, Malformed } from "../../../src/platforms/lfx/sandbox/api.ts";
import type { ApiAnswer, Bearer, Route } from "../../../src/platforms/lfx/sandbox/routes.ts";
import { Refused } from "./bearer.ts";
import { createRequestCheck } from "./interfaces/check.ts";
import type { Service } from "./interfaces/schema.ts";
import type { Journal } from "./journal.ts";

export type ApiOptions = {
  /** Name in the journal. */
  readonly name: string;
  /** Whose interface documents decide which requests are valid; none if the routes decide alone. */
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  /** Creates the authentication once the origin is known. */
  readonly checkAt: (origin: string) => Promise<(authorization: string | undefined) => Promise<Bearer>>;
  readonly journal: Journal;
  /** Called for requests that no correct server sends. */
  readonly onFault: (fault: string) => void;
  /** Called for every request. */
  readonly onRequest: (request: IncomingMessage) => void;
  /** May respond instead of the route. */
  readonly before?: (bearer: Bearer) => ApiAnswer | undefined;
};

/** Starts an API on a loopback port. */
export async function startApi(options: ApiOptions) {
  const { name, services, routes, checkAt, journal, onFault, onRequest, before } = options;
  const checkRequest = services.length > 0 ? createRequestCheck(services) : undefined;
  const answerValid = createApi(routes);
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = await checkAt(origin);

  const answer = async (request: IncomingMessage): Promise<ApiAnswer> => {
    const { method = "", url = "/", headers } = request;
    const { pathname: path, searchParams: query } = new URL(url, "http://127.0.0.1");
    const bearer = await check(headers.authorization);
    const subject = bearer.kind === "machine" ? "itself" : bearer.subject;
    journal.note("mcp", name, `${method} ${path} as ${subject}`);
    const early = before?.(bearer);
    if (early) return early;
    const bytes = await buffer(request);
    const body = bytes.length > 0 ? bytes.toString("utf8") : undefined;
    const errors = checkRequest?.({ method, path, query, headers, body }).errors ?? [];
    if (errors.length > 0) throw new Malformed(errors.join("; "));
    const read = Object.assign(Readable.from(bytes.length > 0 ? [bytes] : []), { method, url, headers });
    return answerValid(read as unknown as IncomingMessage, bearer);
  };

  const refusal = (request: IncomingMessage, error: unknown): ApiAnswer => {
    const reason = error instanceof Error ? error.message : String(error);
    onFault(`${name}: ${request.method} ${request.url}: ${reason}`);
    const status = error instanceof Refused ? 401 : error instanceof Malformed ? 400 : 500;
    return { status, body: { message: reason } };
  };

  server.on("request", async (request, response) => {
    onRequest(request);
    const {
      status = 200,
      body,
      headers,
    } = await answer(request).catch((error: unknown) => refusal(request, error));
    const isText = typeof body === "string";
    response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json", ...headers });
    response.end(status === 204 ? undefined : isText ? body : JSON.stringify(body ?? null));
  });
  return {
    origin,
    stop: async (): Promise<void> => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
