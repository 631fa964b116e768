import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type * as z from "zod";
import { isObject, parseJson } from "../../../shared/json.ts";
import { type ApiAnswer, type Bearer, createRouter, type Fields, Refusal, type Route } from "./routes.ts";

/** A request that violates the API's contract. */
export class Malformed extends Refusal {
  constructor(message: string) {
    super(400, message);
  }
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Answers the requests of an API, which it is as strict about as the services.
 * @returns a function that throws Malformed, and what the routes throw
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
  const bytes = await readBody(request);
  const type = request.headers["content-type"] ?? "";
  if (!json && !form && (bytes.length > 0 || type !== "")) throw new Malformed("unexpected body");
  if (json) {
    if (type !== "application/json") throw new Malformed(`a body of the type ${type}`);
    return parseBody(bytes);
  }
  if (!form) return {};
  if (!type.startsWith("multipart/form-data; boundary=")) throw new Malformed(`a body of the type ${type}`);
  const fields = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  return Object.fromEntries(fields.entries());
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to its end, so that the client reads the response.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw new Malformed(`a body of more than ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks);
}

function parseBody(bytes: Buffer): Fields {
  const value = parseJson(bytes.toString("utf8"));
  if (!isObject(value)) throw new Malformed("a body that is no JSON object");
  return value;
}
