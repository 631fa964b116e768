import process from "node:process";
import { createColors } from "picocolors";

/** Colours for stdout; none in a pipe, in a terminal without them, or where NO_COLOR is set (https://no-color.org). */
export const stdoutColors = () => {
  const { NO_COLOR, TERM } = process.env;
  return createColors(process.stdout.isTTY === true && !NO_COLOR && TERM !== "dumb");
};
