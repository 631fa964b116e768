import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { parsePort } from "../../config/http.ts";
import { parseOrigins } from "../../config/parsers.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { codeOf } from "../../shared/errors.ts";
import type { ServedRequest } from "../../shared/loopback-server.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { createStdoutColors } from "../colors.ts";
import { print, printError } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";

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
    for (const name of conflicting) delete env[name];
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
  const options = { env, stdio: "inherit" } as const;
  // On Windows, npm and others are scripts, which only a shell starts.
  const child =
    process.platform === "win32"
      ? spawn(env.ComSpec ?? "cmd.exe", ["/d", "/s", "/c", `"${words.map(quoteForCmd).join(" ")}"`], {
          ...options,
          windowsVerbatimArguments: true,
        })
      : spawn(file, args, options);
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both. Many programs end without cleaning up at the second one.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve) => {
    child.once("error", (error) => {
      const code = codeOf(error) ?? error.message;
      printError(`lightfast-mcp: cannot run ${JSON.stringify(file)} (${code}). Check the command after --.`);
      resolve(code === "ENOENT" ? EXIT_CODES.notFound : EXIT_CODES.noProgram);
    });
    child.once("exit", (code, signal) => {
      resolve(code ?? EXIT_CODES.signal + (signal ? constants.signals[signal] : 0));
    });
  });
}

/** Quotes a word for cmd.exe, unless all its characters are plain. */
function quoteForCmd(word: string): string {
  return /^[\w./\\:=@+-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`;
}
