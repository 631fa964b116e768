import { isDeepStrictEqual } from "node:util";
import { ToolError } from "../../../../mcp/errors.ts";
import { isObject, type JsonObject, quotePart, quoteText } from "../../../../shared/json.ts";
import { encodePath, type LfxApi } from "../../api.ts";
import { readRecord } from "./records.ts";

type Lfx = Pick<LfxApi, "lfx">;

/** Limits of a question and its parts, in characters (code points). */
export const MAX_QUESTION_CHARS = 1500;
const MAX_LIST_CHARS = 700;
const MAX_NAME_CHARS = 80;
const MAX_OLD_VALUE_CHARS = 60;

/** Limits of a new value. The largest with which all fields fit counts. */
const VALUE_LIMITS = [200, 60, 30] as const;

/** Variables with their values; further ones are counted. */
const MAX_VARIABLES = 50;

export const IRREVERSIBLE = "This cannot be undone.";

/** What a call would do. */
type Plan = {
  /** What is done to what, by name: `Delete the committee "Board"`. */
  readonly action: string;
  /** The record as the caller sees it; absent if it is new. */
  readonly before?: JsonObject;
  /** The given fields as they would be. */
  readonly after?: JsonObject;
  /** Values by names that the caller chose, too. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Sentences about what else happens. */
  readonly notes?: readonly string[];
};

/** Words a plan as a question. Fields with uids are shown with the names that they stand for. @throws ToolError */
export async function askTo(
  api: Lfx,
  { action, before, after = {}, variables = {}, notes = [] }: Plan,
): Promise<string> {
  const changes = await Promise.all(findChanges(before, after).map((change) => nameUids(api, change)));
  const values = Object.entries(variables).sort(([, one], [, other]) => one.length - other.length);
  const count = changes.length + values.length;
  const isUnchanged = before && Object.keys(after).length > 0 && count === 0;
  const ends = [...(isUnchanged ? ["Nothing changes: it has these values already."] : []), ...notes];
  if (count === 0) return [`${action}?`, ...ends].join(" ");
  const heading = values.length > 0 ? "Variables" : before ? "Changes" : "Fields";
  const start = `${action}? ${heading}:`;
  const left = MAX_QUESTION_CHARS - lengthOf([start, "", ...ends].join(" ")) - ".".length;
  const describe = (maxChars: number) => [
    ...changes.map((change) => describeChange(change, before === undefined, maxChars)),
    ...values.slice(0, MAX_VARIABLES).map((variable) => describeVariable(variable, maxChars)),
  ];
  return [start, `${listFields(describe, count, Math.min(left, MAX_LIST_CHARS))}.`, ...ends].join(" ");
}

/** `"Ada Lovelace" (ada@example.org)` */
export function describePerson({ first_name: first, last_name: last, username, email }: JsonObject): string {
  const name = [first, last].filter(isText).join(" ") || (isText(username) ? username : "");
  const address = isText(email) ? describeEmail(email) : "";
  if (!name) return address || "a person without a name";
  return `${quoteName(name)}${address && ` (${address})`}`;
}

/** `the committee "Board" of the project "Kubernetes"` @throws ToolError */
export async function describeCommittee(api: Lfx, { name, ...committee }: JsonObject): Promise<string> {
  const known = isText(name) ? `the committee ${quoteName(name)}` : "a committee without a name";
  return `${known} of ${await describeProject(api, committee)}`;
}

/** The project that a record belongs to, which is read only if the record does not name it. @throws ToolError */
export async function describeProject(
  api: Lfx,
  { project_name: name, project_slug: slug, project_uid: uid }: JsonObject,
): Promise<string> {
  const known = [name, slug].find(isText) ?? (isText(uid) && (await nameProject(api, uid)));
  return known ? `the project ${quoteName(known)}` : "an unknown project";
}

/** @throws ToolError */
export async function readCommittee(api: Lfx, uid: string): Promise<JsonObject> {
  return (await readRecord(api, { path: encodePath`/committees/${uid}`, operation: "get committee" })).record;
}

/** A name between double quotes. */
export function quoteName(name: string): string {
  return quoteText(name, MAX_NAME_CHARS);
}

/** An email address as it is; between double quotes if it is unusual, so that it can't pass for words of the question. */
export function describeEmail(email: string): string {
  return email.length <= MAX_NAME_CHARS && PLAIN_EMAIL.test(email) ? email : quoteName(email);
}

const PLAIN_EMAIL = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/;

/** The host that a URL leads to, or who a `mailto:` or `tel:` one addresses; what is no URL as it is. */
export function describeTarget(url: string): string {
  const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: "", pathname: url };
  // A client may decode an entity to an @, after which another host follows.
  return quoteName(host.includes("&") ? url : host || pathname);
}

type Change = { readonly name: string; readonly before: unknown; readonly after: unknown };

/** The fields that change, with `role.name` for a field in an object. Another object replaces all fields of the first. */
function findChanges(before: JsonObject = {}, after: JsonObject): readonly Change[] {
  const pairs = Object.entries(after).flatMap(([name, value]): Change[] => {
    const old = before[name];
    if (!isObject(old) && !isObject(value)) return [{ name, before: old, after: value }];
    const [from, to] = [isObject(old) ? old : {}, isObject(value) ? value : {}];
    const parts = [...new Set([...Object.keys(to), ...Object.keys(from)])].filter((part) => FIELD.test(part));
    return parts.map((part) => ({
      name: `${name}.${part}`,
      before: from[part],
      after: to[part],
    }));
  });
  return pairs.filter(({ before, after }) => !isDeepStrictEqual(omitBlank(before), omitBlank(after)));
}

