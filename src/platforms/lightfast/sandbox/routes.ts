import { authenticate, type Caller, requireScope, requireSetup } from "./auth.ts";
import { hasMarker, READ_SCOPE, type Scope, SLOW_MS, WRITE_SCOPE } from "./fixtures.ts";
import { parseListQuery, parseNewSignal, parseSignalId } from "./requests.ts";
import { internalError, Refusal, type SandboxResponse } from "./responses.ts";
import type { Signal } from "./signal.ts";
import type { Store } from "./store.ts";

/** A request as far as operations look at it. */
export type ApiRequest = {
  readonly authorization: string | undefined;
  /** The id in the path; empty on routes without one. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The body as JSON; undefined where there is none that can be read. */
  readJson(): Promise<unknown>;
};

/** What operations work on. */
export type World = { readonly store: Store; readonly now: () => number };

export type Operation = {
  readonly method: "GET" | "POST";
  /** What a 500 says when the operation breaks. */
  readonly failure: string;
  /** @throws Refusal */
  readonly run: (request: ApiRequest, world: World) => SandboxResponse | Promise<SandboxResponse>;
};

const VERSION = "0.1.0";

/** The greatest occurrence that an entity link can carry; the API cannot show a signal with a greater one. */
const MAX_OCCURRENCE = 100;

const health: Operation = {
  method: "GET",
  failure: "Failed to read system health.",
  run: ({ authorization }, { now }) => {
    authenticate(authorization);
    const timestamp = new Date(now()).toISOString();
    return { status: 200, body: { status: "ok", timestamp, version: VERSION } };
  },
};

type SignalOperation<T> = {
  readonly method: Operation["method"];
  readonly scope: Scope;
  readonly failure: string;
  readonly parse: (request: ApiRequest) => T | Promise<T>;
  readonly act: (parsed: T, caller: Caller, store: Store) => SandboxResponse;
};

/** Every operation on signals takes the same steps in the same order: who, which organization, what, whether allowed. */
function onSignals<T>({ method, scope, failure, parse, act }: SignalOperation<T>): Operation {
  return {
    method,
    failure,
    run: async (request, { store }) => {
      const caller = authenticate(request.authorization);
      requireSetup(caller);
      const parsed = await parse(request);
      requireScope(caller, scope);
      return act(parsed, caller, store);
    },
  };
}

function listItem({ entityLinks: _, ...item }: Signal): Omit<Signal, "entityLinks"> {
  return item;
}

const listSignals = onSignals({
  method: "GET",
  scope: READ_SCOPE,
  failure: "Failed to list signals.",
  parse: ({ query }) => parseListQuery(query),
  act: (query, caller, store) => {
    const { items, nextCursor } = store.list(query, caller);
    return { status: 200, body: { items: items.map(listItem), nextCursor } };
  },
});

const createSignal = onSignals({
  method: "POST",
  scope: WRITE_SCOPE,
  failure: "Failed to create signal.",
  parse: async ({ readJson }) => parseNewSignal(await readJson()),
  act: (input, caller, store) => {
    const { id, status, visibilityScope } = store.add(input, caller);
    const heldMs = hasMarker(input, "[sandbox:slow]") ? SLOW_MS : 0;
    if (status === "queued") return { status: 202, body: { id, status, visibilityScope }, heldMs };
    const refusal = new Refusal(500, "signal_enqueue_failed", "Failed to queue signal for classification.");
    return { ...refusal.toAnswer(), heldMs };
  },
});

function isUnshowable({ input, entityLinks }: Signal): boolean {
  return (
    hasMarker(input, "[sandbox:broken]") ||
    entityLinks.some(({ anchorOccurrence }) => anchorOccurrence > MAX_OCCURRENCE)
  );
}

const getSignal = onSignals({
  method: "GET",
  scope: READ_SCOPE,
  failure: "Failed to get signal.",
  parse: ({ id }) => parseSignalId(id),
  act: (id, caller, store) => {
    const signal = store.find(id, caller);
    if (!signal) throw new Refusal(404, "not_found", "Signal not found.");
    if (isUnshowable(signal)) throw internalError("Failed to get signal.");
    return { status: 200, body: signal };
  },
});

type Route = { readonly path: RegExp; readonly operations: readonly Operation[] };

const ROUTES: readonly Route[] = [
  { path: /^\/api\/v1\/system\/health$/, operations: [health] },
  { path: /^\/api\/v1\/signals$/, operations: [listSignals, createSignal] },
  { path: /^\/api\/v1\/signals\/(?<id>[^/]+)$/, operations: [getSignal] },
];

/** Every answer of a route carries these, errors included; answers from outside the routes do not. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
  "access-control-allow-headers": "authorization,content-type",
  "access-control-max-age": "86400",
};

/** What a socket tells of a request before its body is read. */
type Arrival = Omit<ApiRequest, "id" | "query"> & {
  readonly method: string;
  /** The request target as it came, path and query. */
  readonly target: string;
};

/** The host is a stand-in: a target like `//name/path` must not be taken for one with a host of its own. */
function urlOf(target: string): URL | undefined {
  const address = target.startsWith("/") ? `http://sandbox.invalid${target}` : target;
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** A part of a path without its percent-encoding; as it is where that is broken. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function notFound(): SandboxResponse {
  return new Refusal(
    404,
    "not_found",
    "There is nothing at this path. The API has /api/v1/system/health, /api/v1/signals and /api/v1/signals/{id}.",
  ).toAnswer();
}

function notAllowed({ operations }: Route): SandboxResponse {
  const allow = [...operations.map(({ method }) => method), "OPTIONS"].join(", ");
  const refusal = new Refusal(405, "method_not_allowed", `This path answers ${allow} only.`);
  return { ...refusal.toAnswer(), headers: { allow } };
}

async function perform(operation: Operation, request: ApiRequest, world: World): Promise<SandboxResponse> {
  try {
    return await operation.run(request, world);
  } catch (error) {
    return (error instanceof Refusal ? error : internalError(operation.failure)).toAnswer();
  }
}

/** Answers a request. Never throws: whatever came in, something goes out. */
export async function answerTo(
  { method, target, ...arrival }: Arrival,
  world: World,
): Promise<SandboxResponse> {
  const url = urlOf(target);
  const route = url && ROUTES.find(({ path }) => path.test(url.pathname));
  if (!url || !route) return notFound();
  if (method === "OPTIONS") return { status: 204, headers: CORS };
  const operation = route.operations.find((candidate) => candidate.method === method);
  if (!operation) return notAllowed(route);
  const id = decoded(route.path.exec(url.pathname)?.groups?.id ?? "");
  const answer = await perform(operation, { ...arrival, id, query: url.searchParams }, world);
  return { ...answer, headers: CORS };
}
