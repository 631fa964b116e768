import type { HttpClient, ProxySettings } from "../http-client/types.ts";
import { userAgentFor } from "../http-client/user-agent.ts";
import { ToolError } from "../mcp/errors.ts";
import type { LightfastApi } from "../platforms/lightfast/api.ts";
import type { Target } from "../platforms/lightfast/config/upstream.ts";
import { type Deadline, withDeadline } from "../shared/deadline.ts";
import { createLogger } from "../shared/logger.ts";
import { version } from "../version.ts";

/** What one request came to. */
export type Reading = {
  /** How long it took, in milliseconds. */
  readonly ms: number;
  readonly value?: unknown;
  readonly error?: ToolError;
};

/** Lightfast as the tools reach it, for reading alone. */
export type Probe = {
  /** Asks for the health once; later calls get the same reading. */
  health(deadline: Deadline): Promise<Reading>;
  /** Asks for a signal that does not exist, which shows what the key may see. */
  noSignal(deadline: Deadline): Promise<Reading>;
  /** How far Lightfast's clock is ahead of ours, in milliseconds; undefined before an answer that has a date. */
  clockAheadMs(): number | undefined;
  /** Gives up the connections. */
  close(): Promise<void>;
};

const NO_SIGNAL = "signal_00000000-0000-0000-0000-000000000000";

/** A `Date` header is cut to the second (RFC 9110, section 5.6.7), so on average the time is half of one later. */
const HALF_A_SECOND = 500;

/** What goes wrong is told by the checks. */
const SILENT = createLogger("silent", () => {});

/** @param timeoutMs how long a tool's call may take by the settings; the deadline of a check cuts it shorter */
export function createProbe(target: Target, proxies: ProxySettings, timeoutMs: number): Probe {
  const { baseUrl, apiKey } = target;
  const userAgent = userAgentFor({ name: "lightfast-mcp-doctor", version });
  let client: HttpClient | undefined;
  let aheadMs: number | undefined;
  let known: Promise<Reading> | undefined;

  /** The HTTP client, with an ear for the date and without a key where there is none. */
  const send: HttpClient["send"] = async (
    { headers: { authorization, ...headers }, ...request },
    deadline,
  ) => {
    client ??= (await import("../http-client/client.ts")).createHttpClient(proxies, SILENT);
    const credentials = apiKey && authorization ? { authorization } : {};
    const answer = await client.send({ ...request, headers: { ...headers, ...credentials } }, deadline);
    const date = Date.parse(answer.header("date") ?? "");
    if (!Number.isNaN(date)) aheadMs = date + HALF_A_SECOND - Date.now();
    return answer;
  };
  const close = async (): Promise<void> => client?.close();

  const read = async ({ signal, totalMs }: Deadline, ask: (api: LightfastApi) => Promise<unknown>) => {
    const { createRestApi } = await import("../platforms/lightfast/rest-api.ts");
    const started = performance.now();
    const ms = (): number => performance.now() - started;
    try {
      const value = await withDeadline(Math.min(timeoutMs, totalMs), signal, (deadline) =>
        ask(createRestApi({ http: { send, close }, baseUrl, apiKey: apiKey ?? "", userAgent }, deadline)),
      );
      return { ms: ms(), value };
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      return { ms: ms(), error };
    }
  };

  return {
    health: (deadline) => {
      known ??= read(deadline, (api) => api.health());
      return known;
    },
    noSignal: (deadline) => read(deadline, (api) => api.getSignal(NO_SIGNAL)),
    clockAheadMs: () => aheadMs,
    close,
  };
}
