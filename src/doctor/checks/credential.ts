import { remoteUrlOf } from "../../clients/entries.ts";
import { CLIENTS } from "../../clients/registry.ts";
import { shellWord } from "../../config/invocation.ts";
import { attributeName, isPlaceholder } from "../../config/reader.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { isLoopback } from "../../shared/url.ts";
import { toSentence } from "../check.ts";
import type { LocalContext } from "../context.ts";
import {
  expands,
  type FoundEntry,
  fixCommand,
  forwardedVariables,
  isPrompt,
  listEntries,
  type Problem,
  platformCommand,
  type ResolvedEntry,
  readPlaceholder,
  resolveEntry,
  withVariable,
  withWords,
} from "../entry.ts";
import { type Attempt, type AttemptResult, hasOption, type ServerSettings } from "../server.ts";

/**
 * Says how the server gets its credential when the client starts it, or what is wrong with that. Tries it once for all
 * entries that have the same one. Never shows it.
 */
export async function checkCredential(
  resolved: ResolvedEntry,
  deadline: Deadline,
): Promise<string | Problem> {
  const { settings, context } = resolved;
  const { credential, sandbox, attempt } = settings;
  const { rules } = context.server;
  if (sandbox) return "sandbox, which needs no key";
  const provided = describeProvided(resolved);
  if (provided !== undefined) return provided;
  if (credential.state === "malformed") return badCredential(resolved, `${credential.problem}.`, deadline);
  if (credential.state !== "ready") {
    if (isLoginNamed(resolved)) return unusableLogin(resolved, credential);
    const reason = findMissingReason(resolved);
    const summary = reason ?? `There is no ${rules.keyTitle} in its entry, and no stored login.`;
    return { status: "warning", summary, hint: rules.noKeyHint, login: sharedLogin(resolved) };
  }
  const result = attempt && (await tryCredential(attempt, resolved, deadline));
  if (result?.state === "rejected")
    return badCredential(resolved, toSentence(result.message), deadline, result.hint);
  if (credential.source.startsWith("--")) return credentialInArguments(resolved, credential.source);
  if (result?.state === "untried")
    return {
      ...UNTRIED,
      summary: toSentence(`The key was not tried: ${result.message}`),
      login: sharedLogin(resolved),
    };
  return describeSource(resolved, credential.source);
}

/** Identifies the stored login that settings use, or that none is stored; undefined for a credential of their own. */
export function loginId({
  credential,
  sandbox,
  intendedProfile,
  attempt,
}: ServerSettings): string | undefined {
  if (sandbox || intendedProfile !== undefined) return undefined;
  if (credential.state === "missing") return credential.problem;
  if (!credential.source.startsWith("profile ")) return undefined;
  return credential.state === "ready" ? attempt?.id : credential.problem;
}

/** Reports the problem of a login: later checks refer to this one. @returns details: the clients that it concerns */
export function reportLogin(id: string | undefined, title: string, context: LocalContext): readonly string[] {
  if (id === undefined) return [];
  context.loginReports.set(id, title);
  const usesLogin = (found: FoundEntry): boolean => sharedLogin(resolveEntry(found, context)) === id;
  const clients = CLIENTS.filter((client) => listEntries(client, context).some(usesLogin)).map(
    (one) => one.title,
  );
  return clients.every((one) => one === title) ? [] : [`Concerns ${clients.join(", ")}.`];
}

/** The login of an entry that other entries can use, too. */
function sharedLogin(resolved: ResolvedEntry): string | undefined {
  const { entry, launch, settings } = resolved;
  const isElsewhere = launch.isDisabled || remoteUrlOf(entry) !== undefined;
  if (isElsewhere || describeProvided(resolved) !== undefined) return undefined;
  const isOwn =
    settings.credential.state === "missing" && !isLoginNamed(resolved) && findMissingReason(resolved);
  return isOwn ? undefined : loginId(settings);
}

function isLoginNamed({ settings: { login }, context, input }: ResolvedEntry): boolean {
  const { profile } = context.server.options;
  return login !== undefined || (profile !== undefined && hasOption(input, profile));
}

const UNTRIED = {
  status: "warning",
  hint: "Check the network, and add HTTPS_PROXY to the entry if this network requires a proxy.",
} as const;

/** Says that the client asks the user for the credential, or stores it. */
function describeProvided({ client, entry, launch, context }: ResolvedEntry): string | undefined {
  const { keyVariable } = context.server.rules;
  const { key, title } = client;
  if (isPrompt(client, launch.env[keyVariable] ?? "")) return `key from a prompt of ${title}`;
  const stored = key?.kind === "list" && key.field === "env_keys" ? entry[key.field] : undefined;
  return Array.isArray(stored) && stored.includes(keyVariable) ? `key stored by ${title}` : undefined;
}

/** Says why a reference to a variable leads to no credential. Never shows a placeholder, whose default may be one. */
function findMissingReason({ client, entry, launch, context }: ResolvedEntry): string | undefined {
  const { keyVariable, keyTitle } = context.server.rules;
  const text = launch.env[keyVariable] ?? "";
  if (isPlaceholder(text.trim())) {
    const name = expands(client, text) ? readPlaceholder(text)?.name : undefined;
    return name === undefined
      ? `${client.title} does not expand the placeholder of the ${keyTitle}.`
      : `The variable ${name} is not set here.`;
  }
  return forwardedVariables(client, entry).includes(keyVariable)
    ? `The variable ${keyVariable} is not set here.`
    : undefined;
}

