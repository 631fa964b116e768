import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { parsePort } from "../../config/http.ts";
import { parseOrigins } from "../../config/parsers.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { codeOf } from "../../shared/errors.ts";
import type { ServedRequest } from "../../shared/loopback-server.ts";
import { locateProgram, systemProgram } from "../../shared/programs.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { createStdoutColors } from "../colors.ts";
import { print, printError } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";

const isWindows = process.platform === "win32";

export type SandboxOptions = {
  readonly port: string;
  readonly cors?: readonly string[];
  readonly quiet?: boolean;
};

/**
 * Runs a platform's emulator until a signal stops it, and prints the variables with which a server uses it. With a
 * command, runs it with these variables, and exits as it does.
 */
export async function sandbox<Api>(
  { startSandbox }: CommandPlatform<Api>,
  words: readonly string[],
  { port, cors = [], quiet = false }: SandboxOptions,
): Promise<void> {
  const parsed = parsePort({ value: port, source: "--port" });
  if ("problem" in parsed) throw invalidSetting("--port", parsed.problem);
  const origins = parseOrigins({ value: cors.join(","), source: "--cors" });
  if ("problem" in origins) throw invalidSetting("--cors", origins.problem);
  const emulator = await startSandbox({
    port: parsed.value,
    corsOrigins: origins.value,
    observe: quiet ? undefined : (request) => printError(formatRequest(request)),
  });
  const { variables, conflicting, close } = emulator;
  if (words.length > 0) {
    const env = { ...process.env, ...variables };
    for (const name of Object.keys(env)) {
      if (conflicting.includes(isWindows ? name.toUpperCase() : name)) delete env[name];
    }
    const exitCode = await runCommand(words, env);
    await close();
    process.exit(exitCode);
  }
  print(
    Object.entries(variables)
      .map((pair) => pair.join("="))
      .join("\n"),
  );
  for (const signal of SIGNALS) {
    process.once(signal, () => void close().finally(() => process.exit(0)));
  }
}

function formatRequest({ method, path, status, ms }: ServedRequest): string {
  const colors = createStdoutColors(process.stderr);
  const color = status !== undefined && status < 400 ? colors.green : colors.red;
  return `${method.padEnd(METHOD_WIDTH)} ${path} ${color(String(status ?? "aborted"))} ${colors.dim(`${ms} ms`)}`;
}

/** Most methods are no longer. */
const METHOD_WIDTH = 4;

/** Exit codes of shells: the file is no program, there is none, or a signal ended it (plus the signal's number). */
const EXIT_CODES = { noProgram: 126, notFound: 127, signal: 128 } as const;

/** Runs a command with this process's input and output. Forwards signals. @returns its exit code, as a shell reports it */
function runCommand(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = "", ...args] = words;
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const code = codeOf(error) ?? (error instanceof Error ? error.message : error);
      printError(`lightfast-mcp: cannot run ${JSON.stringify(file)} (${code}). Check the command after --.`);
      resolve(code === "ENOENT" ? EXIT_CODES.notFound : EXIT_CODES.noProgram);
    };
    try {
      const child = isWindows
        ? spawnOnWindows(file, args, env)
        : spawn(file, args, { env, stdio: "inherit" });
      child.once("error", fail);
      child.once("exit", (code, signal) => {
        resolve(code ?? EXIT_CODES.signal + (signal ? constants.signals[signal] : 0));
      });
      for (const signal of SIGNALS) {
        process.on(signal, () => {
          // A terminal sends Ctrl-C to both, and a console of Windows everything. Many programs end without cleaning up at
          // the second one.
          if (!isWindows && (signal !== "SIGINT" || !process.stdin.isTTY)) child.kill(signal);
        });
      }
    } catch (error) {
      // Some errors are thrown: the file is no program, or the arguments are too long.
      fail(error);
    }
  });
}

/** Starts a program directly, so that no argument is changed, and a script, such as npm, through cmd.exe. */
function spawnOnWindows(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const file = locateProgram(command, env, "win32");
  if (file === undefined) throw Object.assign(new Error("not found"), { code: "ENOENT" });
  if (/\.(?:com|exe)$/i.test(file)) return spawn(file, args, { env, stdio: "inherit" });
  return spawn(
    systemProgram("cmd.exe", process.env),
    ["/e:on", "/v:off", "/d", "/s", "/c", scriptLine([file, ...args])],
    { env, stdio: "inherit", windowsVerbatimArguments: true },
  );
}

/** What needs no quotes in a command line of Windows, and what scripts compare with plain words. */
const PLAIN = /^[\w#$*+./:?@\\-]*[\w#$*+./:?@-]$/;

/**
 * Returns the command line with which cmd.exe runs a script. A word with other characters is in quotes, also when the
 * script passes it on, so that nothing in it can start another command. As the standard library of Rust does since
 * CVE-2024-24576.
 * @throws Error if a word contains a line break, at which the command line ends
 */
export function scriptLine(words: readonly string[]): string {
  if (words.some((word) => /[\r\n\0]/.test(word))) throw new Error("a script cannot get a line break");
  return `"${words.map((word) => (PLAIN.test(word) ? word : quoteForScript(word))).join(" ")}"`;
}

/** Programs read two backslashes before a quote as one. The variable is empty, so that what follows % names none. */
function quoteForScript(word: string): string {
  return `"${word.replaceAll(/(\\*)("|$)/g, "$1$1$2$2").replaceAll("%", "%%cd:~,%")}"`;
}
