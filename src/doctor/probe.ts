import type { HttpClient, HttpResponse, ProxySettings } from "../http-client/types.ts";
import { userAgentFor } from "../http-client/user-agent.ts";
import { ToolError } from "../mcp/errors.ts";
import type { LightfastApi } from "../platforms/lightfast/api.ts";
import type { Target } from "../platforms/lightfast/config/upstream.ts";
import { type Deadline, withDeadline } from "../shared/deadline.ts";
import { createLogger } from "../shared/logger.ts";
import { version } from "../version.ts";

export type ProbeResult = {
  readonly ms: number;
  readonly value?: unknown;
  readonly error?: ToolError;
};

/** Read-only requests to Lightfast, through the same client as those of the tools. */
export type Probe = {
  /** Requests the health. Sent once; later calls return the same result. */
  health(deadline: Deadline): Promise<ProbeResult>;
  /** Requests a signal that does not exist, which shows what the key can read. */
  missingSignal(deadline: Deadline): Promise<ProbeResult>;
  /** Returns how far Lightfast's clock is ahead, in milliseconds; undefined before a response with a date. */
  clockAheadMs(): number | undefined;
  close(): Promise<void>;
};

export const MISSING_SIGNAL = "signal_00000000-0000-0000-0000-000000000000";

/** Compares this machine's clock with the dates of responses. */
export type ClockReader = {
  read(response: HttpResponse): void;
  /** How far the other clock is ahead, in milliseconds; undefined before a response with a date. */
  aheadMs(): number | undefined;
};

export function createClockReader(): ClockReader {
  let aheadMs: number | undefined;
  return {
    read: (response) => {
      const date = Date.parse(response.header("date") ?? "");
      if (!Number.isNaN(date)) aheadMs = date + MEAN_DATE_ERROR_MS - Date.now();
    },
    aheadMs: () => aheadMs,
  };
}

/** A `Date` header has a resolution of one second (RFC 9110, section 5.6.7), so half a second is the mean error. */
const MEAN_DATE_ERROR_MS = 500;

/** The checks report errors themselves. */
export const SILENT = createLogger("silent", () => {});

/** @param timeoutMs the limit of a tool call; a check's deadline can be shorter */
export function createProbe(target: Target, proxies: ProxySettings, timeoutMs: number): Probe {
  const { baseUrl, apiKey } = target;
  const userAgent = userAgentFor({ name: "lightfast-mcp-doctor", version });
  let client: HttpClient | undefined;
  const clock = createClockReader();
  let cachedHealth: Promise<ProbeResult> | undefined;

  /** Sends a request without a key if there is none, and reads the date of the response. */
  const send: HttpClient["send"] = async (request, deadline) => {
    client ??= (await import("../http-client/client.ts")).createHttpClient(proxies, SILENT);
    const { authorization: _, ...publicHeaders } = request.headers;
    const headers = apiKey ? request.headers : publicHeaders;
    const response = await client.send({ ...request, headers }, deadline);
    clock.read(response);
    return response;
  };
  const close = async (): Promise<void> => client?.close();

  async function request(
    { signal, totalMs }: Deadline,
    call: (api: LightfastApi) => Promise<unknown>,
  ): Promise<ProbeResult> {
    const { createRestApi } = await import("../platforms/lightfast/rest-api.ts");
    const started = performance.now();
    const elapsedMs = (): number => performance.now() - started;
    try {
      const value = await withDeadline(Math.min(timeoutMs, totalMs), signal, (deadline) =>
        call(createRestApi({ http: { send, close }, baseUrl, apiKey: apiKey ?? "", userAgent }, deadline)),
      );
      return { ms: elapsedMs(), value };
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      return { ms: elapsedMs(), error };
    }
  }

  return {
    health: (deadline) => {
      cachedHealth ??= request(deadline, (api) => api.health());
      return cachedHealth;
    },
    missingSignal: (deadline) => request(deadline, (api) => api.getSignal(MISSING_SIGNAL)),
    clockAheadMs: clock.aheadMs,
    close,
  };
}
