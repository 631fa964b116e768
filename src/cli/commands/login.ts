import process from "node:process";
import { createInterface } from "node:readline";
import { programCommand } from "../../config/invocation.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { toSentence } from "../../doctor/check.ts";
import { MISSING_SIGNAL } from "../../doctor/probe.ts";
import type { ToolError } from "../../mcp/errors.ts";
import type { ToolResult } from "../../mcp/types.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { writeProfile } from "../../platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../platforms/lightfast/config/profiles.ts";
import {
  type LightfastSettings,
  readLightfastSettings,
  resolveLightfastSettings,
  resolveProfileName,
} from "../../platforms/lightfast/config/resolve.ts";
import { maskKey, parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { appendPath } from "../../shared/url.ts";
import { openInBrowser } from "../browser.ts";
import { wrapAdvice } from "../columns.ts";
import { createServer, installOutputRedactor } from "../context.ts";
import { EXIT_CODES, exitCodeFor } from "../exit-codes.ts";
import { print, printError } from "../output.ts";
import { withSpinner } from "../spinner.ts";
import { callOnce, textOf } from "../tool-call.ts";
import { tryProfiles } from "./account.ts";

export type LoginFlags = LightfastFlags & { readonly stdin?: boolean; readonly browser?: boolean };

/** How often a prompt asks for a key. */
const MAX_ATTEMPTS = 3;

/**
 * The account page of the Lightfast app asks to sign in and lets the user choose the organization. The key page itself is
 * `/<organization>/settings/api-keys`, and the organization is not known yet.
 */
const ACCOUNT_PAGE = "/account/settings";

/** Checks an API key and its organization with Lightfast, and stores the key if it is accepted. */
export async function login(flags: LoginFlags): Promise<void> {
  const profile = resolveProfileName(flags, process.env);
  const readLogin = () => undefined;
  const settings = resolveLightfastSettings({ ...flags, apiKey: undefined }, process.env, { readLogin });
  if (settings.sandbox) throw invalidSetting("sandbox", "The sandbox needs no login. Remove --sandbox.");
  const { read, attempts } = await openKeySource(flags, settings.baseUrl);
  for (let left = attempts - 1; ; left -= 1) {
    const outcome = await checkKey(await read(), settings);
    if ("key" in outcome) return store(outcome.key, profile, settings, outcome.organization);
    if (outcome.isRejected && left > 0) {
      const times = left === 1 ? "once" : `${left} times`;
      printLines(outcome.problem);
      printLines(`You can try ${times} more.`);
      continue;
    }
    printLines(`${outcome.problem} Nothing was stored.`);
    process.exitCode = outcome.exitCode;
    return;
  }
}

type GivenKey = { readonly value: string; readonly source: string; readonly isPasted: boolean };
type KeySource = { readonly read: () => Promise<GivenKey>; readonly attempts: number };

/** @throws SettingsError if a prompt is needed but not possible */
async function openKeySource({ apiKey, stdin, browser }: LoginFlags, baseUrl: URL): Promise<KeySource> {
  if (typeof apiKey === "string") {
    const given = { value: apiKey, source: LIGHTFAST_OPTIONS.apiKey.flag, isPasted: false };
    return { read: async () => given, attempts: 1 };
  }
  if (stdin) {
    const read = async () => ({ value: await readLine(), source: "stdin", isPasted: true });
    return { read, attempts: 1 };
  }
  const { canPrompt, promptSecret } = await import("../prompt.ts");
  if (!canPrompt()) {
    const message = `Not running in an interactive terminal. Pipe the key to stdin, and run: ${programCommand("login --stdin")}`;
    throw invalidSetting("stdin", message);
  }
  await showKeyPage(appendPath(baseUrl, ACCOUNT_PAGE), browser !== false);
  const read = async () => ({
    value: await promptSecret("Lightfast API key (lf_...)"),
    source: "the prompt",
    isPasted: true,
  });
  return { read, attempts: MAX_ATTEMPTS };
}

async function showKeyPage(url: URL, mayOpen: boolean): Promise<void> {
  const isOpen = mayOpen && (await openInBrowser(url));
  printError(isOpen ? "Lightfast opens in your browser:" : "Open Lightfast in a browser:");
  printError(`  ${url.href}`);
  printLines("Choose your organization, then create a key under Settings > API Keys. Paste it here.");
}

async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return "";
}

