import { apply, type Result } from "../../clients/apply.ts";
import { createServerCommand, remoteUrlOf } from "../../clients/entries.ts";
import { exists, FileError } from "../../clients/files.ts";
import { isInstalled } from "../../clients/plan.ts";
import { CLIENTS } from "../../clients/registry.ts";
import type { Client } from "../../clients/types.ts";
import { userPath } from "../../config/folders.ts";
import { readProxies } from "../../config/resolve.ts";
import { CopyError } from "../../installation/copy.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { version } from "../../version.ts";
import { type Check, type CheckResult, type Fix, type FixResult, failed, ok, skipped } from "../check.ts";
import type { LocalContext } from "../context.ts";
import {
  type FoundEntry,
  findEntries,
  listEntries,
  type Problem,
  platformCommand,
  projectFiles,
  type ResolvedEntry,
  readEntries,
  resolveEntry,
  systemOf,
} from "../entry.ts";
import { checkCredential, reportLogin } from "./credential.ts";
import { findLaunchProblems, requestedVersion } from "./launch.ts";
import { remoteChecks } from "./remote.ts";
import { createServiceProbe } from "./services.ts";

/** What is known of an entry after its checks. */
type CheckedEntry = {
  readonly found: FoundEntry;
  /** Says how the server gets its key; empty if that is a problem. */
  readonly summary: string;
  readonly details: readonly string[];
  readonly problems: readonly Problem[];
  readonly fixes: readonly Fix[];
  /** Identifies the credential at its address. Never shown. */
  readonly credential?: string | undefined;
  /** Says where the problem of its login is reported. */
  readonly reference?: string;
};

const VERSION_NOTES: Readonly<Record<string, string>> = {
  latest: "uses the latest version at each start",
  "": "has no version, so npx may use an old copy",
};

/** Each of a client's entries may send a request. */
const LIMIT_MS = 6000;

/** Returns a check for each client on this machine, and for each server over HTTP that their entries name. */
export function clientChecks(context: LocalContext): readonly Check<LocalContext>[] {
  const clients = CLIENTS.filter((client) => isPresent(client, context));
  if (clients.length > 0)
    return [...clients.map((client) => createCheck(client, context)), ...listRemoteChecks(clients, context)];
  const run = () => skipped("No supported client found.");
  return [{ id: "clients", title: "MCP clients", failure: "other", hint: "", run }];
}

function isPresent(client: Client, context: LocalContext): boolean {
  try {
    return isInstalled({ client, system: systemOf(context) }) || projectFiles(client, context).some(exists);
  } catch {
    // Something exists that cannot be examined. The check reports the error.
    return true;
  }
}

function createCheck(client: Client, context: LocalContext): Check<LocalContext> {
  return {
    id: `client-${client.id}`,
    title: client.title,
    failure: "other",
    hint: "",
    limitMs: LIMIT_MS,
    run: async (_, deadline) => {
      try {
        const entries: CheckedEntry[] = [];
        for (const found of findEntries(client, context))
          entries.push(await checkEntry(found, context, deadline));
        if (entries.length === 0) return withoutEntry(client, context);
        return summarize(withDuplicates(entries, context).map((entry) => referToLogin(entry, context)));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        return failed(`${error.message}.`, { hint: "Correct that file." });
      }
    },
  };
}

/** The command that adds an entry works even where another server has the name. */
function withoutEntry(client: Client, context: LocalContext): CheckResult {
  const { title } = context.server.rules;
  const name = title.toLowerCase();
  const system = systemOf(context);
  const isTaken = client
    .userFiles(system)
    .filter(exists)
    .some((file) => name in readEntries(file, client));
  const add = `install ${client.id}${isTaken ? ` --name ${name}-mcp` : ""}`;
  const other = isTaken ? `; its "${name}" is a different one` : "";
  return skipped(`No entry for this server${other}. To add one, run: ${platformCommand(context, add)}`);
}

const DISABLED: Problem = {
  status: "warning",
  summary: "Disabled in this client.",
  hint: "Enable it in the client's settings.",
};

async function checkEntry(
  found: FoundEntry,
  context: LocalContext,
  deadline: Deadline,
): Promise<CheckedEntry> {
  const resolved = resolveEntry(found, context);
  const { file, name, entry } = found;
  const { launch, settings } = resolved;
  const url = remoteUrlOf(entry);
  const base = { found, fixes: [], details: [file] };
  if (launch.isDisabled) return { ...base, summary: "", problems: [DISABLED] };
  if (url !== undefined) return { ...base, summary: `connects to ${url}`, problems: [] };
  const key = await checkCredential(resolved, deadline);
  const problems = [...findLaunchProblems(resolved), ...(typeof key === "string" ? [] : [key])];
  const requested = requestedVersion(launch);
  const { isSelection, tools = [], attempt } = settings;
  return {
    found,
    summary: typeof key === "string" ? key : "",
    details: [
      file,
      ...(requested === undefined
        ? []
        : [`${name} ${VERSION_NOTES[requested] ?? `is pinned to version ${requested}; this is ${version}`}`]),
      ...(isSelection ? [`${name} offers only ${tools.join(", ")}`] : []),
    ],
    problems,
    fixes: createFixes(resolved, problems),
    credential: attempt?.id,
  };
}

