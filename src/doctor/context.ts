import type { Environment, GivenFlags, SettingProblem } from "../config/reader.ts";
import { findProxy } from "../http-client/route.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { type LightfastSettings, readLightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { resolveTarget, type Target } from "../platforms/lightfast/config/upstream.ts";
import type { ResultOptions } from "./check.ts";
import { createProbe, type Probe } from "./probe.ts";
import type { AttemptResult, DoctorServer } from "./server.ts";
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
  /** The results of the credentials that were tried, by the id of the attempt: each is tried once. */
  readonly attempts: Map<string, Promise<AttemptResult>>;
  /** The titles of the checks that reported the problem of a login, by the login's id: each is reported once. */
  readonly loginReports: Map<string, string>;
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
    attempts: new Map(),
    loginReports: new Map(),
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
