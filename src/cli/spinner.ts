import process from "node:process";
import { isPlainTerminal } from "./colors.ts";
import { setStatusEraser } from "./output.ts";

/** Shorter waits show nothing. */
const DELAY_MS = 500;
const FRAME_MS = 80;
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** Returns to the start of the line and clears it. */
const ERASE_LINE = "\r\u001b[2K";

/** Changes the text of a spinner. */
export type SetText = (text: string) => void;

/** Shows no spinner while something else draws, such as a prompt. */
export type Pause = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Waits for `work`. After half a second, a terminal shows that the program waits. Pipes, CI, dumb terminals and those
 * with NO_COLOR show nothing. Everything printed meanwhile appears above the spinner, which is gone at the end.
 * @param text what the program waits for, without a period
 */
export async function withSpinner<T>(
  text: string,
  work: (setText: SetText, pause: Pause) => Promise<T>,
): Promise<T> {
  if (!canAnimate())
    return work(
      () => {},
      (other) => other(),
    );
  let shown = text;
  let frame = 0;
  const draw = (): void => {
    const line = `${FRAMES[frame++ % FRAMES.length]} ${shown}…`;
    process.stderr.write(ERASE_LINE + line.slice(0, Math.max(1, (process.stderr.columns ?? 80) - 1)));
  };
  const erase = (): void => void (frame > 0 && process.stderr.write(ERASE_LINE));
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    timer = setTimeout(() => {
      draw();
      timer = setInterval(draw, FRAME_MS);
    }, DELAY_MS);
    setStatusEraser(erase);
    process.once("exit", erase);
  };
  const stop = (): void => {
    clearTimeout(timer);
    erase();
    frame = 0;
    setStatusEraser(() => {});
    process.off("exit", erase);
  };
  const setText: SetText = (next) => {
    shown = next;
  };
  run();
  try {
    return await work(setText, (other) => {
      stop();
      return other().finally(run);
    });
  } finally {
    stop();
  }
}

function canAnimate(): boolean {
  const { CI } = process.env;
  return process.stderr.isTTY === true && (!CI || CI === "false" || CI === "0") && !isPlainTerminal();
}
