import process from "node:process";
import { createInterface } from "node:readline";
import { programCommand } from "../../config/invocation.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { writeProfile } from "../../platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../platforms/lightfast/config/profiles.ts";
import {
  type LightfastSettings,
  readLightfastSettings,
  resolveLightfastSettings,
  resolveProfileName,
} from "../../platforms/lightfast/config/resolve.ts";
import { maskKey } from "../../platforms/lightfast/config/upstream.ts";
import { openInBrowser } from "../browser.ts";
import { wrapAdvice } from "../columns.ts";
import { installOutputRedactor } from "../context.ts";
import { EXIT_CODES, exitCodeFor } from "../exit-codes.ts";
import { checkKey, type KeyCheck, keyPage, unwrapKey } from "../key-check.ts";
import { print, printError } from "../output.ts";
import { withSpinner } from "../spinner.ts";
import { tryProfiles } from "./account.ts";

export type LoginFlags = LightfastFlags & { readonly stdin?: boolean; readonly browser?: boolean };

/** How often a prompt asks for a key. */
const MAX_ATTEMPTS = 3;

/** Checks an API key and its organization with Lightfast, and stores the key if it is accepted. */
export async function login(flags: LoginFlags): Promise<void> {
  const profile = resolveProfileName(flags, process.env);
  const readLogin = () => undefined;
  const settings = resolveLightfastSettings({ ...flags, apiKey: undefined }, process.env, { readLogin });
  if (settings.sandbox) throw invalidSetting("sandbox", "The sandbox needs no login. Remove --sandbox.");
  const { read, attempts } = await openKeySource(flags, settings.baseUrl);
  for (let left = attempts - 1; ; left -= 1) {
    const outcome = await check(await read(), settings);
    if ("key" in outcome) return store(outcome.key, profile, settings, outcome.limitation);
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
  await showKeyPage(keyPage(baseUrl), browser !== false);
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

type Outcome =
  | Extract<KeyCheck, { key: string }>
  | { readonly problem: string; readonly exitCode: number; readonly isRejected: boolean };

async function check({ value, source, isPasted }: GivenKey, settings: LightfastSettings): Promise<Outcome> {
  const pasted = value.trim();
  const bare = isPasted ? unwrapKey(pasted) : pasted;
  const redact = installOutputRedactor(pasted, bare);
  if (bare !== pasted) printError("Removed what surrounded the key: quotation marks, or the word Bearer.");
  const log = { error: printError, warn: printError, info: () => {}, debug: () => {} };
  const checked = await withSpinner(`Checking the key with ${settings.baseUrl.host}`, () =>
    checkKey({ value: bare, source }, settings, { log, redact }),
  );
  if ("key" in checked) return checked;
  const { problem, outcome } = checked;
  const exitCode = outcome ? exitCodeFor(outcome.result, outcome.error) : EXIT_CODES.usage;
  return { problem, exitCode, isRejected: !outcome || exitCode === EXIT_CODES.credentials };
}

async function store(
  key: string,
  profile: string,
  { baseUrl }: LightfastSettings,
  limitation: string | undefined,
): Promise<void> {
  await tryProfiles(() => writeProfile(profile, { apiKey: key, baseUrl: baseUrl.href }));
  print(
    `Logged in as profile ${profile}: ${maskKey(key)} at ${baseUrl.href}\nStored in ${profileFile(profile)}`,
  );
  if (limitation !== undefined) printLines(`The key is valid, but it cannot read signals yet. ${limitation}`);
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
