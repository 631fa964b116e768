import type { IncomingMessage } from "node:http";
import {
  type Attributes,
  type Context,
  context,
  createNoopMeter,
  metrics,
  type ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { Dispatch } from "../../mcp/dispatch.ts";
import type { Request } from "../../mcp/json-rpc.ts";
import type { ServerDefinition } from "../../mcp/server.ts";
import type { JsonRpcResponse } from "../../mcp/types.ts";
import { readMetaVersion, SUPPORTED_VERSIONS } from "../../mcp/versions.ts";
import { withDeadline } from "../../shared/deadline.ts";
import { codeOf } from "../../shared/errors.ts";
import { isObject } from "../../shared/json.ts";
import { readTrace, type Trace } from "../../shared/trace.ts";

/** Spans and metrics for the OpenTelemetry SDK of this process. Attributes contain no secret, and no text of a caller. */
export type Telemetry = {
  /** Starts the span of an HTTP request. @param route the path of a known route; undefined if there is none */
  startRequest(request: IncomingMessage, route: string | undefined): RequestSpan | undefined;
  /** The same dispatch, which also records every request as a span and in the metric `mcp.server.operation.duration`. */
  instrument<Identity>(dispatch: Dispatch<Identity>, server: Instrumented): Dispatch<Identity>;
  /** Waits until the SDK has sent what was recorded, for 10 s at most. */
  flush(): Promise<void>;
};

/** What decides which names are recorded. */
export type Instrumented = Pick<ServerDefinition<unknown>, "catalog" | "program">;

export type RequestSpan = {
  readonly trace: Trace;
  /** Runs work in which the span is the active one. */
  run<T>(work: () => T): T;
  /** @param status of the response; undefined if the client disconnected */
  end(status: number | undefined): void;
};

export type TelemetryOptions = {
  /** Name and version of the instrumentation scope. */
  readonly name: string;
  readonly version: string;
  /** Canonical URL of the MCP endpoint. */
  readonly resourceUrl: URL;
};

/** Limit for sending what is left at shutdown. */
const FLUSH_MS = 10_000;

/** Limit of a recorded request id, in characters. */
const MAX_ID_LENGTH = 100;

/** OpenTelemetry semantic conventions for MCP, metric `mcp.server.operation.duration`; seconds. */
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Any other method is a client's text. */
const METHODS: ReadonlySet<string> = new Set([
  ...["initialize", "ping", "server/discover", "tools/list", "tools/call"],
  ...["resources/list", "resources/templates/list", "resources/read", "prompts/list", "prompts/get"],
  ...["resources/directory/read", "skills/list", "skills/get"],
]);
const HTTP_METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
]);
const OTHER = "_OTHER";

const CANCELED = { "error.type": "canceled" } as const;

/**
 * Connects to the SDK that was registered in this process before, through any copy of `@opentelemetry/api` from 1.9 on.
 * @returns undefined if there is none, so that requests need not ask for each span
 */
