import { isObject, type JsonObject, parseJson } from "../../../shared/json.ts";

/**
 * Fields that no tool returns, at any depth: a `host_key` makes anyone the host of a meeting, the next three let anyone
 * join it or play its recording, and the last one quotes them.
 */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "host_key",
  "join_url",
  "passcode",
  "recording_password",
  "zoom_webhook_event",
]);

/** Further fields that no log shows. The join page's passwords are for the members of a meeting. */
const UNLOGGED_FIELDS: ReadonlySet<string> = new Set([
  ...SECRET_FIELDS,
  "password",
  "meeting_password",
  "chat_webhook_url",
]);

/** The texts of a summary. */
export const SUMMARY_TEXTS: ReadonlySet<string> = new Set(["content", "edited_content"]);

const MASK = "[REDACTED]";

/** Secrets in the query of a URL: signatures and credentials of files, and the passwords of meetings. */
const URL_SECRETS =
  /([?&](?:x-amz-(?:signature|credential|security-token)|signature|sig|token|access_token|pwd)=)[^&\s"'<>\\]+/gi;

/** The same fields in a text that is no JSON as a whole, or in JSON within JSON. */
const QUOTED_FIELDS = new RegExp(
  `(\\\\*"(?:${[...UNLOGGED_FIELDS].join("|")})\\\\*"\\s*:\\s*)(?:(\\\\*")(?:(?!\\2)[^])*?\\2|[^\\s,}\\]"\\\\]+)`,
  "g",
);

/** Matches every JSON text with a field that no tool returns: its name as it is, or with an escape. */
const MAY_HAVE_SECRETS = new RegExp(`\\\\u|${[...SECRET_FIELDS].join("|")}`);

/** Parses a response without the fields that no tool returns; undefined for invalid JSON. A reviver is slow. */
export function parseWithoutSecrets(text: string): unknown {
  return parseJson(text, MAY_HAVE_SECRETS.test(text) ? omitSecret : undefined);
}

/** A text without the fields that no tool returns; as it is if it has none of them. */
export function textWithoutSecrets(text: string): string {
  const value = MAY_HAVE_SECRETS.test(text) ? parseWithoutSecrets(text) : undefined;
  return value === undefined ? text : JSON.stringify(value);
}

function omitSecret(name: string, value: unknown): unknown {
  return SECRET_FIELDS.has(name) ? undefined : value;
}

/** Whether a summary waits for the approval of its organizer. */
export function isUnapproved({ requires_approval: isRequired, approved }: JsonObject): boolean {
  return (isRequired ?? false) !== false && approved !== true;
}

/** A request or response as the log shows it: without join credentials, passwords, and unapproved summaries. */
export function maskSecrets(text: string): string {
  const value = parseJson(text, maskField);
  const masked = value === undefined ? text : JSON.stringify(value);
  return masked.replaceAll(QUOTED_FIELDS, `$1"${MASK}"`).replaceAll(URL_SECRETS, `$1${MASK}`);
}

function maskField(name: string, value: unknown): unknown {
  if (UNLOGGED_FIELDS.has(name)) return MASK;
  return isObject(value) && isUnapproved(value) ? maskTexts(value) : value;
}

function maskTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskTexts);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, SUMMARY_TEXTS.has(name) ? MASK : maskTexts(part)]),
  );
}
