import type { Environment, SettingProblem } from "../config/values.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { type LightfastSettings, readLightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { resolveTarget, type Target } from "../platforms/lightfast/config/upstream.ts";
import type { Remarks } from "./finding.ts";
import { createProbe, type Probe } from "./probe.ts";
import { proxyFor } from "./proxy-route.ts";

/** Returns the messages about some settings. */
export function messagesAbout(
  problems: readonly SettingProblem[],
  settings: readonly string[],
): readonly string[] {
  return problems.filter(({ setting }) => settings.includes(setting)).map(({ message }) => message);
}

/** Returns what to report about placeholders that a client did not expand. */
export function unexpanded(warnings: readonly string[]): Remarks {
  return {
    details: warnings,
    hint: "The program that started this one did not expand the placeholder. Set the value itself, or remove it.",
  };
}

/** The program as it runs. */
export type Runtime = {
  readonly platform: string;
  /** Version of Node.js. */
  readonly node: string;
  readonly execPath: string;
  /** The file that Node.js was started with. */
  readonly script: string;
  /** The user's home directory. */
  readonly home: string;
  /** The folder it was started in. */
  readonly folder: string;
};

/** What is examined. */
export type DoctorContext = {
  readonly flags: LightfastFlags;
  readonly env: Environment;
  readonly runtime: Runtime;
  readonly settings: LightfastSettings;
  /** Errors in the settings. Each invalid setting has its default. */
  readonly errors: readonly SettingProblem[];
  readonly target: Target;
  /** The proxy through which the target is reached; undefined where it is reached directly. */
  readonly proxy: string | undefined;
  readonly lightfast: Probe;
};

/** Gathers what the checks look at. Starts the emulator where that is what the settings ask for. */
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
    proxy: proxyFor(target.baseUrl, settings.proxies),
    lightfast: createProbe(target, settings.proxies, settings.timeoutMs),
  };
}
