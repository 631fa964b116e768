import { pino } from "pino";
import { reportReachability } from "../http-client/reachability.ts";
import { createLevels, type Logger, type LogLevel } from "../shared/logger.ts";
import { print } from "./output.ts";

/** A logger for HTTP servers. It writes JSON lines to stdout through the one place that prints. */
export function createJsonLogger(level: LogLevel): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => print(line.trimEnd()) },
  );
  const log = createLevels(level, (name, message, fields) => logger[name](fields, message));
  reportReachability(log);
  return log;
}
