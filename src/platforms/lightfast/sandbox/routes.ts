import { Buffer } from "node:buffer";
import * as z from "zod";
import { percentDecode } from "../../../config/reader.ts";
import { parseJson } from "../../../shared/json.ts";
import { MAX_INPUT_LENGTH, MAX_PAGE, SIGNAL_ID, SIGNAL_STATUSES } from "../schemas.ts";
import { authenticate, type Caller, requireScope, requireSetup } from "./auth.ts";
import { hasMarker, READ_SCOPE, type Scope, SLOW_MS, WRITE_SCOPE } from "./fixtures.ts";
import { ApiFailure, internalError, type SandboxResponse } from "./responses.ts";
import type { CursorPosition, ListQuery, Store } from "./store.ts";

export type SandboxState = {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type SandboxRequest = {
  readonly method: string;
  /** Path and query, or an absolute URL. */
  readonly target: string;
  readonly authorization: string | undefined;
  /** Resolves to undefined if the body is absent or unreadable. */
  readJson(): Promise<unknown>;
};

/** The API's response to a request. Never rejects. */
export async function handleRequest(
  { method, target, ...request }: SandboxRequest,
  state: SandboxState,
): Promise<SandboxResponse> {
  const url = parseTarget(target);
  const route = url && ROUTES.find(({ path }) => path.test(url.pathname));
  if (!url || !route) return new ApiFailure(404, "not_found", NOT_FOUND_MESSAGE).toResponse();
  if (method === "OPTIONS") return { status: 204 };
  const operation = route.operations.find((candidate) => candidate.method === method);
  if (!operation) {
    const allow = [...route.operations.map((other) => other.method), "OPTIONS"].join(", ");
    const failure = new ApiFailure(405, "method_not_allowed", `This path supports ${allow}.`);
    return { ...failure.toResponse(), headers: { allow } };
  }
  const idPart = route.path.exec(url.pathname)?.groups?.id ?? "";
  const input = { ...request, id: percentDecode(idPart) ?? idPart, query: url.searchParams };
  return operation
    .run(input, state)
    .catch((error) => (error instanceof ApiFailure ? error : internalError(operation.failure)).toResponse());
}

/** A placeholder host, so that a target like `//name/path` isn't parsed as a host. */
function parseTarget(target: string): URL | undefined {
  const address = target.startsWith("/") ? `http://sandbox.invalid${target}` : target;
  return URL.canParse(address) ? new URL(address) : undefined;
}

const NOT_FOUND_MESSAGE =
  "Unknown path. The API has /api/v1/system/health, /api/v1/signals and /api/v1/signals/{id}.";

type OperationInput = Pick<SandboxRequest, "authorization" | "readJson"> & {
  /** The decoded id in the path; empty for routes without one. */
  readonly id: string;
  readonly query: URLSearchParams;
};

type Operation = {
  readonly method: "GET" | "POST";
  /** Message of a 500. */
  readonly failure: string;
  /** @throws ApiFailure */
  readonly run: (input: OperationInput, state: SandboxState) => Promise<SandboxResponse>;
};

type SignalOperation<T> = Pick<Operation, "method" | "failure"> & {
  readonly scope: Scope;
  readonly parse: (input: OperationInput) => T | Promise<T>;
  readonly execute: (parsed: T, caller: Caller, store: Store) => SandboxResponse;
};

/** Every operation on signals checks the key, the setup, the request and the scope, in the order of the API. */
function defineSignalOperation<T>({ method, scope, failure, parse, execute }: SignalOperation<T>): Operation {
  return {
    method,
    failure,
    run: async (input, { store }) => {
      const caller = authenticate(input.authorization);
      requireSetup(caller);
      const parsed = await parse(input);
      requireScope(caller, scope);
      return execute(parsed, caller, store);
    },
  };
}

/** The API reports this constant, unrelated to any release. */
const API_VERSION = "0.1.0";

const health: Operation = {
  method: "GET",
  failure: "Failed to read system health.",
  run: async ({ authorization }, { now }) => {
    authenticate(authorization);
    return {
      status: 200,
      body: { status: "ok", timestamp: new Date(now()).toISOString(), version: API_VERSION },
    };
  },
};

const listSignals = defineSignalOperation({
  method: "GET",
  scope: READ_SCOPE,
  failure: "Failed to list signals.",
  parse: ({ query }) => parseListQuery(query),
  execute: (query, caller, store) => {
    const { items, nextCursor } = store.list(query, caller);
    const withoutLinks = items.map(({ entityLinks: _, ...item }) => item);
    return { status: 200, body: { items: withoutLinks, nextCursor } };
  },
});

const createSignal = defineSignalOperation({
  method: "POST",
  scope: WRITE_SCOPE,
  failure: "Failed to create signal.",
  parse: async ({ readJson }) => parse(newSignal, await readJson(), "Signal request body is invalid.").input,
  execute: (input, caller, store) => {
    const { id, status, visibilityScope } = store.add(input, caller);
    const delayMs = hasMarker(input, "[sandbox:slow]") ? SLOW_MS : 0;
    if (status === "queued") return { status: 202, body: { id, status, visibilityScope }, delayMs };
    const message = "Failed to queue signal for classification.";
    const failure = new ApiFailure(500, "signal_enqueue_failed", message);
    return { ...failure.toResponse(), delayMs };
  },
});

/** The API's schema allows no greater one, so it fails for such a signal. */
const MAX_OCCURRENCE = 100;

const getSignal = defineSignalOperation({
  method: "GET",
  scope: READ_SCOPE,
  failure: "Failed to get signal.",
  parse: ({ id }) => parse(signalId, id, "Signal id is invalid."),
  execute: (id, caller, store) => {
    const signal = store.find(id, caller);
    if (!signal) throw new ApiFailure(404, "not_found", "Signal not found.");
    const isTooFar = signal.entityLinks.some(({ anchorOccurrence }) => anchorOccurrence > MAX_OCCURRENCE);
    if (isTooFar || hasMarker(signal.input, "[sandbox:broken]")) throw internalError("Failed to get signal.");
    return { status: 200, body: signal };
  },
});

type Route = { readonly path: RegExp; readonly operations: readonly Operation[] };

const ROUTES: readonly Route[] = [
  { path: /^\/api\/v1\/system\/health$/, operations: [health] },
  { path: /^\/api\/v1\/signals$/, operations: [listSignals, createSignal] },
  { path: /^\/api\/v1\/signals\/(?<id>[^/]+)$/, operations: [getSignal] },
];

const DEFAULT_PAGE = 50;

/** Duplicates count. */
const MAX_STATUSES = 4;

/** Unknown keys are dropped. */
const newSignal = z.object({ input: z.string().trim().min(1).check(atMostUnits(MAX_INPUT_LENGTH)) });

const signalId = z.string().regex(SIGNAL_ID, "Invalid signal id");

/** `Number()` parses the limit, so an empty one is 0 and too small. */
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().trim().min(1).optional(),
  statuses: z.array(z.enum(SIGNAL_STATUSES)).max(MAX_STATUSES),
});

