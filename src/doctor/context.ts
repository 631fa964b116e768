import type { Environment, GivenFlags, SettingProblem } from "../config/reader.ts";
import { findProxy } from "../http-client/route.ts";
import type { HttpClient, HttpResponse, ProxySettings } from "../http-client/types.ts";
import { userAgentFor } from "../http-client/user-agent.ts";
import { ToolError } from "../mcp/errors.ts";
import type { LightfastApi } from "../platforms/lightfast/api.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { type LightfastSettings, readLightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { resolveTarget, type Target } from "../platforms/lightfast/config/upstream.ts";
import { type Deadline, withDeadline } from "../shared/deadline.ts";
import { createLogger } from "../shared/logger.ts";
import { version } from "../version.ts";
import type { ResultOptions } from "./check.ts";
import type { DoctorServer } from "./server.ts";
import { LIGHTFAST_SERVER } from "./servers/lightfast.ts";

/** This process. A plain value, so that tests can describe any system. */
export type Runtime = {
  readonly platform: string;
  readonly node: string;
  readonly execPath: string;
  /** The script that Node.js runs. */
  readonly script: string;
  readonly home: string;
  readonly folder: string;
};

/** What the checks of this machine need. */
export type LocalContext = {
  readonly flags: GivenFlags;
  readonly env: Environment;
  readonly runtime: Runtime;
  readonly server: DoctorServer;
};

export type DoctorContext = LocalContext & {
  /** The settings, with defaults in place of invalid ones. */
  readonly settings: LightfastSettings;
  readonly errors: readonly SettingProblem[];
  readonly target: Target;
  /** The proxy for requests to the target; undefined if there is none. */
  readonly proxy: string | undefined;
  readonly probe: Probe;
};

/** Creates the context. Starts the sandbox if the settings ask for it. */
export async function createDoctorContext(
  flags: LightfastFlags,
  env: Environment,
  runtime: Runtime,
): Promise<DoctorContext> {
  const { settings, errors } = readLightfastSettings(flags, env);
  const target = await resolveTarget(settings);
  return {
    flags,
    env,
    runtime,
    server: LIGHTFAST_SERVER,
    settings,
    errors,
    target,
    proxy: findProxy(target.baseUrl, settings.proxies),
    probe: createProbe(target, settings.proxies, settings.timeoutMs),
  };
}

/** Returns the messages about some settings. */
export function messagesAbout(
  problems: readonly SettingProblem[],
  settings: readonly string[],
): readonly string[] {
  return problems.filter(({ setting }) => settings.includes(setting)).map(({ message }) => message);
}

/** Returns details for warnings about settings, and the next step if they are about unexpanded placeholders. */
export function warningOptions(warnings: readonly string[]): ResultOptions {
  const hint =
    "The program that set this variable did not expand the placeholder. Set the value itself, or remove it.";
  return { details: warnings, ...(warnings.some((text) => text.includes("placeholder")) && { hint }) };
}

export type ProbeResult = {
  readonly ms: number;
  readonly value?: unknown;
  readonly error?: ToolError;
};

/** Read-only requests to Lightfast, through the same client as those of the tools. */
type Probe = {
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
function createProbe(target: Target, proxies: ProxySettings, timeoutMs: number): Probe {
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
