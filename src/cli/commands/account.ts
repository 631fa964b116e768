import process from "node:process";
import { createInterface } from "node:readline";
import { programCommand } from "../../config/invocation.ts";
import { invalidSetting } from "../../config/resolve.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import {
  listProfiles,
  ProfileError,
  profileFile,
  readProfile,
  removeProfile,
  writeProfile,
} from "../../platforms/lightfast/config/profiles.ts";
import { resolveLightfastSettings, resolveProfileName } from "../../platforms/lightfast/config/resolve.ts";
import { maskKey, parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { createContext, createServer, installOutputRedactor } from "../context.ts";
import { exitCodeFor } from "../exit-codes.ts";
import { formatTable, print, printError } from "../output.ts";
import { withSpinner } from "../spinner.ts";
import { callOnce, textOf } from "../tool-call.ts";

type Flags<Name extends string> = LightfastFlags & { readonly [Key in Name]?: boolean };

/** Checks an API key with Lightfast and stores it if it is accepted. */
export async function login(flags: Flags<"stdin">): Promise<void> {
  const profile = resolveProfileName(flags, process.env);
  const readLogin = () => undefined;
  const settings = resolveLightfastSettings({ ...flags, apiKey: undefined }, process.env, { readLogin });
  if (settings.sandbox) throw invalidSetting("sandbox", "The sandbox needs no login. Remove --sandbox.");
  const { value, source } = await readKey(flags);
  if (value.trim() === "") throw invalidSetting("apiKey", `No key entered (${source}). Nothing was stored.`);
  const redact = installOutputRedactor(value);
  const credential = parseApiKey({ value: value.trim(), source });
  if (credential.state !== "ready")
    throw invalidSetting("apiKey", `${credential.problem}. Nothing was stored.`);

  const { baseUrl } = settings;
  const { key } = credential;
  const log = { error: printError, warn: printError, info: () => {}, debug: () => {} };
  const server = createServer({ settings, log, redact, upstream: { baseUrl, apiKey: key } });
  const { result, error } = await callOnce(server, "lightfast_system_health", {});
  if (result.isError) {
    printError(`${textOf(result)} Nothing was stored.`);
    process.exitCode = exitCodeFor(result, error);
    return;
  }
  await tryProfiles(() => writeProfile(profile, { apiKey: key, baseUrl: baseUrl.href }));
  const file = profileFile(profile);
  print(`Logged in as profile ${profile}: ${maskKey(key)} at ${baseUrl.href}, stored in ${file}`);
}

function describe({ message, hint }: ProfileError): string {
  return `${message}. ${hint}`;
}

/** Accesses the stored logins. @throws SettingsError with the next step if the system refuses it */
async function tryProfiles<T>(access: () => T): Promise<Awaited<T>> {
  try {
    return await access();
  } catch (error) {
    throw error instanceof ProfileError ? invalidSetting("profile", describe(error)) : error;
  }
}

async function readKey({ apiKey, stdin }: Flags<"stdin">) {
  if (typeof apiKey === "string") return { value: apiKey, source: "--api-key" };
  if (stdin) return { value: await readLine(), source: "stdin" };
  const { canPrompt, promptSecret } = await import("../prompt.ts");
  if (canPrompt())
    return { value: await promptSecret("Lightfast API key (Settings > API Keys)"), source: "prompt" };
  const message = `Not running in an interactive terminal. Pipe the key to stdin, and run: ${programCommand("login --stdin")}`;
  throw invalidSetting("stdin", message);
}

async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return "";
}

/** Lists the stored logins and marks the active one. */
export async function profiles(flags: Flags<"json">): Promise<void> {
  const current = resolveProfileName(flags, process.env);
  const rows = (await tryProfiles(listProfiles)).map((name) => toRow(name, current));
  if (flags.json) print(JSON.stringify({ profiles: rows }));
  else if (rows.length === 0) print(`No login is stored. Run: ${programCommand("login")}`);
  else print(formatTable(["", "PROFILE", "API KEY", "BASE URL"], rows.map(toCells), process.stdout.columns));
}

type Row = { name: string; current: boolean; apiKey?: string; baseUrl?: string; problem?: string };

function toRow(name: string, current: string): Row {
  const row = { name, current: name === current };
  try {
    const login = readProfile(name);
    return login ? { ...row, apiKey: maskKey(login.apiKey), baseUrl: login.baseUrl } : row;
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { ...row, problem: describe(error) };
  }
}

function toCells({ name, current, apiKey = "?", baseUrl = "", problem = baseUrl }: Row): readonly string[] {
  return [current ? "*" : "", name, apiKey, problem];
}

/** Removes a stored login. The key itself stays valid until it is revoked in Lightfast. */
export async function logout(flags: LightfastFlags): Promise<void> {
  const name = resolveProfileName(flags, process.env);
  if (await tryProfiles(() => removeProfile(name)))
    print(`Logged out of profile ${name}. To disable the key, revoke it in Lightfast.`);
  else printError(`lightfast-mcp: no login is stored as profile ${name} (${profileFile(name)}).`);
}

/** Shows the active API key and base URL with their sources, and verifies them. */
export async function whoami(flags: Flags<"json">): Promise<void> {
  const context = await createContext(flags);
  const { credential, profile, baseUrl, baseUrlSource } = context.settings;
  const { result, error } = await withSpinner(`Checking the key with ${baseUrl.host}`, () =>
    callOnce(createServer(context), "lightfast_system_health", {}),
  );
  process.exitCode = exitCodeFor(result, error);
  const isReady = credential.state === "ready";
  const row = {
    profile,
    apiKey: isReady ? maskKey(credential.key) : null,
    apiKeySource: isReady ? credential.source : null,
    baseUrl: baseUrl.href,
    baseUrlSource,
    accepted: !result.isError,
    message: result.isError ? textOf(result) : "accepted by Lightfast",
  };
  if (flags.json) return print(JSON.stringify(row));
  print(`API key   ${row.apiKey ?? "none"}${isReady ? ` (from ${credential.source})` : ""}`);
  print(`Base URL  ${baseUrl.href} (from ${baseUrlSource})`);
  print(`Check     ${row.message}`);
}
