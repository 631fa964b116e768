import process from "node:process";
import { createInterface } from "node:readline";
import { SettingsError } from "../../config/resolve.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import {
  listProfiles,
  ProfileError,
  profileFile,
  readProfile,
  removeProfile,
  writeProfile,
} from "../../platforms/lightfast/config/profiles.ts";
import { profileOf, resolveLightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import { maskKey, parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { createContext, createServer, installOutputRedactor } from "../context.ts";
import { exitCodeFor } from "../exit-codes.ts";
import { formatTable, print, printError } from "../output.ts";
import { callOnce, wordsOf } from "./call.ts";

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return "";
}

/** The key to store: from the flag, a line of stdin, or a person. */
async function readKey(flags: LightfastFlags, stdin: boolean): Promise<{ value: string; source: string }> {
  if (typeof flags.apiKey === "string") return { value: flags.apiKey, source: "--api-key" };
  if (stdin) return { value: await firstLine(), source: "stdin" };
  const { promptSecret: askSecret, canPrompt: canAsk } = await import("../prompt.ts");
  if (canAsk())
    return { value: await askSecret("Lightfast API key (Settings > API Keys)"), source: "the prompt" };
  throw new SettingsError([
    "login needs a terminal to ask for the key, or --stdin to read it from a line of stdin.",
  ]);
}

/** Checks a key against Lightfast and stores it; a key that Lightfast does not accept is not stored. */
export async function login({ stdin = false }: { stdin?: boolean }, flags: LightfastFlags): Promise<void> {
  const { name } = profileOf(flags, process.env);
  const settings = resolveLightfastSettings({ ...flags, apiKey: undefined }, process.env);
  if (settings.sandbox) throw new SettingsError(["login is for real accounts; the sandbox needs none."]);
  const { value, source } = await readKey(flags, stdin);
  if (value.trim() === "") throw new SettingsError([`${source} held no key. Nothing was stored.`]);
  const redact = installOutputRedactor(value);
  const credential = parseApiKey({ value: value.trim(), source });
  if (credential.state !== "ready") throw new SettingsError([`${credential.problem}. Nothing was stored.`]);

  const { baseUrl } = settings;
  const { key } = credential;
  const log = { error: printError, warn: printError, info: () => {}, debug: () => {} };
  const server = createServer({ settings, log, redact, upstream: { baseUrl, apiKey: key } });
  const result = await callOnce(server, "lightfast_system_health", {});
  if (result.isError) {
    printError(`${wordsOf(result)} Nothing was stored.`);
    process.exitCode = exitCodeFor(result);
    return;
  }
  try {
    await writeProfile(name, { apiKey: key, baseUrl: baseUrl.href });
  } catch (error) {
    throw error instanceof ProfileError ? new SettingsError([`${error.message}. ${error.advice}`]) : error;
  }
  print(`Logged in as profile ${name}: ${maskKey(key)} at ${baseUrl.href}, stored in ${profileFile(name)}`);
}

type Row = { name: string; current: boolean; apiKey?: string; baseUrl?: string; problem?: string };

function rowOf(name: string, current: string): Row {
  const row = { name, current: name === current };
  try {
    const login = readProfile(name);
    return login ? { ...row, apiKey: maskKey(login.apiKey), baseUrl: login.baseUrl } : row;
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { ...row, problem: `${error.message}. ${error.advice}` };
  }
}

/** Lists the stored logins; the one that counts here is marked. */
export function profiles({ json = false }: { json?: boolean }, flags: LightfastFlags): void {
  const { name: current } = profileOf(flags, process.env);
  const rows = listProfiles().map((name) => rowOf(name, current));
  if (json) {
    print(JSON.stringify({ profiles: rows }));
    return;
  }
  if (rows.length === 0) {
    print("No login is stored. Run: lightfast-mcp login");
    return;
  }
  const cells = rows.map(({ name, current, apiKey, baseUrl, problem }) => [
    current ? "*" : "",
    name,
    apiKey ?? "?",
    problem ?? baseUrl ?? "",
  ]);
  print(formatTable(["", "PROFILE", "API KEY", "BASE URL"], cells, process.stdout.columns));
}

/** Forgets a stored login. The key itself stays valid until it is revoked in Lightfast. */
export function logout(flags: LightfastFlags): void {
  const { name } = profileOf(flags, process.env);
  if (removeProfile(name))
    print(`Logged out of profile ${name}. To end the key itself, revoke it in Lightfast.`);
  else printError(`lightfast-mcp: no login is stored as profile ${name} (${profileFile(name)}).`);
}

/** Shows which key and address count here, where they came from, and whether Lightfast accepts them. */
export async function whoami({ json = false }: { json?: boolean }, flags: LightfastFlags): Promise<void> {
  const context = await createContext(flags);
  const { credential, profile, baseUrl, baseUrlSource } = context.settings;
  const result = await callOnce(createServer(context), "lightfast_system_health", {});
  process.exitCode = exitCodeFor(result);
  const facts = {
    profile,
    apiKey: credential.state === "ready" ? maskKey(credential.key) : null,
    apiKeySource: credential.state === "ready" ? credential.source : null,
    baseUrl: baseUrl.href,
    baseUrlSource,
    accepted: !result.isError,
    message: result.isError ? wordsOf(result) : "accepted by Lightfast",
  };
  if (json) {
    print(JSON.stringify(facts));
    return;
  }
  print(`API key   ${facts.apiKey ?? "none"}${facts.apiKeySource ? ` (from ${facts.apiKeySource})` : ""}`);
  print(`Base URL  ${facts.baseUrl} (from ${facts.baseUrlSource})`);
  print(`Check     ${facts.message}`);
}