/** No other name can pass for words of the question. */
const FIELD = /^\w{1,40}$/;

function omitBlank(value: unknown): unknown {
  const isBlank = (value ?? "") === "" || (Array.isArray(value) && value.length === 0);
  return isBlank ? undefined : value;
}

/** How the uids of other records are named. */
const NAMES: Readonly<Record<string, (api: Lfx, uid: string) => Promise<string>>> = {
  project_uid: nameProject,
  parent_uid: nameCommittee,
};

async function nameUids(api: Lfx, { name, before, after }: Change): Promise<Change> {
  const toName = async (value: unknown) => (isText(value) && (await NAMES[name]?.(api, value))) || value;
  return { name, before: await toName(before).catch(omitHidden), after: await toName(after) };
}

/** A former parent may be deleted. */
function omitHidden(error: unknown): undefined {
  if (!(error instanceof ToolError && (error.status === 403 || error.status === 404))) throw error;
}

async function nameProject(api: Lfx, uid: string): Promise<string> {
  const path = encodePath`/projects/${uid}`;
  const { name, slug } = (await readRecord(api, { path, operation: "get project" })).record;
  return [name, slug].find(isText) ?? uid;
}

async function nameCommittee(api: Lfx, uid: string): Promise<string> {
  const { name } = await readCommittee(api, uid);
  return isText(name) ? name : uid;
}

/** Names of fields that read badly. */
const LABELS: Readonly<Record<string, string>> = {
  project_uid: "project",
  parent_uid: "parent committee",
  enable_voting: "voting",
  sso_group_enabled: "single sign-on group",
  "calendar.public": "public calendar",
  "role.name": "role",
  "voting.status": "voting status",
  chat_webhook_url: "Slack webhook",
};

/** Fields whose value is a secret. */
const SECRETS: ReadonlySet<string> = new Set(["chat_webhook_url"]);

type Field = { readonly label: string; readonly text: string };

function describeChange({ name, before, after }: Change, isNew: boolean, maxChars: number): Field {
  const label = LABELS[name] ?? name.replaceAll(/[_.]/g, " ");
  const [from, to] = SECRETS.has(name)
    ? [undefined, isText(after) ? `a new URL at ${describeTarget(after)}` : undefined]
    : showValues(before, after, maxChars);
  if (isNew) return { label, text: `${label} ${to ?? "none"}` };
  return { label, text: `${label}${from === undefined ? "" : ` from ${from}`} to ${to ?? "none"}` };
}

function describeVariable([name, value]: readonly [string, string], maxChars: number): Field {
  const label = quoteName(name);
  return { label, text: `${label} ${quotePart(value, maxChars)}` };
}

/** Characters before the first difference of two long texts. */
const MAX_SAME_CHARS = 15;

/** Two values, as far as they fit; undefined for a blank one. Of long texts the part that differs is shown. */
function showValues(before: unknown, after: unknown, maxChars: number): readonly (string | undefined)[] {
  const [from, to] = [toText(before), toText(after)];
  const isLong = from.length > MAX_OLD_VALUE_CHARS || to.length > maxChars;
  const start = isLong ? countSame(from, to) - MAX_SAME_CHARS : 0;
  const show = (value: unknown, text: string, quote: (text: string) => string) => {
    if (omitBlank(value) === undefined) return undefined;
    if (typeof value === "boolean") return value ? "yes" : "no";
    return quote(start > 0 ? `…${text.slice(start)}` : text);
  };
  return [
    show(before, from, (text) => quoteText(text, Math.min(maxChars, MAX_OLD_VALUE_CHARS))),
    show(after, to, (text) => quotePart(text, maxChars)),
  ];
}

function countSame(first: string, second: string): number {
  let count = 0;
  while (count < first.length && first[count] === second[count]) count += 1;
  return count;
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(", ");
  return isObject(value) ? Object.values(value).map(toText).join(" ") : String(value ?? "");
}

/** All fields, with values as long as fit. Else as many as fit, the shortest first, then the names of the others. */
function listFields(describe: (maxChars: number) => readonly Field[], count: number, room: number): string {
  let fields: readonly Field[] = [];
  for (const maxChars of VALUE_LIMITS) {
    fields = describe(maxChars);
    const list = fields.map(({ text }) => text).join("; ");
    if (fields.length === count && lengthOf(list) <= room) return list;
  }
  const sorted = fields.toSorted((one, other) => one.text.length - other.text.length);
  for (const isNamed of [fields.length === count, false]) {
    for (let shown = sorted.length; shown > 0; shown -= 1) {
      const others = sorted.slice(shown).map(({ label }) => label);
      const rest = `and ${count - shown} more${isNamed ? `: ${others.join(", ")}` : ""}`;
      const list = [...sorted.slice(0, shown).map(({ text }) => text), rest].join("; ");
      if (lengthOf(list) <= room) return list;
    }
  }
  return `${count} fields`;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
