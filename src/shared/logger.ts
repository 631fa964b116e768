/** Log levels, from least to most verbose. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values logged with a message. Never pass input text or credentials. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | undefined | Readonly<Record<string, string>>>
>;

/** Logs a message. A function that returns the fields is only called if the line is written. */
export type Log = (message: string, fields?: LogFields | (() => LogFields)) => void;

export type Logger = Readonly<Record<Exclude<LogLevel, "silent">, Log>>;

/** Characters that break a line or control a terminal. */
const CONTROL = /\s*[\p{Cc}\p{Bidi_Control}\u2028\u2029]+\s*/gu;

/**
 * A logger that writes one line per event: `<prefix><level>: <message> key=value …`.
 * @param level the most verbose level that is written
 * @param write receives a line without its line break
 */
export function createLogger(level: LogLevel, write: (line: string) => void, prefix = ""): Logger {
  return createLevels(level, (name, message, fields) =>
    write(`${prefix}${name}: ${message.replaceAll(CONTROL, " ")}${formatFields(fields)}`),
  );
}

/** A logger that passes the lines of `level` and above to `write`, and does nothing for others. */
export function createLevels(
  level: LogLevel,
  write: (name: keyof Logger, message: string, fields: LogFields) => void,
): Logger {
  const limit = LOG_LEVELS.indexOf(level);
  const at = (name: keyof Logger): Log =>
    LOG_LEVELS.indexOf(name) > limit
      ? () => {}
      : (message, fields = {}) => write(name, message, typeof fields === "function" ? fields() : fields);
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
    .join("");
}
