import { onTestFinished } from "vitest";
import { createHttpClient } from "../../src/http-client/client.ts";
import type { HttpClient, HttpRequest, HttpResponse, ProxySettings } from "../../src/http-client/types.ts";
import { ToolError } from "../../src/mcp/errors.ts";
import { type Deadline, withDeadline } from "../../src/shared/deadline.ts";
import { createLogger, type Logger } from "../../src/shared/logger.ts";

/** A client that is closed at the end of the test. */
export function httpClient(
  proxy: ProxySettings = {},
  log: Logger = createLogger("silent", () => {}),
): HttpClient {
  const client = createHttpClient(proxy, log);
  onTestFinished(() => void client.close().catch(() => {}));
  return client;
}

type SendOptions = {
  readonly totalMs?: number;
  readonly cancel?: AbortSignal;
  readonly client?: HttpClient;
  readonly body?: string;
} & Pick<HttpRequest, "safe" | "maxAttempts">;

export function get(url: URL, options: SendOptions = {}): Promise<HttpResponse> {
  return send({ method: "GET", url, headers: { authorization: "Bearer lf_test" } }, options);
}

export function post(url: URL, options: SendOptions = {}): Promise<HttpResponse> {
  const { body = '{"input":"x"}', safe, maxAttempts } = options;
  const headers = { authorization: "Bearer lf_test" };
  return send({ method: "POST", url, headers, body, safe, maxAttempts }, options);
}

function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const { client = httpClient(), totalMs = 4000, cancel } = options;
  return withDeadline(totalMs, cancel, (deadline) => client.send(request, deadline));
}

/** A deadline that was aborted before the request. */
export function abortedDeadline(reason: Error): Deadline {
  return {
    signal: AbortSignal.abort(reason),
    totalMs: 25_000,
    remainingMs: () => 25_000,
  };
}

/** The `ToolError` that `work` rejects with. */
export async function toolErrorOf(work: Promise<unknown>): Promise<ToolError> {
  const outcome = await work.then(
    () => "a response",
    (error: unknown) => error,
  );
  if (outcome instanceof ToolError) return outcome;
  throw new Error(`expected a ToolError, got ${String(outcome)}`);
}
