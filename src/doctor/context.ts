import type { Environment, SettingProblem } from "../config/reader.ts";
import { findProxy } from "../http-client/route.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { type LightfastSettings, readLightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { resolveTarget, type Target } from "../platforms/lightfast/config/upstream.ts";
import type { ResultOptions } from "./check.ts";
import { createProbe, type Probe } from "./probe.ts";

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

export type DoctorContext = {
  readonly flags: LightfastFlags;
  readonly env: Environment;
  readonly runtime: Runtime;
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

/** Returns details and hint for warnings about unexpanded placeholders. */
export function placeholderOptions(warnings: readonly string[]): ResultOptions {
  return {
    details: warnings,
    hint: "The program that set this variable did not expand the placeholder. Set the value itself, or remove it.",
  };
}