export function findTelemetry(options: TelemetryOptions): Telemetry | undefined {
  const { name, version, resourceUrl } = options;
  const provider = trace.getTracerProvider();
  // The provider that the API returns is a proxy, which has a tracer only if an SDK has registered its own.
  const tracer = isProxy(provider)
    ? provider.getDelegateTracer(name, version)
    : provider.getTracer(name, version);
  const meter = metrics.getMeter(name, version);
  const duration =
    meter === createNoopMeter()
      ? undefined
      : meter.createHistogram("mcp.server.operation.duration", {
          unit: "s",
          description: "Duration of MCP requests, from receiving the request to sending the result.",
          advice: { explicitBucketBoundaries: BUCKETS },
        });
  if (!tracer && !duration) return undefined;
  const server = serverAttributes(resourceUrl);
  /** The contexts of the requests that are being handled, by the trace given to their handlers. */
  const contexts = new WeakMap<Trace, Context>();

  /** The trace that continues at the span of `active`. */
  const createTrace = (tracer: Tracer, active: Context): Trace => {
    const { traceId = "", spanId = "" } = trace.getSpanContext(active) ?? {};
    const created: Trace = {
      traceId,
      spanId,
      get headers() {
        return inject(active);
      },
      record: async ({ method, url }, resends, send) => {
        const attributes = { ...requestAttributes(method, url), ...(resends && { [RESENDS]: resends }) };
        const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, active);
        try {
          const response = await send(inject(trace.setSpan(active, span)));
          endSpan(span, describeStatus(response.status, 400));
          return response;
        } catch (error) {
          endSpan(span, { "error.type": errorType(error) });
          throw error;
        }
      },
    };
    contexts.set(created, active);
    return created;
  };

  return {
    startRequest: (request, route) => {
      if (!tracer) return undefined;
      const method = HTTP_METHODS.has(request.method ?? "") ? (request.method ?? "") : OTHER;
      const attributes = {
        ...server,
        "http.request.method": method,
        "network.protocol.version": request.httpVersion,
        // A path that is no route is a client's text.
        "url.path": route ?? "REDACTED",
        ...(route && { "http.route": route }),
      };
      // An instrumentation of node:http has made a span already, which continues the caller's trace.
      const active = context.active();
      const parent = trace.getSpan(active) ? active : propagation.extract(active, request.headers);
      const spanName = `${method === OTHER ? "HTTP" : method}${route ? ` ${route}` : ""}`;
      const span = tracer.startSpan(spanName, { kind: SpanKind.SERVER, attributes }, parent);
      const inner = trace.setSpan(parent, span);
      return {
        trace: createTrace(tracer, inner),
        run: (work) => context.with(inner, work),
        end: (status) => endSpan(span, status === undefined ? CANCELED : describeStatus(status, 500)),
      };
    },

    instrument: (dispatch, server) => async (request, given) => {
      const started = performance.now();
      const { method, tool, attributes } = describeOperation(request, given.protocolVersion, server);
      const meta = readTrace(request.params._meta);
      const ambient = given.trace && contexts.get(given.trace);
      const remote = meta && propagation.extract(ROOT_CONTEXT, meta.headers);
      const isRemote = remote !== undefined && trace.getSpanContext(remote) !== undefined;
      const parent = (isRemote ? remote : ambient) ?? ROOT_CONTEXT;
      // The request may be one of many that an HTTP request carries, so that one's span is linked.
      const link = isRemote && ambient && trace.getSpanContext(ambient);
      const span = tracer?.startSpan(
        tool === undefined ? method : `${method} ${tool}`,
        {
          kind: SpanKind.SERVER,
          attributes: { ...attributes, "jsonrpc.request.id": String(request.id).slice(0, MAX_ID_LENGTH) },
          links: link ? [{ context: link }] : [],
        },
        parent,
      );
      const active = span ? trace.setSpan(parent, span) : parent;
      const inner = { ...given, trace: tracer ? createTrace(tracer, active) : (meta ?? given.trace) };
      let outcome: Attributes = CANCELED;
      let reason: string | undefined;
      try {
        const response = await context.with(active, () => dispatch(request, inner));
        outcome = describeOutcome(response);
        reason = readErrorCode(response, server);
        return response;
      } finally {
        if (span) endSpan(span, outcome, reason);
        duration?.record((performance.now() - started) / 1000, { ...attributes, ...outcome }, active);
      }
    },

    flush: async () => {
      const own = isProxy(provider) ? provider.getDelegate() : provider;
      const flushed = Promise.allSettled([own, metrics.getMeterProvider()].map(forceFlush));
      await withDeadline(FLUSH_MS, undefined, () => flushed).catch(() => {});
    },
  };
}

/** Variables that turn a part of the SDK off with the value `none`. */
const EXPORTER = /^OTEL_(?:TRACES|METRICS|LOGS)_EXPORTER$/;

