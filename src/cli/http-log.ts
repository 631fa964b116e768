import { pino } from "pino";
import type { Logger, LogLevel } from "../shared/logger.ts";
import { printError } from "./output.ts";

/** A logger for HTTP servers. It writes JSON lines to stderr through the one place that prints. */
export function createJsonLogger(level: LogLevel): Logger {
  const write = (line: string) => printError(line.trimEnd());
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  const at =
    (name: Exclude<LogLevel, "silent">): Logger["info"] =>
    (message, fields = {}) =>
      logger[name](fields, message);
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
