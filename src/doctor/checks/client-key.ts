import type { Client, Entry } from "../../clients/types.ts";
import { type Environment, isPlaceholder } from "../../config/values.ts";
import { credentialOf } from "../../platforms/lightfast/config/api-key.ts";
import { OPTIONS } from "../../platforms/lightfast/config/part-options.ts";
import { hasProfile, isProfileName } from "../../platforms/lightfast/config/profiles.ts";
import { type Finding, failed, ok, warning } from "../finding.ts";
import type { Launch } from "./launch.ts";

const VARIABLE = "LIGHTFAST_API_KEY";

/** The variable that a placeholder stands for: `${X}`, `${env:X}`, `${X:-y}`, `$X`, `%X%`, `{env:X}`. */
const PLACEHOLDER = /^(?:\$?\{(?:env:)?([A-Za-z_]\w*)(?::-.*)?\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)$/;
/** `${X:-y}`: what stands there where the variable is not set. */
const DEFAULT = /:-[^}]/;
const INPUT = /^\$\{input:[^}]+\}$/;

/** What follows an option's flag, in either form. */
const flagIn = (args: readonly string[], flag: string): string | undefined => {
  const at = args.indexOf(flag);
  return at === -1 ? args.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : args[at + 1];
};

const storedLogin = ({ args, variables }: Launch): Finding | undefined => {
  const name = flagIn(args, OPTIONS.profile.flag) ?? variables.LIGHTFAST_PROFILE ?? OPTIONS.profile.default;
  return isProfileName(name) && hasProfile(name)
    ? ok(`key from the login stored as profile ${name}`)
    : undefined;
};

const NO_KEY_HINT = "Run lightfast-mcp login: the server finds that key from every client.";

const noKey = (why: string): Finding => warning(why, { hint: NO_KEY_HINT });

/** The text is not told: what stands in it for an unset variable may be a key. */
const fromPlaceholder = (text: string, { title, key }: Client, env: Environment): Finding => {
  if (key?.kind === "input" && INPUT.test(text)) return ok(`key asked for by ${title}`);
  const name = PLACEHOLDER.exec(text)?.slice(1).find(Boolean);
  if (key === undefined || key.kind === "list" || name === undefined) {
    return noKey(`${title} puts nothing in place of the placeholder there, so there is no key.`);
  }
  if (env[name]) return ok(`key from the variable ${name}`);
  return DEFAULT.test(text) ? ok("key in its entry") : noKey(`The variable ${name} is not set here.`);
};

const written = (value: string, source: string): Finding => {
  const credential = credentialOf({ value: value.trim(), source });
  return credential.state === "ready" ? ok("key in its entry") : failed(`${credential.problem}.`);
};

const listed = ({ title, key }: Client, entry: Entry, env: Environment): Finding | undefined => {
  const list = key?.kind === "list" ? entry[key.field] : undefined;
  if (!Array.isArray(list) || !list.includes(VARIABLE)) return undefined;
  if (key?.kind === "list" && key.field === "env_keys") return ok(`key kept by ${title}`);
  return env[VARIABLE]
    ? ok(`key from the variable ${VARIABLE}`)
    : noKey(`The variable ${VARIABLE} is not set here.`);
};

const isSandbox = ({ args, variables }: Launch): boolean =>
  args.includes(OPTIONS.sandbox.flag) || /^(?:1|true|yes|on)$/i.test(variables.LIGHTFAST_SANDBOX ?? "");

/**
 * How the server gets its key when this client starts it; never the key itself. What the server takes for unset, such
 * as a placeholder that stays one, leaves the stored login.
 */
export const keyFor = (client: Client, entry: Entry, launch: Launch, env: Environment): Finding => {
  if (isSandbox(launch)) return ok("sandbox, which needs no key");
  const flag = flagIn(launch.args, OPTIONS.apiKey.flag);
  if (flag) return warning("Its key stands on a command line, where other users of this machine can see it.");
  const value = launch.variables[VARIABLE] ?? "";
  const isText = PLACEHOLDER.test(value) || isPlaceholder(value);
  if (value && !isText) return written(value, `${VARIABLE} there`);
  const found = value ? fromPlaceholder(value, client, env) : listed(client, entry, env);
  if (found?.status === "ok") return found;
  return storedLogin(launch) ?? found ?? noKey("There is no key in its entry, and no login is stored.");
};
