import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { attributeName, type Environment } from "../../config/reader.ts";
import { LEGACY_VERSIONS } from "../../mcp/versions.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { isObject, type JsonObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { version } from "../../version.ts";
import { type Check, type CheckResult, failed, ok, skipped, warning } from "../check.ts";
import type { LocalContext } from "../context.ts";
import { whyNoKeyNeeded } from "../entry.ts";
import type { DoctorServer } from "../server.ts";

/** What a server did between its start and its exit. */
type StdioProbe = {
  /** From the start of the process to the list of tools, in milliseconds. */
  readonly ms: number;
  readonly tools: readonly unknown[];
  /** Lines on stdout that are not JSON-RPC messages. */
  readonly nonProtocolLines: readonly string[];
  readonly stderr: string;
  /** The exit code after the end of input; undefined if it did not exit, null if a signal ended it. */
  readonly exitCode: number | null | undefined;
};

/** Variables that MCP clients pass to a server. The SDK's stdio client has the same lists. */
const WINDOWS_VARIABLES = (
  "APPDATA HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PROCESSOR_ARCHITECTURE SYSTEMDRIVE SYSTEMROOT TEMP USERNAME " +
  "USERPROFILE PROGRAMFILES"
).split(" ");
const POSIX_VARIABLES = "HOME LOGNAME PATH SHELL TERM USER".split(" ");

/** Clients wait about this long after the end of input before they send signals. */
const EXIT_MS = 2000;
const MAX_STDERR_LENGTH = 4096;
const MAX_QUOTE_LENGTH = 200;

/** The exit code of a server without a key, which lists its tools nevertheless. */
const NO_KEY_EXIT_CODE = 1;

/** Starts this program like a client: with few variables, and a pipe that must carry JSON-RPC only. */
export const handshake: Check<LocalContext> = {
  id: "handshake",
  title: "Handshake",
  failure: "other",
  hint: "Reinstall the package. If the problem persists, report it with this output.",
  limitMs: 6000,
  skip: (context) =>
    whyNoKeyNeeded(context) === undefined ? undefined : "Skipped (no client starts this program)",
  run: async (context, deadline) => {
    const { flags, env, runtime, server } = context;
    const args = [runtime.script, ...clientArguments(context)];
    const entryEnv = Object.entries(env).filter(([name]) => server.variables?.test(name));
    const clientEnv = {
      ...clientEnvironment(env, runtime.platform),
      ...(Object.fromEntries(entryEnv) as Record<string, string>),
    };
    const { errors, tools } = server.readSettings(flags, clientEnv);
    if (errors.length > 0) return skipped("Skipped (the server does not start with these settings)");
    const probe = await probeStdioServer(runtime.execPath, args, clientEnv, deadline);
    return checkProbe(probe, server, tools?.length);
  },
};

/** Returns the part of an environment that a client passes to a server. */
export function clientEnvironment(env: Environment, platform: string): Record<string, string> {
  return Object.fromEntries(
    (platform === "win32" ? WINDOWS_VARIABLES : POSIX_VARIABLES).flatMap((name) => {
      const value = env[name];
      // A value that starts with () is a shell function.
      return value === undefined || value.startsWith("()") ? [] : [[name, value]];
    }),
  );
}

/** The command, and the flags that an entry in a client can contain. It cannot contain the key. */
function clientArguments({ flags, server: { rules, options, stored } }: LocalContext): readonly string[] {
  const given = stored.flatMap((option) => {
    const { flag = "" } = options[option] ?? {};
    const value = flags[attributeName(flag)];
    return typeof value === "string" ? [flag, value] : value === true ? [flag] : [];
  });
  return [...(rules.command === "" ? [] : [rules.command]), ...given];
}

