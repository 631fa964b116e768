import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type * as z from "zod";
import { type Bearer, Refused } from "./bearer.ts";
import type { Journal } from "./journal.ts";
import { type ApiAnswer, createRouter, type Route } from "./routes.ts";

export type ApiOptions = {
  /** Name in the journal. */
  readonly name: string;
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

/** A request that violates the API's contract. */
class Malformed extends Error {}

function validate<T>(schema: z.ZodType<T> | undefined, value: unknown, what: string): void {
  const result = schema?.safeParse(value);
  if (result && !result.success) throw new Malformed(`${what}: ${result.error.message}`);
  if (!schema && Object.keys(value as object).length > 0) throw new Malformed(`unexpected ${what}`);
}

function groupedQuery(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

type Fields = Readonly<Record<string, unknown>>;

async function bodyOf(request: IncomingMessage, { json, form }: Route): Promise<Fields> {
  const bytes = await buffer(request);
  const type = request.headers["content-type"] ?? "";
  if (!json && !form && (bytes.length > 0 || type !== "")) throw new Malformed("unexpected body");
  if (json) {
    if (type !== "application/json") throw new Malformed(`a body of the type ${type}`);
    return JSON.parse(bytes.toString("utf8"));
  }
  if (!form) return {};
  if (!type.startsWith("multipart/form-data; boundary=")) throw new Malformed(`a body of the type ${type}`);
  const fields = await new Response(bytes, { headers: { "content-type": type } }).formData();
  return Object.fromEntries(fields.entries());
}

async function parsedBody(request: IncomingMessage, route: Route): Promise<Fields> {
  const body = await bodyOf(request, route);
  validate(route.json ?? route.form, body, "body");
  return body;
}

/** Starts an API on a loopback port. */
export async function startApi({ name, routes, checkAt, journal, onFault, onRequest, before }: ApiOptions) {
  const find = createRouter(routes);
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = await checkAt(origin);

  const answer = async (request: IncomingMessage): Promise<ApiAnswer> => {
    const { method = "", headers } = request;
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://127.0.0.1");
    const bearer = await check(headers.authorization);
    const subject = bearer.kind === "machine" ? "itself" : bearer.subject;
    journal.note("mcp", name, `${method} ${path} as ${subject}`);
    const early = before?.(bearer);
    if (early) return early;
    const found = find(method, path);
    if (!found) throw new Malformed("unknown operation");
    const { route, ids } = found;
    validate(route.query, groupedQuery(query), "query");
    for (const [header, pattern] of Object.entries(route.headers ?? {})) {
      if (!pattern.test(String(headers[header] ?? ""))) throw new Malformed(`the header ${header}`);
    }
    const body = await parsedBody(request, route);
    return route.answer({ method, path, ids, query, headers, body, bearer });
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
