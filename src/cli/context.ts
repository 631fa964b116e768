import process from "node:process";
import { findSecrets, isSandboxKey } from "../config/secrets.ts";
import type { Redact } from "../mcp/server.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
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
import { defineLightfastServer, type Upstream } from "../platforms/lightfast/server.ts";
import { createLogger, type Logger, type LogLevel } from "../shared/logger.ts";
import { createRedactor } from "../shared/redact.ts";
import { printError, setOutputRedactor } from "./output.ts";

/** What every command that works with Lightfast starts from. */
export type Context = {
  readonly settings: LightfastSettings;
  readonly log: Logger;
  readonly redact: Redact;
  readonly upstream: Upstream;
};

/** The API key to redact, if there is one. The sandbox's own keys are public. */
export function keysIn({ credential, sandbox }: LightfastSettings): readonly string[] {
  return credential.state === "ready" && !sandbox ? [credential.key] : [];
}

/** Takes the secrets we were started with, and `more` of them, out of all that is printed from here on. */
export function installOutputRedactor(...more: readonly string[]): Redact {
  const redact = createRedactor([...findSecrets(process.argv.slice(2), process.env), ...more]);
  setOutputRedactor(redact);
  return redact;
}

const CODES = { missing: "missing_token", malformed: "invalid_token" } as const;

/** What the tools call. Starts the built-in sandbox if the settings ask for it. */
export async function openUpstream({ sandbox, credential, baseUrl }: LightfastSettings): Promise<Upstream> {
  if (sandbox) return startedSandbox(credential.state === "ready" ? credential.key : "");
  if (credential.state === "ready") return { baseUrl, apiKey: credential.key };
  return { code: CODES[credential.state], problem: credential.problem, hint: credential.advice };
}

/** The emulator takes its own test keys; any other key is a real one and stays out of it. */
async function startedSandbox(key: string): Promise<Upstream> {
  const { startSandbox } = await import("../platforms/lightfast/sandbox/server.ts");
  const sandbox = await startSandbox();
  sandbox.unref();
  return { baseUrl: sandbox.url, apiKey: isSandboxKey(key) ? key : sandbox.readyKey };
}

/** Resolves the settings with the stored login they name, where they need one. */
export function loadSettings(flags: LightfastFlags, defaultLogLevel?: LogLevel): LightfastSettings {
  const resolve = (login?: Profile) => resolveLightfastSettings(flags, process.env, login, defaultLogLevel);
  const { name, needed } = profileOf(flags, process.env);
  if (!needed || !hasProfile(name)) return resolve();
  try {
    return resolve(readProfile(name));
  } catch (error) {
    // A server without a usable login still lists its tools, and each call says what is wrong.
    if (!(error instanceof ProfileError)) throw error;
    const { message: problem, advice } = error;
    return { ...resolve(), credential: { state: "missing", problem, advice } };
  }
}

/** Resolves the settings, tells what is remarkable about them, and finds what the tools will call. */
export async function createContext(flags: LightfastFlags): Promise<Context> {
  const settings = loadSettings(flags);
  const redact = installOutputRedactor(...keysIn(settings));
  const log = createLogger(settings.logLevel, printError);
  for (const notice of settings.notices) log.warn(notice);
  return { settings, log, redact, upstream: await openUpstream(settings) };
}

/** The Lightfast server as these settings make it. */
export function createServer({ settings, log, redact, upstream }: Context) {
  return defineLightfastServer({
    upstream,
    timeoutMs: settings.timeoutMs,
    proxies: settings.proxies,
    redact,
    log,
  });
}
