import process from "node:process";
import { programCommand } from "../../config/invocation.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { removeProfile, writeActiveProfile } from "../../platforms/lightfast/config/profile-writes.ts";
import {
  hasProfile,
  listProfiles,
  ProfileError,
  profileFile,
  readProfile,
} from "../../platforms/lightfast/config/profiles.ts";
import { describeMissingLogin, resolveProfileName } from "../../platforms/lightfast/config/resolve.ts";
import { maskKey } from "../../platforms/lightfast/config/upstream.ts";
import { formatTable } from "../columns.ts";
import { createContext, createServer } from "../context.ts";
import { exitCodeFor } from "../exit-codes.ts";
import { print, printError } from "../output.ts";
import { withSpinner } from "../spinner.ts";
import { callOnce, textOf } from "../tool-call.ts";

type Flags<Name extends string> = LightfastFlags & { readonly [Key in Name]?: boolean };

function describe({ message, hint }: ProfileError): string {
  return `${message}. ${hint}`;
}

/** Accesses the stored logins. @throws SettingsError with the next step if the system refuses it */
export async function tryProfiles<T>(access: () => T): Promise<Awaited<T>> {
  try {
    return await access();
  } catch (error) {
    throw error instanceof ProfileError ? invalidSetting("profile", describe(error)) : error;
  }
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

/** Makes a stored login the one that applies if neither a flag nor a variable names one. */
export async function useProfile(name: string): Promise<void> {
  if (!(await tryProfiles(() => hasProfile(name))))
    throw invalidSetting("profile", `${describeMissingLogin(name)}. ${missingLoginHint(name)}`);
  await tryProfiles(() => writeActiveProfile(name));
  print(`Profile ${name} is now active: for this shell, and for every client whose entry names no profile.`);
  const variable = LIGHTFAST_OPTIONS.profile.variables.find((key) => process.env[key]?.trim());
  if (variable) printError(`${variable} is set here and overrides it. Unset it to use the active profile.`);
}

function missingLoginHint(name: string): string {
  return `To store it, run: ${programCommand(`login --profile ${name}`)}`;
}

/** Removes a stored login, or all of them. The keys themselves stay valid until they are revoked in Lightfast. */
export async function logout(flags: Flags<"all" | "yes">): Promise<void> {
  if (flags.all) return logoutAll(flags);
  const name = resolveProfileName(flags, process.env);
  if (await tryProfiles(() => removeProfile(name)))
    print(`Logged out of profile ${name}. To disable the key, revoke it in Lightfast.`);
  else printError(`lightfast-mcp: no login is stored as profile ${name} (${profileFile(name)}).`);
}

async function logoutAll({ profile, yes }: Flags<"yes">): Promise<void> {
  if (profile !== undefined)
    throw invalidSetting("--all", "--all and --profile cannot be combined. Remove one of them.");
  const names = await tryProfiles(listProfiles);
  if (names.length === 0) return print("No login is stored.");
  if (!yes) {
    const { canPrompt, promptConfirm } = await import("../prompt.ts");
    if (!canPrompt())
      throw invalidSetting(
        "--yes",
        "Not running in an interactive terminal: add --yes to remove every login.",
      );
    if (!(await promptConfirm(`Remove every stored login (${names.join(", ")})?`)))
      return print("Nothing was removed.");
  }
  await tryProfiles(() => names.forEach(removeProfile));
  print(`Logged out of ${names.join(", ")}. To disable the keys, revoke them in Lightfast.`);
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
