import process from "node:process";
import { createLogger, type Logger } from "../core/logger.ts";
import { defineLightfastServer, type Upstream } from "../lightfast/server.ts";
import { createRedactor } from "../net/redact.ts";
import { KEY_ADVICE } from "../settings/api-key.ts";
import type { Flags } from "../settings/options.ts";
import { resolveSettings, type Settings } from "../settings/resolve.ts";
import { secretsOf } from "../settings/secrets.ts";
import { printError } from "./output.ts";

/** What every command that works with Lightfast starts from. */
export type Context = { readonly settings: Settings; readonly log: Logger; readonly upstream: Upstream };

export const redactor = createRedactor(secretsOf(process.argv.slice(2), process.env));

const CODES = { missing: "missing_token", malformed: "invalid_token" } as const;

const upstreamOf = async ({ sandbox, credential, baseUrl }: Settings): Promise<Upstream> => {
  if (sandbox) return startedSandbox(credential.state === "ready" ? credential.key : "");
  if (credential.state === "ready") return { baseUrl, apiKey: credential.key };
  return { code: CODES[credential.state], problem: credential.problem, hint: KEY_ADVICE };
};

/** The emulator takes its own test keys; any other key is a real one and stays out of it. */
const startedSandbox = async (key: string): Promise<Upstream> => {
  const { startSandbox } = await import("../lightfast/sandbox/server.ts");
  const sandbox = await startSandbox();
  sandbox.unref();
  return { baseUrl: sandbox.url, apiKey: key.startsWith("lf_sandbox") ? key : sandbox.readyKey };
};

/** Resolves the settings, tells what is remarkable about them, and finds what the tools will call. */
export const createContext = async (flags: Flags): Promise<Context> => {
  const settings = resolveSettings(flags, process.env);
  const log = createLogger(settings.logLevel, printError);
  for (const notice of settings.notices) log.warn(notice);
  return { settings, log, upstream: await upstreamOf(settings) };
};

/** The Lightfast server as these settings make it. */
export const createServer = ({ settings, log, upstream }: Context) =>
  defineLightfastServer({
    upstream,
    timeoutMs: settings.timeoutMs,
    proxies: settings.sandbox ? {} : settings.proxies,
    redact: redactor,
    log,
  });
