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

/**
 * Waits for `work`. After half a second, a terminal shows that the program waits. Pipes, CI, dumb terminals and those
 * with NO_COLOR show nothing. Everything printed meanwhile appears above the spinner, which is gone at the end.
 * @param text what the program waits for, without a period
 */
export async function withSpinner<T>(text: string, work: (setText: SetText) => Promise<T>): Promise<T> {
  if (!canAnimate()) return work(() => {});
  let shown = text;
  let frame = 0;
  const draw = (): void => {
    const line = `${FRAMES[frame++ % FRAMES.length]} ${shown}…`;
    process.stderr.write(ERASE_LINE + line.slice(0, Math.max(1, (process.stderr.columns ?? 80) - 1)));
  };
  const erase = (): void => void (frame > 0 && process.stderr.write(ERASE_LINE));
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, FRAME_MS);
  }, DELAY_MS);
  setStatusEraser(erase);
  process.once("exit", erase);
  try {
    return await work((next) => {
      shown = next;
    });
  } finally {
    clearTimeout(timer);
    erase();
    setStatusEraser(() => {});
    process.off("exit", erase);
  }
}

function canAnimate(): boolean {
  const { CI } = process.env;
  return process.stderr.isTTY === true && (!CI || CI === "false" || CI === "0") && !isPlainTerminal();
}
