import { delimiter, join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { inject, onTestFinished } from "vitest";
import { clientEnvironment, type Environment, programFile } from "./program.ts";

/** The installed program in a pseudo-terminal. */
export type Terminal = {
  /** All output so far, with control sequences. */
  screen(): string;
  /** All output so far, without control sequences. */
  text(): string;
  /** Whether the cursor is visible. */
  hasCursor(): boolean;
  type(keys: string): void;
  /** Resolves when the text matches. Rejects if the program exits first. */
  shows(pattern: RegExp): Promise<void>;
  readonly exited: Promise<number>;
};

/** The first character of every control sequence. */
export const ESCAPE = String.fromCharCode(27);

/** A control sequence that changes the color. */
export const COLOR = new RegExp(`${ESCAPE}\\[[39]\\dm`);

const CONTROL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, "g");

export function openTerminal(args: readonly string[], env: Environment = {}, cols = 80): Terminal {
  return open(process.execPath, [programFile(), ...args], env, cols);
}

/** Columns of a terminal in which no question wraps. */
const WIDE = 400;

/** A command line in a POSIX shell that finds the installed program in its PATH. */
export function openShell(commandLine: string, env: Environment = {}): Terminal {
  const { PATH = process.env.PATH ?? "", ...others } = env;
  const bin = join(inject("installed"), "node_modules", ".bin");
  return open("sh", ["-c", commandLine], { ...others, PATH: `${bin}${delimiter}${PATH}` }, WIDE);
}

/** Any program, such as a client, with its working directory. */
export function open(
  file: string,
  args: readonly string[],
  env: Environment,
  cols = 80,
  cwd = process.cwd(),
): Terminal {
  const pty = spawn(file, [...args], {
    cols,
    rows: 24,
    cwd,
    env: clientEnvironment({ TERM: "xterm-256color", ...env }),
  });
  let screen = "";
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    screen += data;
    for (const check of watchers) check();
  });
  let hasExited = false;
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      hasExited = true;
      for (const check of watchers) check();
      resolve(exitCode);
    });
  });
  onTestFinished(async () => {
    if (!hasExited) pty.kill();
    // It may write into folders that the test removes next.
    await exited;
  });
  const text = (): string => screen.replaceAll(CONTROL_SEQUENCE, "");
  return {
    screen: () => screen,
    text,
    hasCursor: () => screen.lastIndexOf(`${ESCAPE}[?25h`) >= screen.lastIndexOf(`${ESCAPE}[?25l`),
    type: (keys) => pty.write(keys),
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (pattern.test(text())) resolve();
          else if (hasExited) reject(new Error(`the program exited without showing ${pattern}: ${text()}`));
          else return;
          watchers.delete(check);
        };
        watchers.add(check);
        check();
      }),
    exited,
  };
}
