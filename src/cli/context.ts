import process from "node:process";
import { findSecrets } from "../config/secrets.ts";
import type { Redact } from "../mcp/server.ts";
import { LFX_SECRETS } from "../platforms/lfx/config/secrets.ts";
import type { LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { type LightfastSettings, resolveLightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { LIGHTFAST_SECRETS } from "../platforms/lightfast/config/secrets.ts";
import { resolveTarget } from "../platforms/lightfast/config/upstream.ts";
import { defineLightfastServer, type SignIn, type Upstream } from "../platforms/lightfast/server.ts";
import { createLogger, type Logger } from "../shared/logger.ts";
import { createRedactor } from "../shared/redact.ts";
import { PROGRAM } from "../version.ts";
import { printError, setOutputRedactor } from "./output.ts";

/** What a command needs to define the Lightfast server. */
export type Context = {
  readonly settings: LightfastSettings;
  readonly log: Logger;
  readonly redact: Redact;
  readonly upstream: Upstream;
};

/** Redacts the secrets of the arguments and the environment, and `more`, from everything printed from now on. */
export function installOutputRedactor(...more: readonly string[]): Redact {
  const rules = [LIGHTFAST_SECRETS, LFX_SECRETS];
  const redact = createRedactor([...findSecrets(process.argv.slice(2), process.env, rules), ...more]);
  setOutputRedactor(redact);
  return redact;
}

/** Resolves the settings, logs their warnings, and starts the sandbox if they ask for it. */
export async function createContext(flags: LightfastFlags): Promise<Context> {
  const settings = resolveLightfastSettings(flags, process.env);
  const redact = installOutputRedactor(...keysIn(settings));
  const log = createLogger(settings.logLevel, printError, `${PROGRAM.name} `);
  for (const { message } of settings.warnings) log.warn(message);
  return { settings, log, redact, upstream: await openUpstream(settings, log.warn) };
}

/** Returns the API key to redact, if there is one. The sandbox's own keys are public. */
export function keysIn({ credential, sandbox }: LightfastSettings): readonly string[] {
  return credential.state === "ready" && !sandbox ? [credential.key] : [];
}

const CODES = { missing: "missing_token", malformed: "invalid_token" } as const;

/**
 * Returns the URL and key that tools call, or why there is no key. Starts the sandbox if the settings ask for it.
 * @param warn as for `resolveTarget`
 */
export async function openUpstream(
  settings: LightfastSettings,
  warn?: (message: string) => void,
): Promise<Upstream> {
  const { credential, sandbox } = settings;
  if ("problem" in credential && !sandbox) {
    return { code: CODES[credential.state], problem: credential.problem, hint: credential.hint };
  }
  const { baseUrl, apiKey = "" } = await resolveTarget(settings, warn);
  return { baseUrl, apiKey };
}

/** @param tools the names of the tools to offer; default: all */
export function createServer(
  { settings, log, redact, upstream }: Context,
  tools?: LightfastSettings["tools"],
  signIn?: SignIn,
) {
  const { timeoutMs, proxies } = settings;
  return defineLightfastServer({ upstream, signIn, tools, timeoutMs, proxies, redact, log });
}