/** @param expected how many tools the server should list, if that is known */
function checkProbe(probe: StdioProbe, { rules }: DoctorServer, expected: number | undefined): CheckResult {
  const problem = findProblem(probe, expected);
  const log = probe.stderr.trim() ? [`Server log: ${quote(probe.stderr)}`] : [];
  if (problem) return failed(problem, { details: log });
  const summary = `${probe.tools.length} tools listed in ${Math.round(probe.ms)} ms`;
  if (probe.exitCode !== NO_KEY_EXIT_CODE) return ok(summary);
  return warning(`${summary}, but without the ${rules.keyTitle}.`, {
    details: [...log, "MCP clients do not pass the shell's variables to the servers they start."],
    hint: `Add ${rules.keyVariable} to the server's entry in the client${rules.login}`,
  });
}

function findProblem(
  { tools, nonProtocolLines, exitCode }: StdioProbe,
  expected: number | undefined,
): string | undefined {
  const [line] = nonProtocolLines;
  if (line !== undefined) return `stdout contains text that is not JSON-RPC: ${quote(line)}.`;
  if (expected === undefined ? tools.length === 0 : tools.length !== expected)
    return `The server lists ${tools.length} tools${expected === undefined ? "" : ` instead of ${expected}`}.`;
  if (exitCode === undefined) return "The server keeps running after the end of its input.";
  if (exitCode === 0 || exitCode === NO_KEY_EXIT_CODE) return undefined;
  return `The server exits with code ${exitCode}.`;
}

function quote(text: string): string {
  const clean = sanitizeText(text).trim();
  return `"${clean.slice(0, MAX_QUOTE_LENGTH)}${clean.length > MAX_QUOTE_LENGTH ? "…" : ""}"`;
}

/**
 * Starts a server like a client, lists its tools and stops it. Calls no tool.
 * @throws Error if it cannot be started, or exits before it responds
 */
async function probeStdioServer(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { signal }: Deadline,
): Promise<StdioProbe> {
  const started = performance.now();
  const child = spawn(file, args, { env, stdio: "pipe", windowsHide: true });
  const kill = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    const closed = once(child, "close");
    const server = connect(child);
    const exited = closed.then(([code]): never => {
      const log = server.stderr().trim().split("\n")[0];
      throw new Error(`The server exited with code ${code} before it responded${log ? `: ${log}` : ""}`);
    });
    exited.catch(() => {});
    const clientInfo = { name: "lightfast-mcp-doctor", version };
    // Without it, a server that must ask its user lists fewer tools.
    const capabilities = { elicitation: {} };
    const initialize = { protocolVersion: LEGACY_VERSIONS[0], capabilities, clientInfo };
    await Promise.race([server.request(1, "initialize", initialize), exited]);
    server.notify("notifications/initialized");
    const { result } = await Promise.race([server.request(2, "tools/list"), exited]);
    const ms = performance.now() - started;
    const tools = isObject(result) && Array.isArray(result.tools) ? result.tools : [];
    const exitCode = await endInput(child, closed);
    return { ms, tools, nonProtocolLines: server.nonProtocolLines, stderr: server.stderr(), exitCode };
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
  }
}

/** A minimal MCP client on the pipes of a child process. */
function connect(child: ChildProcessWithoutNullStreams) {
  const nonProtocolLines: string[] = [];
  const pending = new Map<unknown, (response: JsonObject) => void>();
  let stderr = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = parseJson(line);
    if (isObject(message) && message.jsonrpc === "2.0") pending.get(message.id)?.(message);
    else nonProtocolLines.push(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, MAX_STDERR_LENGTH);
  });
  // A server that exits early closes its input; `exited` reports it.
  child.stdin.on("error", () => {});
  function send(message: JsonObject): void {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
  return {
    nonProtocolLines,
    stderr: () => stderr,
    notify: (method: string) => send({ method }),
    request: (id: number, method: string, params: JsonObject = {}) =>
      new Promise<JsonObject>((resolve) => {
        pending.set(id, resolve);
        send({ id, method, params });
      }),
  };
}

/** Ends the input and returns the exit code; undefined if the process does not exit. */
async function endInput(child: ChildProcessWithoutNullStreams, closed: Promise<unknown[]>) {
  child.stdin.end();
  const exit = await Promise.race([closed, setTimeout(EXIT_MS, undefined, { ref: false })]);
  return exit && (exit[0] as number | null);
}