/** `z.iso.datetime` accepts no offset except `Z`. */
const cursorContent = z.strictObject({ createdAt: z.iso.datetime(), id: z.number().int().positive() });

/** Parses the query of the list and ignores unknown parameters. @throws ApiFailure 400 with the issues */
function parseListQuery(query: URLSearchParams): ListQuery {
  const raw = {
    limit: query.get("limit") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    // Both names mean the same, can be repeated, and hold comma-separated values.
    statuses: [...query.getAll("status"), ...query.getAll("statuses")]
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter(Boolean),
  };
  const { limit, cursor, statuses } = parse(listQuery, raw, "Signal list query is invalid.");
  return { limit, statuses, after: cursor === undefined ? undefined : decodeCursor(cursor) };
}

/** @throws ApiFailure 400 if the cursor is invalid */
function decodeCursor(cursor: string): CursorPosition {
  const json = Buffer.from(cursor, "base64url").toString("utf8");
  const { success, data } = cursorContent.safeParse(parseJson(json));
  if (success) return { createdAt: Date.parse(data.createdAt), number: data.id };
  const message = "Signal list cursor is invalid.";
  throw new ApiFailure(400, "invalid_request", message, [
    { code: "invalid_cursor", message, path: ["cursor"] },
  ]);
}

/** @throws ApiFailure 400 with the issues */
function parse<T>(schema: z.ZodType<T>, value: unknown, message: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new ApiFailure(400, "invalid_request", message, error.issues);
}

/** Like `max`, with its issue, but in UTF-16 code units as the API counts. zod counts an emoji once. */
function atMostUnits(maximum: number): z.core.CheckFn<string> {
  return ({ value, issues }) => {
    if (value.length <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  };
}
