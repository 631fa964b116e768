/** How much is logged, least first. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values that may stand behind a log message. Never put input text or credentials here. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Logger = Readonly<
  Record<Exclude<LogLevel, "silent">, (message: string, fields?: LogFields) => void>
>;

/** Characters that would break a line or steer a terminal. */
const CONTROL = /\s*[\p{Cc}\u2028\u2029]+\s*/gu;

function render(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? JSON.stringify(value) : value}`)
    .join("");
}

/**
 * A logger that writes one line an event.
 * @param level the most talkative level that is still written
 * @param write takes one line without its line break
 */
export function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const bound = LOG_LEVELS.indexOf(level);
  const at = (name: Exclude<LogLevel, "silent">) =>
    LOG_LEVELS.indexOf(name) > bound
      ? () => {}
      : (message: string, fields: LogFields = {}) =>
          write(`lightfast-mcp ${name}: ${message.replaceAll(CONTROL, " ")}${render(fields)}`);
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
