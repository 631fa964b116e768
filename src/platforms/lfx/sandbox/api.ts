import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type * as z from "zod";
import { type ApiAnswer, type Bearer, createRouter, type Fields, type Route } from "./routes.ts";

/** A request that violates the API's contract. */
export class Malformed extends Error {}

/**
 * Answers the requests of an API, which it is as strict about as the services.
 * @returns a function that throws Malformed
 */
export function createApi(
  routes: readonly Route[],
): (request: IncomingMessage, bearer: Bearer) => Promise<ApiAnswer> {
  const find = createRouter(routes);
  return async (request, bearer) => {
    const { method = "", headers } = request;
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://127.0.0.1");
    const found = find(method, path);
    if (!found) throw new Malformed("unknown operation");
    const { route, ids } = found;
    validate(route.query, groupedQuery(query), "query");
    for (const [header, pattern] of Object.entries(route.headers ?? {})) {
      if (!pattern.test(String(headers[header] ?? ""))) throw new Malformed(`the header ${header}`);
    }
    const body = await bodyOf(request, route);
    validate(route.json ?? route.form, body, "body");
    return route.answer({ method, path, ids, query, headers, body, bearer });
  };
}

function validate<T>(schema: z.ZodType<T> | undefined, value: unknown, what: string): void {
  const result = schema?.safeParse(value);
  if (result && !result.success) throw new Malformed(`${what}: ${result.error.message}`);
  if (!schema && Object.keys(value as object).length > 0) throw new Malformed(`unexpected ${what}`);
}

function groupedQuery(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

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