function describeSource({ launch, context }: ResolvedEntry, source: string): string {
  const text = launch.env[source];
  if (text === undefined)
    return source in context.env
      ? `key from the variable ${source}`
      : `key from the stored login of ${source}`;
  const name = readPlaceholder(text)?.name;
  return name !== undefined && context.env[name] ? `key from the variable ${name}` : "key in its entry";
}

/** Tries a credential once. A project's file can name any host, which must not learn that the project was opened. */
async function tryCredential(
  attempt: Attempt,
  { context, project }: ResolvedEntry,
  deadline: Deadline,
): Promise<AttemptResult | undefined> {
  const { attempts } = context;
  const { origin, hostname } = attempt.url;
  if (project !== undefined && !knownOrigins(context).includes(origin) && !isLoopback(hostname))
    return undefined;
  const earlier = attempts.get(attempt.id);
  if (earlier) return earlier;
  const result = attempt.run(deadline);
  attempts.set(attempt.id, result);
  return result;
}

/** A credential that the platform rejects, or that is none. @param hint the next step, if it is always the same */
async function badCredential(
  resolved: ResolvedEntry,
  summary: string,
  deadline: Deadline,
  hint?: string,
): Promise<Problem> {
  const { client, file, launch, context, settings, input } = resolved;
  const { keyVariable } = context.server.rules;
  const login = sharedLogin(resolved);
  const problem = { status: "failed", failure: "credentials", summary, login } as const;
  const source = "source" in settings.credential ? settings.credential.source : keyVariable;
  if (source.startsWith("profile "))
    return {
      ...problem,
      hint: `To store another key, run: ${loginCommand(resolved, ` --${source}`)}`,
    };
  const name = readPlaceholder(launch.env[keyVariable] ?? "")?.name ?? source;
  if (!(keyVariable in launch.env) || (isPlaceholder(launch.env[keyVariable] ?? "") && context.env[name]))
    return { ...problem, hint: hint ?? `Set ${name} to a valid key where ${client.title} starts.` };
  const { [keyVariable]: _, ...env } = input.env;
  const { attempt } = context.server.readSettings(input.flags, env);
  const stored = attempt && (await tryCredential(attempt, resolved, deadline));
  if (stored?.state !== "accepted")
    return { ...problem, hint: hint ?? `Correct ${keyVariable} in ${file}. ${storeHint(resolved)}` };
  return {
    ...problem,
    hint: `To use the stored login instead, run: ${fixCommand(context)}`,
    repair: {
      title: `Remove ${keyVariable}, so that the stored login is used`,
      change: (entry) => withVariable(client, entry, keyVariable, undefined),
    },
  };
}

/** How to store a credential for the server that an entry names, if the platform stores any. */
function storeHint(resolved: ResolvedEntry): string {
  const { rules, options } = resolved.context.server;
  return options.profile ? `To store a key instead, run: ${loginCommand(resolved)}` : rules.noKeyHint;
}

function loginCommand({ context, settings: { address: url } }: ResolvedEntry, profile = ""): string {
  const address =
    url && !knownOrigins(context).includes(url.origin) ? ` --base-url ${shellWord(url.href)}` : "";
  return platformCommand(context, `login${profile}${address}`);
}

/** The origins that need not be named, because they are the default or set in this shell. */
function knownOrigins({ server, flags, env }: ResolvedEntry["context"]): readonly string[] {
  const own = server.readSettings(flags, env).address?.origin;
  return [...server.knownOrigins, ...(own === undefined ? [] : [own])];
}

/** Other users of this machine can read a command line. */
function credentialInArguments({ client, context, input }: ResolvedEntry, flag: string): Problem {
  const { keyVariable, keyTitle } = context.server.rules;
  const value = input.flags[attributeName(flag)];
  const remove = (words: readonly string[]): readonly string[] => {
    const index = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
    return words.toSpliced(index, words[index] === flag ? 2 : 1);
  };
  return {
    status: "warning",
    summary: `The ${keyTitle} is passed on the command line, visible to other users of this machine.`,
    hint: `To move it to ${keyVariable}, run: ${fixCommand(context)}`,
    repair: {
      title: `Move the ${keyTitle} to ${keyVariable}`,
      change: (entry) => withVariable(client, withWords(entry, remove), keyVariable, String(value)),
    },
  };
}

/** A profile without a login, or whose login cannot be used. */
function unusableLogin(
  resolved: ResolvedEntry,
  { problem, hint }: Extract<ServerSettings["credential"], { readonly state: "missing" | "malformed" }>,
): Problem {
  const { client, context, settings } = resolved;
  const { intendedProfile: intended, fix } = settings;
  const found = { status: "failed", failure: "credentials", summary: `${problem}.`, fix } as const;
  const { flag = "", variables: [variable = ""] = [] } = context.server.options.profile ?? {};
  if (intended === undefined) return { ...found, hint, login: sharedLogin(resolved) };
  return {
    ...found,
    hint: `To use the login "${intended}", run: ${fixCommand(context)}`,
    repair: {
      title: `Use the login "${intended}"`,
      change: (entry) => correctProfile(client, entry, { flag, variable }, intended),
    },
  };
}

function correctProfile(
  client: ResolvedEntry["client"],
  entry: ResolvedEntry["entry"],
  { flag, variable }: { readonly flag: string; readonly variable: string },
  profile: string,
): ResolvedEntry["entry"] {
  const inWords = withWords(entry, (words) =>
    words.map((word, index) => {
      if (words[index - 1] === flag) return profile;
      return word.startsWith(`${flag}=`) ? `${flag}=${profile}` : word;
    }),
  );
  const env = entry[client.envField];
  const isSet = typeof env === "object" && variable in env;
  return isSet ? withVariable(client, inWords, variable, profile) : inWords;
}
