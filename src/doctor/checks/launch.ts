import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";
import { findProgram } from "../../clients/entries.ts";
import { isPlaceholder } from "../../config/reader.ts";
import { launcherFile } from "../../installation/copy.ts";
import { isNewer } from "../../installation/releases.ts";
import { locateProgram } from "../../shared/programs.ts";
import { version } from "../../version.ts";
import {
  expands,
  fixCommand,
  type Launch,
  type Problem,
  type ResolvedEntry,
  startOwnCopy,
  withVariable,
  withWords,
} from "../entry.ts";

const SPEC = /^@lightfastai\/mcp(?:@|$)/;

/** Options whose default is as safe as any value: they neither restrict the server nor decide where a key is sent. */
const RESETTABLE = ["timeout", "logLevel"];

/** Returns what keeps the client from starting the server that the user expects. */
export function findLaunchProblems(resolved: ResolvedEntry): readonly Problem[] {
  const { file, rejected } = resolved;
  return [
    ...(findMissingCommand(resolved) ?? findMissingScript(resolved)),
    ...(rejected === undefined
      ? findInvalidSettings(resolved)
      : [
          {
            status: "failed",
            failure: "usage",
            summary: rejected,
            hint: `Correct "args" of the entry in ${file}.`,
          } as const,
        ]),
    ...findUnexpanded(resolved),
    ...findNpxProblems(resolved),
  ];
}

/** Returns the version that npx is asked for: a number, a tag or ""; undefined if npx is not used. */
export function requestedVersion({ args, command }: Launch): string | undefined {
  const spec = [command, ...args].find((word) => SPEC.test(word));
  return spec?.replace(/^@lightfastai\/mcp@?/, "");
}

function findMissingCommand(resolved: ResolvedEntry): readonly Problem[] | undefined {
  const { launch, context } = resolved;
  const { command } = launch;
  if (locateProgram(command, { ...context.env, ...launch.env }, context.runtime.platform)) return undefined;
  const isPath = command === "" || /[\\/]/.test(command);
  return [
    {
      status: "failed",
      summary: command === "" ? "The entry has no command." : `Command not found: ${command}`,
      ...(!isPath && { detail: "The PATH of the client can differ from this shell's." }),
      hint: `To start this program by its full path, run: ${fixCommand(context)}`,
      repair: startOwnCopy(resolved),
    },
  ];
}

/** Reports a file of this program that Node.js does not find, such as one of another user's home folder. */
function findMissingScript(resolved: ResolvedEntry): readonly Problem[] {
  const { launch, context } = resolved;
  const path = context.runtime.platform === "win32" ? win32 : posix;
  const words = [launch.command, ...launch.args];
  const file = words[findProgram(words)] ?? "";
  const isScript = file !== launch.command && /^node(?:\.exe)?$/i.test(path.basename(launch.command));
  // The check of the copy reports its file.
  if (!isScript || !path.isAbsolute(file) || file === launcherFile() || existsSync(file)) return [];
  return [
    {
      status: "failed",
      summary: `File not found: ${file}`,
      hint: `To start this program by its full path, run: ${fixCommand(context)}`,
      repair: startOwnCopy(resolved),
    },
  ];
}

/** Reports the values with which the server does not start. */
function findInvalidSettings({
  client,
  file,
  name,
  context,
  launch,
  settings,
}: ResolvedEntry): readonly Problem[] {
  return settings.errors.map(({ setting, message: summary }) => {
    const variables = [setting, ...(context.server.options[setting]?.variables ?? [])];
    const variable = variables.find((one) => one in launch.env);
    const field = [
      ...client.keyPath,
      name,
      variable === undefined ? "args" : `${client.envField}.${variable}`,
    ];
    const problem = {
      status: "failed",
      failure: "usage",
      summary,
      detail: `Field: ${field.join(".")}`,
    } as const;
    if (variable === undefined || !RESETTABLE.includes(setting))
      return { ...problem, hint: `Correct that field in ${file}.` };
    return {
      ...problem,
      hint: `To remove ${variable}, run: ${fixCommand(context)}`,
      repair: {
        title: `Remove ${variable}`,
        change: (entry) => withVariable(client, entry, variable, undefined),
      },
    };
  });
}

/** Reports placeholders that reach the server as they are. That of the key has its own message. */
function findUnexpanded({ client, file, context, launch }: ResolvedEntry): readonly Problem[] {
  return Object.entries(launch.env)
    .filter(([name, value]) => name !== context.server.rules.keyVariable && isPlaceholder(value.trim()))
    .filter(([, value]) => !expands(client, value))
    .map(([name]) => ({
      status: "warning",
      summary: `${client.title} does not expand the placeholder in ${name}.`,
      hint: `Set the value itself in ${file}.`,
    }));
}

/** Reports what makes npx wait, run another program, or run an old version. */
function findNpxProblems({ context, launch }: ResolvedEntry): readonly Problem[] {
  const words = [launch.command, ...launch.args];
  const npx = words.findIndex((word) => /^(?:.*[\\/])?npx(?:\.cmd)?$/i.test(word));
  const spec = words.findIndex((word) => SPEC.test(word));
  if (npx === -1 || spec < npx) return [];
  const options = words.slice(npx + 1, spec);
  const pinned = requestedVersion(launch) ?? "";
  const prefix = `--prefix=${context.runtime.platform === "win32" ? "C:\\" : "/"}`;
  const rows = [
    {
      isGood: options.some((word) => /^(?:-y|--yes)$/.test(word)),
      summary: "Without -y, npx asks before it downloads the package, and clients cannot answer.",
      action: "add -y",
      change: (list: readonly string[]) => list.toSpliced(npx + 1, 0, "-y"),
    },
    {
      isGood: options.some((word) => /^--prefix(?:=|$)/.test(word)),
      summary: "npx reads the .npmrc of the folder that the client runs in, which can replace this program.",
      action: `add ${prefix}`,
      change: (list: readonly string[]) => list.toSpliced(npx + 1, 0, prefix),
    },
    {
      isGood: !(/^\d+\.\d+\.\d+/.test(pinned) && isNewer(version, pinned)),
      summary: `Pinned to version ${pinned}, which is older than this one (${version}).`,
      action: `pin version ${version}`,
      change: (list: readonly string[]) =>
        list.map((word) => (SPEC.test(word) ? `@lightfastai/mcp@${version}` : word)),
    },
  ];
  return rows
    .filter(({ isGood }) => !isGood)
    .map(({ summary, action, change }) => ({
      status: "warning",
      summary,
      hint: `To ${action}, run: ${fixCommand(context)}`,
      repair: {
        title: `${action.charAt(0).toUpperCase()}${action.slice(1)}`,
        change: (entry) => withWords(entry, change),
      },
    }));
}
