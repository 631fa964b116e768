import { isSandboxKey } from "../config/secrets.ts";
import type { Environment } from "../config/values.ts";
import type { Flags } from "../platforms/lightfast/config/part-options.ts";
import type { Settings } from "../platforms/lightfast/config/resolve.ts";
import { createProbe, type Probe, type Target } from "./probe.ts";
import { proxyFor } from "./proxy-route.ts";
import { examineSettings } from "./settings.ts";

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
export type Subject = {
  readonly flags: Flags;
  readonly env: Environment;
  readonly runtime: Runtime;
  readonly settings: Settings;
  /** What is wrong with the settings, one line each. */
  readonly problems: readonly string[];
  readonly target: Target;
  /** The proxy through which the target is reached; undefined where it is reached directly. */
  readonly proxy: string | undefined;
  readonly lightfast: Probe;
};

const targetOf = async ({ sandbox, credential, baseUrl }: Settings): Promise<Target> => {
  const key = credential.state === "ready" ? credential.key : undefined;
  if (!sandbox) return { baseUrl, apiKey: key };
  const { startSandbox } = await import("../platforms/lightfast/sandbox/server.ts");
  const emulator = await startSandbox();
  emulator.unref();
  // As when serving: a real key stays out of the emulator.
  return { baseUrl: emulator.url, apiKey: key && isSandboxKey(key) ? key : emulator.readyKey };
};

/** Gathers what the checks look at. Starts the emulator where that is what the settings ask for. */
export const createSubject = async (flags: Flags, env: Environment, runtime: Runtime): Promise<Subject> => {
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
};
