import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Environment } from "../../config/values.ts";
import { LEGACY_VERSIONS } from "../../mcp/versions.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lightfast/catalog.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { isObject, type JsonObject, sanitizeText } from "../../shared/json.ts";
import { version } from "../../version.ts";
import { type CheckResult, failed, ok, warning } from "../finding.ts";
import type { Check } from "../run.ts";

/** The variables that MCP clients hand to a server they start, by system; the SDK's stdio client has the same lists. */
const WINDOWS = [
  "APPDATA",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "PATH",
  "PROCESSOR_ARCHITECTURE",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "TEMP",
  "USERNAME",
  "USERPROFILE",
  "PROGRAMFILES",
];
const POSIX = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

/** What is left of an environment for a server that a client starts. */
export function clientEnvironment(env: Environment, platform: string): Record<string, string> {
  return Object.fromEntries(
    (platform === "win32" ? WINDOWS : POSIX).flatMap((name) => {
      const value = env[name];
      // A value that begins so is a function of the shell.
      return value === undefined || value.startsWith("()") ? [] : [[name, value]];
    }),
  );
}

/** What a server showed of itself between its start and its end. */
export type Conversation = {
  /** From the start of the process to the list of tools, in milliseconds. */
  readonly ms: number;
  readonly tools: readonly unknown[];
  /** Lines on stdout that are no JSON-RPC messages. */
  readonly strays: readonly string[];
  readonly stderr: string;
  /** The exit code after the end of its input; undefined where it did not leave, null where a signal ended it. */
  readonly exitCode: number | null | undefined;
};

/** How a server is started. */
export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Clients wait about so long after the end of the input before they send signals, in milliseconds. */
const LEAVE_MS = 2000;
const MAX_STDERR = 4096;

const INITIALIZE = {
  protocolVersion: LEGACY_VERSIONS[0],
  capabilities: {},
  clientInfo: { name: "lightfast-mcp-doctor", version },
};

function messageIn(line: string): JsonObject | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isObject(message) && message.jsonrpc === "2.0" ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The client's end of a child's pipes. */
function attach(child: ChildProcessWithoutNullStreams) {
  const strays: string[] = [];
  const waiting = new Map<unknown, (answer: JsonObject) => void>();
  let stderr = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = messageIn(line);
    if (message) waiting.get(message.id)?.(message);
    else strays.push(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, MAX_STDERR);
  });
  child.stdin.on("error", () => {});
  const send = (message: JsonObject): void =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  return {
    strays,
    stderr: () => stderr,
    notify: (method: string) => send({ method }),
    request: (id: number, method: string, params: JsonObject = {}) =>
      new Promise<JsonObject>((resolve) => {
        waiting.set(id, resolve);
        send({ id, method, params });
      }),
  };
}

/** Ends the input and waits for the exit, for as long as a client would. */
async function leave(child: ChildProcessWithoutNullStreams, closed: Promise<unknown[]>) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LEAVE_MS, undefined);
  });
  child.stdin.end();
  const exit = await Promise.race([closed, late]);
  clearTimeout(timer);
  return exit && (exit[0] as number | null);
}

/**
 * Starts a server as a client does, asks it for its tools, and ends it. Calls no tool.
 * @throws Error where it cannot be started, or ends before it has answered
 */
async function converse({ file, args, env }: Command, { signal }: Deadline): Promise<Conversation> {
  const started = performance.now();
  const child = spawn(file, args, { env, stdio: "pipe", windowsHide: true });
  const stop = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const closed = once(child, "close");
    const peer = attach(child);
    const ended = closed.then(([code]): never => {
      const said = peer.stderr().trim().split("\n")[0];
      throw new Error(`It ended with exit code ${code} before it answered${said ? `: ${said}` : ""}`);
    });
    ended.catch(() => {});
    await Promise.race([peer.request(1, "initialize", INITIALIZE), ended]);
    peer.notify("notifications/initialized");
    const { result } = await Promise.race([peer.request(2, "tools/list"), ended]);
    const ms = performance.now() - started;
    const tools = isObject(result) && Array.isArray(result.tools) ? result.tools : [];
    const exitCode = await leave(child, closed);
    return { ms, tools, strays: peer.strays, stderr: peer.stderr(), exitCode };
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** A server without a key lists its tools all the same, and says so by its exit code. */
const KEYLESS = 1;

/** A client has the same in its entry; it has no key there, and must not. */
function argsFrom({ profile, sandbox }: LightfastFlags): readonly string[] {
  return [
    ...(typeof profile === "string" ? ["--profile", profile] : []),
    ...(sandbox === true ? ["--sandbox"] : []),
  ];
}

function quote(text: string): string {
  return `"${sanitizeText(text).slice(0, 200)}"`;
}

function faultOf({ tools, strays, exitCode }: Conversation): string | undefined {
  const [stray] = strays;
  if (stray !== undefined) return `stdout carries more than the protocol: ${quote(stray)}.`;
  if (tools.length !== TOOL_DEFINITIONS.length)
    return `It lists ${tools.length} tools instead of ${TOOL_DEFINITIONS.length}.`;
  if (exitCode === undefined) return "It goes on running when its input has ended.";
  return exitCode === 0 || exitCode === KEYLESS ? undefined : `It leaves with exit code ${exitCode}.`;
}

function judge(talk: Conversation): CheckResult {
  const fault = faultOf(talk);
  const said = talk.stderr.trim() ? [`It says on stderr: ${quote(talk.stderr)}`] : [];
  if (fault) return failed(fault, { details: said });
  const summary = `${talk.tools.length} tools listed after ${Math.round(talk.ms)} ms, as a client starts it`;
  if (talk.exitCode !== KEYLESS) return ok(summary);
  return warning(`${summary}, but without a key.`, {
    details: [...said, "Clients do not pass a shell's variables on to the servers they start."],
    hint: "Run lightfast-mcp login, or write LIGHTFAST_API_KEY into the server's entry in the client.",
  });
}

/** Starts this very program as a client does: with hardly any variable, and nothing but the protocol on its pipes. */
export const handshake: Check = {
  id: "handshake",
  title: "Handshake",
  failure: "other",
  hint: "Install the package anew; if it stays, report it with this output.",
  limitMs: 6000,
  run: async ({ flags, env, runtime }, deadline) =>
    judge(
      await converse(
        {
          file: runtime.execPath,
          args: [runtime.script, ...argsFrom(flags)],
          env: clientEnvironment(env, runtime.platform),
        },
        deadline,
      ),
    ),
};
