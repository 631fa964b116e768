import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inject, onTestFinished } from "vitest";

export type Environment = Readonly<Record<string, string>>;
export type Message = {
  id?: unknown;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: unknown };
};

/** The variables that MCP clients pass on to servers. */
const INHERITED = ["PATH", "SHELL", "USER", "TERM", "LOGNAME", "SystemRoot", "TEMP"];

let home: string | undefined;

/** An empty home for the tests of one file. */
function homeOfFile(): string {
  home ??= mkdtempSync(join(inject("installed"), "home-"));
  return home;
}

export function clientEnvironment(extra: Environment = {}): Record<string, string> {
  const nodeOptions = [process.env.NODE_OPTIONS, extra.NODE_OPTIONS].filter(Boolean).join(" ");
  return {
    ...Object.fromEntries(
      INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    // Hides the logins and the sandbox of the user who runs the tests, and of other tests.
    HOME: homeOfFile(),
    USERPROFILE: homeOfFile(),
    ...extra,
    ...(nodeOptions && { NODE_OPTIONS: nodeOptions }),
  };
}

/** The entry file of the installed program. */
export function programFile(): string {
  return join(inject("installed"), "node_modules", "@lightfastai", "mcp", "bin", "lightfast-mcp.js");
}

export type Finished = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** How a program that handles signals ends by one. Windows has no signals: it ends a program at once. */
export function endedBy(signal: NodeJS.Signals): Pick<Finished, "code" | "signal"> {
  return process.platform === "win32" ? { code: null, signal } : { code: 0, signal: null };
}

/** Starts the installed program. The caller kills it. */
export function launch(args: readonly string[], env: Environment = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [programFile(), ...args], { env: clientEnvironment(env) });
}

/** Starts the installed program and kills it at the end of the test. */
export function start(args: readonly string[] = [], env: Environment = {}): ChildProcessWithoutNullStreams {
  const child = launch(args, env);
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Runs the installed program with the given input until it exits. */
export async function run(args: readonly string[], env: Environment = {}, input = ""): Promise<Finished> {
  const child = start(args, env);
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return finished(child);
}

/** Everything a child prints until it exits. */
export async function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, stdout, stderr };
}

/** A client of the installed program, over its pipes. */
export type Peer = {
  readonly child: ChildProcessWithoutNullStreams;
  /** Every message received, in order. */
  readonly received: Message[];
  write(text: string | Buffer): void;
  send(message: unknown): void;
  /** Sends a request and waits for its response. */
  request(method: string, params?: unknown, id?: string | number): Promise<Message>;
  /** Waits for a message that matches. */
  until(matches: (message: Message) => boolean): Promise<Message>;
  stderr(): string;
  /** Ends the input and waits for the exit. */
  end(): Promise<Finished>;
};

export function connect(args: readonly string[] = [], env: Environment = {}): Peer {
  const child = start(args, env);
  const received: Message[] = [];
  const waiting = new Set<() => void>();
  let stderr = "";
  let nextId = 1;
  createInterface({ input: child.stdout }).on("line", (line) => {
    received.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  const closed = once(child, "close").then(([code, signal]) => {
    for (const wake of waiting) wake();
    return { code, signal } as { code: number | null; signal: string | null };
  });

  const until = (matches: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      let seen = 0;
      const look = (): void => {
        const found = received.slice(seen).find(matches);
        seen = received.length;
        if (found) resolve(found);
        else if (child.stdout.closed) reject(new Error(`the program ended without the message: ${stderr}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  const write = (text: string | Buffer): void => void child.stdin.write(text);
  const send = (message: unknown): void => write(`${JSON.stringify(message)}\n`);

  return {
    child,
    received,
    write,
    send,
    until,
    request: (method, params, id = `request-${nextId++}`) => {
      send({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) });
      return until((message) => message.id === id);
    },
    stderr: () => stderr,
    end: async () => {
      child.stdin.end();
      const { code, signal } = await closed;
      return { code, signal, stdout: received.map((message) => JSON.stringify(message)).join("\n"), stderr };
    },
  };
}
