import { type Answer, internalError, Refusal } from "./responses.ts";
import {
  type ApiRequest,
  createSignal,
  getSignal,
  health,
  listSignals,
  type Operation,
  type World,
} from "./routes.ts";

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
const urlOf = (target: string): URL | undefined => {
  const address = target.startsWith("/") ? `http://sandbox.invalid${target}` : target;
  return URL.canParse(address) ? new URL(address) : undefined;
};

/** A part of a path without its percent-encoding; as it is where that is broken. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

const notFound = (): Answer =>
  new Refusal(
    404,
    "not_found",
    "There is nothing at this path. The API has /api/v1/system/health, /api/v1/signals and /api/v1/signals/{id}.",
  ).toAnswer();

const notAllowed = ({ operations }: Route): Answer => {
  const allow = [...operations.map(({ method }) => method), "OPTIONS"].join(", ");
  const refusal = new Refusal(405, "method_not_allowed", `This path answers ${allow} only.`);
  return { ...refusal.toAnswer(), headers: { allow } };
};

const perform = async (operation: Operation, request: ApiRequest, world: World): Promise<Answer> => {
  try {
    return await operation.run(request, world);
  } catch (error) {
    return (error instanceof Refusal ? error : internalError(operation.failure)).toAnswer();
  }
};

/** Answers a request. Never throws: whatever came in, something goes out. */
export const answerTo = async ({ method, target, ...arrival }: Arrival, world: World): Promise<Answer> => {
  const url = urlOf(target);
  const route = url && ROUTES.find(({ path }) => path.test(url.pathname));
  if (!url || !route) return notFound();
  if (method === "OPTIONS") return { status: 204, headers: CORS };
  const operation = route.operations.find((candidate) => candidate.method === method);
  if (!operation) return notAllowed(route);
  const id = decoded(route.path.exec(url.pathname)?.groups?.id ?? "");
  const answer = await perform(operation, { ...arrival, id, query: url.searchParams }, world);
  return { ...answer, headers: CORS };
};
