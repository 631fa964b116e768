import process from "node:process";
import { maskKey } from "../../platforms/lightfast/config/api-key.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import {
  listProfiles,
  ProfileError,
  profileFile,
  readProfile,
  removeProfile,
} from "../../platforms/lightfast/config/profiles.ts";
import { profileOf } from "../../platforms/lightfast/config/resolve.ts";
import { print, printError } from "../output.ts";
import { table } from "../table.ts";

type Row = { name: string; current: boolean; apiKey?: string; baseUrl?: string; problem?: string };

const rowOf = (name: string, current: string): Row => {
  const row = { name, current: name === current };
  try {
    const login = readProfile(name);
    return login ? { ...row, apiKey: maskKey(login.apiKey), baseUrl: login.baseUrl } : row;
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { ...row, problem: `${error.message}. ${error.advice}` };
  }
};

/** Lists the stored logins; the one that counts here is marked. */
export const profiles = ({ json = false }: { json?: boolean }, flags: Flags): void => {
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
  print(table(["", "PROFILE", "API KEY", "BASE URL"], cells, process.stdout.columns));
};

/** Forgets a stored login. The key itself stays valid until it is revoked in Lightfast. */
export const logout = (flags: Flags): void => {
  const { name } = profileOf(flags, process.env);
  if (removeProfile(name))
    print(`Logged out of profile ${name}. To end the key itself, revoke it in Lightfast.`);
  else printError(`lightfast-mcp: no login is stored as profile ${name} (${profileFile(name)}).`);
};
