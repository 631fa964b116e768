import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { decodeMessage, type Message, messagesAt, numberAt, textAt } from "./protobuf.ts";

export type Attributes = Readonly<Record<string, string | number>>;

export type ReceivedSpan = {
  readonly resource: Attributes;
  readonly scope: string;
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentId: string;
  /** The ids of the spans that are linked. */
  readonly links: readonly string[];
  readonly attributes: Attributes;
  readonly isError: boolean;
};

/** One series of a histogram. */
export type ReceivedHistogram = {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly bounds: readonly number[];
};

/** An OpenTelemetry collector on loopback. */
export type Collector = {
  /** Host and port. */
  readonly address: string;
  readonly spans: readonly ReceivedSpan[];
  readonly histograms: readonly ReceivedHistogram[];
  /** Every text received. */
  readonly texts: () => string;
};

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** The `status.code` of an error. */
const ERROR = 2;

/** Starts a collector for one test, for OTLP with protobuf (opentelemetry-proto, `collector/*`). */
export async function startCollector(protocol: "grpc" | "http/protobuf"): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const histograms: ReceivedHistogram[] = [];
  const bodies: Buffer[] = [];
  const receive = (path: string, body: Buffer): void => {
    bodies.push(body);
    const message = decodeMessage(body);
    if (/traces|TraceService/.test(path)) spans.push(...readSpans(message));
    else histograms.push(...readHistograms(message));
  };
  const server = protocol === "grpc" ? createGrpcServer(receive) : createOtlpServer(receive);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    histograms,
    texts: () => Buffer.concat(bodies).toString("latin1"),
  };
}

type Receive = (path: string, body: Buffer) => void;

function createOtlpServer(receive: Receive) {
  return createServer(async (request, response) => {
    const isProtobuf = request.headers["content-type"] === "application/x-protobuf";
    receive(request.url ?? "", await buffer(request));
    response.writeHead(isProtobuf ? 200 : 415, { "content-type": "application/x-protobuf" }).end();
  });
}

/** Unary calls: a body is a flag, its length in four bytes, and one message (grpc/grpc, PROTOCOL-HTTP2). */
function createGrpcServer(receive: Receive) {
  return createHttp2Server().on("stream", async (stream: ServerHttp2Stream, headers) => {
    receive(String(headers[":path"]), (await buffer(stream)).subarray(5));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.alloc(5));
  });
}

function readSpans(request: Message): ReceivedSpan[] {
  return messagesAt(request, 1).flatMap((resourceSpans) => {
    const [resource = new Map()] = messagesAt(resourceSpans, 1);
    return messagesAt(resourceSpans, 2).flatMap((scopeSpans) => {
      const [scope = new Map()] = messagesAt(scopeSpans, 1);
      return messagesAt(scopeSpans, 2).map((span) => ({
        resource: readAttributes(resource, 1),
        scope: `${textAt(scope, 1)} ${textAt(scope, 2)}`,
        name: textAt(span, 5),
        kind: KINDS[numberAt(span, 6)] ?? "",
        traceId: textAt(span, 1, "hex"),
        spanId: textAt(span, 2, "hex"),
        parentId: textAt(span, 4, "hex"),
        links: messagesAt(span, 13).map((link) => textAt(link, 2, "hex")),
        attributes: readAttributes(span, 9),
        isError: messagesAt(span, 15).some((status) => numberAt(status, 3) === ERROR),
      }));
    });
  });
}

function readHistograms(request: Message): ReceivedHistogram[] {
  return messagesAt(request, 1, 2, 2).flatMap((metric) =>
    messagesAt(metric, 9, 1).map((point) => ({
      name: textAt(metric, 1),
      unit: textAt(metric, 3),
      attributes: readAttributes(point, 9),
      bounds: readDoubles(point.get(7)?.[0]),
    })),
  );
}

function readDoubles(packed: Buffer | number | undefined): number[] {
  if (!Buffer.isBuffer(packed)) return [];
  return Array.from({ length: packed.length / 8 }, (_, at) => packed.readDoubleLE(at * 8));
}

/** Strings and integers, which are all that this server records. */
function readAttributes(message: Message, field: number): Attributes {
  return Object.fromEntries(
    messagesAt(message, field).map((pair) => {
      const [value = new Map()] = messagesAt(pair, 2);
      return [textAt(pair, 1), value.has(3) ? numberAt(value, 3) : textAt(value, 1)];
    }),
  );
}
