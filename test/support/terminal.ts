import { spawn } from "@lydell/node-pty";
import { onTestFinished } from "vitest";
import { clientEnvironment, type Environment, programFile } from "./program.ts";

/** The installed program in a terminal, as a person would run it. */
export type Terminal = {
  /** All that was shown so far, control sequences included. */
  screen(): string;
  /** All that was shown so far as text alone. */
  text(): string;
  type(keys: string): void;
  /** Resolves once the text matches. */
  shows(pattern: RegExp): Promise<void>;
  readonly exited: Promise<number>;
};

/** What begins every control sequence of a terminal. */
export const ESCAPE = String.fromCharCode(27);

/** A change of colour. */
export const COLOR = new RegExp(`${ESCAPE}\\[[39]\\dm`);

const CONTROL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, "g");

export function openTerminal(args: readonly string[], env: Environment = {}, cols = 80): Terminal {
  const pty = spawn(process.execPath, [programFile(), ...args], {
    cols,
    rows: 24,
    env: clientEnvironment({ TERM: "xterm-256color", ...env }),
  });
  let screen = "";
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    screen += data;
    for (const look of watchers) look();
  });
  let gone = false;
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      gone = true;
      for (const look of watchers) look();
      resolve(exitCode);
    });
  });
  onTestFinished(() => {
    if (!gone) pty.kill();
  });
  const text = (): string => screen.replaceAll(CONTROL_SEQUENCE, "");
  return {
    screen: () => screen,
    text,
    type: (keys) => pty.write(keys),
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text())) resolve();
          else if (gone) reject(new Error(`the program ended without showing ${pattern}: ${text()}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
    exited,
  };
}