/** Adds the problem that a client starts a server twice, and then offers its tools twice. */
function withDuplicates(entries: readonly CheckedEntry[], context: LocalContext): readonly CheckedEntry[] {
  return entries.map((entry, index) => {
    const { name, file, client, project } = entry.found;
    const twin = entries
      .slice(0, index)
      .find(({ found, credential }) => found.file === file && credential && credential === entry.credential);
    if (!twin) return entry;
    const words = `uninstall ${client.id} --name ${name}${project === undefined ? "" : " --project"}`;
    const problem: Problem = {
      status: "warning",
      summary: `"${name}" starts the same server as "${twin.found.name}".`,
      hint: /^[\w-]{1,30}$/.test(name)
        ? `To remove it, run: ${platformCommand(context, words)}`
        : `Remove one of them from ${file}.`,
    };
    return { ...entry, problems: [...entry.problems, problem] };
  });
}

/** Reports the problem of a login once: here with all clients that it concerns, or where an earlier check did. */
function referToLogin(entry: CheckedEntry, context: LocalContext): CheckedEntry {
  const { problems, found } = entry;
  const problem = problems.find(({ login }) => login !== undefined);
  if (problem?.login === undefined) return entry;
  const { title } = found.client;
  const others = problems.filter((one) => one !== problem);
  const earlier = context.loginReports.get(problem.login);
  const [detail] = earlier === undefined ? reportLogin(problem.login, title, context) : [];
  if (earlier === undefined)
    return { ...entry, problems: [...others, { ...problem, ...(detail !== undefined && { detail }) }] };
  // Another entry of this client can have reported it.
  const reference = earlier === title ? {} : { reference: `Same login problem as "${earlier}"` };
  return { ...entry, problems: others, ...reference };
}

/** Shows the worst problem first, with its next step, and then the others. One command repairs all that it can. */
function summarize(entries: readonly CheckedEntry[]): CheckResult {
  const all = entries.flatMap(({ found, problems }) => problems.map((problem) => ({ ...problem, found })));
  const [worst, ...others] = [
    ...all.filter(({ status }) => status === "failed"),
    ...all.filter(({ status }) => status === "warning"),
  ];
  const references = [...new Set(entries.flatMap(({ reference }) => reference ?? []))];
  const details = entries.flatMap((entry) => entry.details);
  if (!worst && references.length > 0) return { ...skipped(references.join(". ")), details };
  if (!worst) return ok(entries[0]?.summary ?? "", ...details);
  const named = ({ found, summary }: (typeof all)[number]) =>
    entries.length > 1 ? `${found.name}: ${summary}` : summary;
  const { status, hint, failure = "other", detail } = worst;
  return {
    status,
    summary: named(worst),
    details: [
      ...details,
      ...references,
      ...(detail === undefined ? [] : [detail]),
      ...others.map((problem) =>
        [named(problem), problem.detail, ...(problem.repair && worst.repair ? [] : [problem.hint])]
          .filter(Boolean)
          .join(" "),
      ),
    ],
    hint,
    failure,
    fixes: entries.flatMap(({ fixes }) => fixes),
  };
}

const OUTCOMES: Readonly<Record<Result["outcome"], FixResult["outcome"]>> = {
  written: "fixed",
  removed: "fixed",
  unchanged: "skipped",
  absent: "skipped",
  planned: "skipped",
  failed: "failed",
};

/** Returns the repair of the entry, all of it in one edit, and those of other things. */
function createFixes(resolved: ResolvedEntry, problems: readonly Problem[]): readonly Fix[] {
  const repairs = problems.flatMap(({ repair }) => repair ?? []);
  const others = problems.flatMap(({ fix }) => fix ?? []);
  if (repairs.length === 0) return others;
  const { client, context, file, name, project } = resolved;
  const server = createServerCommand({ name, env: {}, rules: context.server.rules });
  const edit: Fix = {
    id: `${file} ${name}`,
    title: `${client.title}, ${name}: ${repairs.map(({ title }) => title).join("; ")}`,
    run: async (approve) => {
      const change = (entry: FoundEntry["entry"]) =>
        repairs.reduce((one, repair) => repair.change(one), entry);
      const backups = project === undefined ? userPath("data", "backups") : undefined;
      const job = {
        client,
        server,
        system: systemOf(context),
        project,
        backups,
        hasStoredLogin: true,
        change,
      };
      try {
        const {
          outcome,
          client: _,
          ...result
        } = await apply({ ...job, action: "install" }, async (preview) => {
          const isApproved = await approve(preview);
          if (isApproved) for (const { prepare } of repairs) prepare?.();
          return isApproved;
        });
        return { ...result, outcome: OUTCOMES[outcome] };
      } catch (error) {
        if (error instanceof CopyError) return { file, outcome: "failed", message: `${error.message}.` };
        throw error;
      }
    },
  };
  return [...others, edit];
}

function listRemoteChecks(clients: readonly Client[], context: LocalContext): readonly Check<unknown>[] {
  const urls = [...new Set(clients.flatMap((client) => findUrls(client, context)))];
  if (urls.length === 0) return [];
  const probe = createServiceProbe(readProxies(context.env, { warnings: [], errors: [] }));
  const names = urls.length > 1 ? nameServers(urls) : [""];
  return urls.flatMap((url, index) => remoteChecks(url, names[index] ?? "", probe));
}

/** Names each server by its host, where that is not enough by its path, and then by a number: a query can be a secret. */
function nameServers(urls: readonly string[]): readonly string[] {
  const places = urls.map((url) => new URL(url));
  return places
    .map(({ host, pathname }) =>
      places.filter((one) => one.host === host).length > 1 ? host + pathname : host,
    )
    .map((name, index, names) => {
      const earlier = names.slice(0, index).filter((one) => one === name).length;
      return earlier > 0 ? `${name} (${earlier + 1})` : name;
    });
}

function findUrls(client: Client, context: LocalContext): readonly string[] {
  return listEntries(client, context).flatMap(({ entry }) => {
    const url = remoteUrlOf(entry);
    return url !== undefined && URL.canParse(url) ? [url] : [];
  });
}
