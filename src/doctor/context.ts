import { SettingsError } from "../config/resolve.ts";
import { isSandboxKey } from "../config/secrets.ts";
import type { Environment } from "../config/values.ts";
import {
  LIGHTFAST_OPTIONS,
  type LightfastFlags,
  type LightfastOptionName,
} from "../platforms/lightfast/config/options.ts";
import {
  hasProfile,
  type Profile,
  ProfileError,
  readProfile,
} from "../platforms/lightfast/config/profiles.ts";
import {
  type LightfastSettings,
  profileOf,
  resolveLightfastSettings,
} from "../platforms/lightfast/config/resolve.ts";
import { DEFAULT_BASE_URL } from "../platforms/lightfast/config/upstream.ts";
import type { Remarks } from "./finding.ts";
import { createProbe, type Probe, type Target } from "./probe.ts";
import { proxyFor } from "./proxy-route.ts";

/** The flag or variable at the head of a line about a setting: that is how the settings word all of them. */
function headOf(line: string): string {
  return /^[^\s:]*/.exec(line)?.[0] ?? "";
}

/** The flag and the variables of an option. */
export function namesOf(option: LightfastOptionName): readonly string[] {
  return [LIGHTFAST_OPTIONS[option].flag, ...LIGHTFAST_OPTIONS[option].variables];
}

/** The lines that are about one of these flags or variables. */
export function linesAbout(lines: readonly string[], names: readonly string[]): readonly string[] {
  return lines.filter((line) => names.includes(headOf(line)));
}

/** What there is to say of placeholders that were not expanded. */
export function unexpanded(notices: readonly string[]): Remarks {
  return {
    details: notices,
    hint: "Whoever started this program put nothing in place of that text: write the value itself there, or remove it.",
  };
}

/** Settings as far as they can be used, and what is wrong with the rest, one line each. */
export type Examined = { readonly settings: LightfastSettings; readonly problems: readonly string[] };

function isOption(name: string): name is LightfastOptionName {
  return Object.hasOwn(LIGHTFAST_OPTIONS, name);
}

function withoutFlags(flags: LightfastFlags, heads: ReadonlySet<string>): LightfastFlags {
  return Object.fromEntries(
    Object.entries(flags).filter(([name]) => isOption(name) && !heads.has(LIGHTFAST_OPTIONS[name].flag)),
  );
}

function withoutVariables(env: Environment, heads: ReadonlySet<string>): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !heads.has(name)));
}

/** The stored login with the settings that use it; one that cannot be used is told in place of the key. */
function load(flags: LightfastFlags, env: Environment, heads: ReadonlySet<string>): LightfastSettings {
  const { name, needed } = profileOf(flags, env);
  if (!needed || !hasProfile(name)) return resolveLightfastSettings(flags, env);
  try {
    const login = readProfile(name);
    return resolveLightfastSettings(flags, env, login && heads.has("profile") ? movedHome(login) : login);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const { message: problem, advice } = error;
    return { ...resolveLightfastSettings(flags, env), credential: { state: "missing", problem, advice } };
  }
}

/** The address of this login is what cannot be used. */
function movedHome(login: Profile): Profile {
  return { ...login, baseUrl: DEFAULT_BASE_URL };
}

/** Resolves the settings; one that cannot be used is left out, so that the others can still be looked at. */
export function examineSettings(flags: LightfastFlags, env: Environment): Examined {
  const problems: string[] = [];
  const heads = new Set<string>();
  for (;;) {
    try {
      return { settings: load(withoutFlags(flags, heads), withoutVariables(env, heads), heads), problems };
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const known = heads.size;
      for (const line of error.problems) heads.add(headOf(line));
      // Nothing more can be left out, so it would go on for ever.
      if (heads.size === known) throw error;
      problems.push(...error.problems);
    }
  }
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
  /** What is wrong with the settings, one line each. */
  readonly problems: readonly string[];
  readonly target: Target;
  /** The proxy through which the target is reached; undefined where it is reached directly. */
  readonly proxy: string | undefined;
  readonly lightfast: Probe;
};

async function targetOf({ sandbox, credential, baseUrl }: LightfastSettings): Promise<Target> {
  const key = credential.state === "ready" ? credential.key : undefined;
  if (!sandbox) return { baseUrl, apiKey: key };
  const { startSandbox } = await import("../platforms/lightfast/sandbox/server.ts");
  const emulator = await startSandbox();
  emulator.unref();
  // As when serving: a real key stays out of the emulator.
  return { baseUrl: emulator.url, apiKey: key && isSandboxKey(key) ? key : emulator.readyKey };
}

/** Gathers what the checks look at. Starts the emulator where that is what the settings ask for. */
export async function createDoctorContext(
  flags: LightfastFlags,
  env: Environment,
  runtime: Runtime,
): Promise<DoctorContext> {
  const { settings, problems } = examineSettings(flags, env);
  const target = await targetOf(settings);
  return {
    flags,
    env,
    runtime,
    settings,
    problems,
    target,
    proxy: proxyFor(target.baseUrl, settings.proxies),
    lightfast: createProbe(target, settings.proxies, settings.timeoutMs),
  };
}