/** The warning for an environment that configures an SDK, which is not there; undefined if it configures none. */
export function missingSdkWarning(env: NodeJS.ProcessEnv): string | undefined {
  const { OTEL_SDK_DISABLED: disabled, ...settings } = env;
  const [first, ...more] = Object.entries(settings)
    .filter(([name, value]) => name.startsWith("OTEL_") && value?.trim())
    .filter(([name, value]) => !(EXPORTER.test(name) && value === "none"))
    .map(([name]) => name);
  if (first === undefined || /^\s*true\s*$/i.test(disabled ?? "")) return undefined;
  const names = more.length > 0 ? `${first} and ${more.length} more OTEL_ variables are` : `${first} is`;
  return `${names} set, but no OpenTelemetry SDK is registered, so no traces and metrics are sent. Set OTEL_TRACES_EXPORTER=otlp in the container image; elsewhere, start Node.js with --import and a file that registers an SDK.`;
}

function inject(active: Context): Trace["headers"] {
  const headers: Record<string, string> = {};
  propagation.inject(active, headers);
  return headers;
}

/** Ends a span, which failed if there is an `error.type`. */
function endSpan(span: Span, attributes: Attributes, message = ""): void {
  span.setAttributes(attributes);
  if (attributes["error.type"] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}

/** The proxy may be of another copy of the API. */
function isProxy(provider: TracerProvider): provider is ProxyTracerProvider {
  return "getDelegateTracer" in provider;
}

async function forceFlush(provider: unknown): Promise<void> {
  // Only an SDK's provider has it; the API's type does not name it.
  if (isObject(provider) && typeof provider.forceFlush === "function") await provider.forceFlush();
}

const RESENDS = "http.request.resend_count";

function serverAttributes({ protocol, hostname, port }: URL): Attributes {
  return {
    "url.scheme": protocol.slice(0, -1),
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
  };
}

/** The names of query parameters are kept; their values may be what somebody searched for. */
function requestAttributes(method: string, url: URL): Attributes {
  const query = [...url.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=REDACTED`).join("&");
  return {
    "http.request.method": method,
    ...serverAttributes(url),
    "url.full": `${url.origin}${url.pathname}${query && `?${query}`}`,
  };
}

function describeStatus(status: number, firstError: number): Attributes {
  return {
    "http.response.status_code": status,
    ...(status >= firstError && { "error.type": String(status) }),
  };
}

/** The code or the class of an error; never its message. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return OTHER;
  return codeOf(error) ?? (error.name === "Error" ? OTHER : error.name);
}

/** Attributes of both the span and the metric. The names of unknown methods and tools are clients' texts. */
function describeOperation(
  { method: given, params }: Request,
  protocolVersion: unknown,
  { catalog }: Instrumented,
) {
  const method = METHODS.has(given) ? given : OTHER;
  const isCall = method === "tools/call";
  const tool =
    isCall && typeof params.name === "string" && catalog.has(params.name) ? params.name : undefined;
  const asked = readMetaVersion({ params }) ?? protocolVersion ?? params.protocolVersion;
  const version = SUPPORTED_VERSIONS.find((supported) => supported === asked);
  const attributes: Attributes = {
    "mcp.method.name": method,
    ...(isCall && { "gen_ai.operation.name": "execute_tool" }),
    ...(tool !== undefined && { "gen_ai.tool.name": tool }),
    ...(version !== undefined && { "mcp.protocol.version": version }),
    "network.transport": "tcp",
    "network.protocol.name": "http",
  };
  return { method, tool, attributes };
}

/** The code of a failed tool call. */
function readErrorCode(response: JsonRpcResponse, { program }: Instrumented): string | undefined {
  const meta = "result" in response && response.result.isError === true ? response.result._meta : undefined;
  const details = isObject(meta) ? meta[program.errorMetaKey] : undefined;
  return isObject(details) ? String(details.code) : undefined;
}

function describeOutcome(response: JsonRpcResponse): Attributes {
  if ("result" in response) return response.result.isError === true ? { "error.type": "tool_error" } : {};
  const code = String(response.error.code);
  return { "error.type": code, "rpc.response.status_code": code };
}