/** What surrounds a key that was copied from code or from a header. */
const WRAPPING = /^(?:[\s"'`“”‘’]|Authorization:|Bearer(?=[\s"'`“”‘’]))+|[\s"'`“”‘’]+$/gi;

type Outcome =
  /** @property organization what is wrong with the key's organization */
  | { readonly key: string; readonly organization: string | undefined }
  | { readonly problem: string; readonly exitCode: number; readonly isRejected: boolean };

async function checkKey({ value, source, isPasted }: GivenKey, settings: LightfastSettings) {
  const pasted = value.trim();
  const bare = isPasted ? pasted.replaceAll(WRAPPING, "") : pasted;
  const redact = installOutputRedactor(pasted, bare);
  if (bare !== pasted) printError("Removed what surrounded the key: quotation marks, or the word Bearer.");
  if (bare === "") return malformed(`No key entered (${source}).`);
  const credential = parseApiKey({ value: bare, source });
  if (credential.state !== "ready") return malformed(`${credential.problem}.`);
  const { baseUrl } = settings;
  const log = { error: printError, warn: printError, info: () => {}, debug: () => {} };
  const upstream = { baseUrl, apiKey: credential.key };
  const server = createServer({ settings, log, redact, upstream });
  return withSpinner(`Checking the key with ${baseUrl.host}`, async (): Promise<Outcome> => {
    const { result, error } = await callOnce(server, "lightfast_system_health", {});
    const exitCode = exitCodeFor(result, error);
    const isRejected = exitCode === EXIT_CODES.credentials;
    if (result.isError) return { problem: describe(error, result), exitCode, isRejected };
    // The API checks the organization's setup before it looks for the signal.
    const signal = await callOnce(server, "lightfast_signals_get", { id: MISSING_SIGNAL });
    const isReady = !signal.error || signal.error.code === "not_found";
    return { key: credential.key, organization: isReady ? undefined : describe(signal.error, signal.result) };
  });
}

/** The hint for a rejected key is for a server's settings. */
function describe(error: ToolError | undefined, result: ToolResult): string {
  if (!error) return textOf(result);
  const isKeyInvalid = error.code === "invalid_token";
  return `${toSentence(error.message)} ${isKeyInvalid ? "Create another key under Settings > API Keys." : error.hint}`;
}

function malformed(problem: string): Outcome {
  return { problem, exitCode: EXIT_CODES.usage, isRejected: true };
}

async function store(
  key: string,
  profile: string,
  { baseUrl }: LightfastSettings,
  organization: string | undefined,
): Promise<void> {
  await tryProfiles(() => writeProfile(profile, { apiKey: key, baseUrl: baseUrl.href }));
  print(
    `Logged in as profile ${profile}: ${maskKey(key)} at ${baseUrl.href}\nStored in ${profileFile(profile)}`,
  );
  if (organization !== undefined)
    printLines(`The key is valid, but it cannot read signals yet. ${organization}`);
  for (const remark of overrides(profile, baseUrl)) printLines(remark);
  const isNamed = plainSettings().profile !== profile;
  const next = programCommand(isNamed ? `install --profile ${profile}` : "install");
  print(wrapAdvice(`Next, add Lightfast to your MCP clients. Run: ${next}`, process.stdout.columns));
}

/** The settings of a server that is started without flags and without a key. */
function plainSettings(): LightfastSettings {
  const [variable] = LIGHTFAST_OPTIONS.apiKey.variables;
  const env = { ...process.env, [variable]: undefined };
  return readLightfastSettings({}, env, { readLogin: () => undefined }).settings;
}

/** Says what keeps a server from using this login. */
function overrides(profile: string, baseUrl: URL): readonly string[] {
  const setVariable = (name: "apiKey" | "baseUrl"): string | undefined =>
    LIGHTFAST_OPTIONS[name].variables.find((variable) => process.env[variable]?.trim());
  const keyVariable = setVariable("apiKey");
  const urlVariable = setVariable("baseUrl");
  const { profile: active, baseUrl: plainUrl } = plainSettings();
  return [
    ...(keyVariable ? [`${keyVariable} is set and overrides this login. Unset it to use the login.`] : []),
    ...(urlVariable && plainUrl.origin !== baseUrl.origin
      ? [
          `${urlVariable} is set to ${plainUrl.origin}, where this login is not used. Unset it to use the login.`,
        ]
      : []),
    ...(active === profile
      ? []
      : [
          `The active profile is ${active}. To make ${profile} the active one, run: ${programCommand(`profiles use ${profile}`)}`,
        ]),
  ];
}

function printLines(text: string): void {
  printError(wrapAdvice(text, process.stderr.columns));
}
