import type * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi, Query, RestRequest } from "../../api.ts";
import { assertSameRecord, unusableResponse } from "../../errors.ts";
import type { ToolName } from "../../policy.ts";
import { lfxTool, record as recordSchema } from "./define.ts";

type Lfx = Pick<LfxApi, "lfx">;

const NOT_A_RECORD = "the response is not a record";

/** Defines a tool that reads one record. `fields` names those that no search documents, separated by spaces. */
export function recordTool<Input extends z.ZodObject>(
  name: ToolName,
  { fields, path, query, ...parts }: RecordToolParts<Input>,
) {
  return lfxTool(name, {
    ...parts,
    output: recordSchema(fields),
    run: async (input, { api }) => {
      const request = { path: path(input), operation: name.replaceAll("_", " "), ...(query && { query }) };
      return (await readRecord(api, request)).record;
    },
  });
}

type RecordToolParts<Input extends z.ZodObject> = {
  readonly description: string;
  readonly input: Input;
  readonly fields?: string;
  readonly path: (input: z.output<Input>) => string;
  readonly query?: Query;
};

/** The field with the id of a record's parent, by the first segment of its path. */
const PARENT_FIELDS: Readonly<Record<string, string>> = {
  committees: "committee_uid",
  project_memberships: "membership_uid",
};

/** Requires that a record is the one at a path. @throws ToolError `upstream_error` */
function assertAtPath(record: JsonObject, path: string, operation: string): void {
  const segments = path
    .replace(/^(\/\w+\/[^/]+)\/settings$/, "$1")
    .split("/")
    .slice(1);
  const [root = "", parent = ""] = segments;
  assertSameRecord(record, segments.at(-1) ?? "", operation);
  const parentField = segments.length > 2 ? PARENT_FIELDS[root] : undefined;
  if (parentField) assertSameRecord(record, parent, operation, [parentField]);
}

/** Reads one record. @throws ToolError */
export async function readRecord(
  { lfx }: Lfx,
  request: Pick<RestRequest, "path" | "query" | "operation">,
): Promise<{ readonly record: JsonObject; readonly text: string; readonly etag: string | undefined }> {
  const response = await lfx.send({ method: "GET", ...request });
  const record = response.json();
  if (!isObject(record)) throw unusableResponse(request.operation, NOT_A_RECORD);
  assertAtPath(record, request.path, request.operation);
  return { record, text: response.text, etag: response.etag };
}

/** Writes one record and returns its new state. @throws ToolError */
export async function writeRecord({ lfx }: Lfx, request: Omit<RestRequest, "query">): Promise<JsonObject> {
  const record = (await lfx.send({ ...request, query: { v: 1 } })).json();
  if (!isObject(record)) throw unusableResponse(request.operation, NOT_A_RECORD, request.method);
  return record;
}

/** A part of a result, or warnings that explain why it is missing. */
export type OptionalPart<T> = { readonly value?: T | undefined; readonly warnings: readonly string[] };

/** Reads a part that the result can omit: a failure becomes a warning. @param name names the part in the warning */
export async function optionalPart<T>(name: string, work: Promise<T>): Promise<OptionalPart<T>> {
  try {
    return { value: await work, warnings: [] };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { warnings: [`${name} unavailable: ${error.message}. ${error.hint}`] };
  }
}

/** The `warnings` field of a result; no field if there are none. */
export function collectWarnings(...parts: readonly OptionalPart<unknown>[]): {
  readonly warnings?: readonly string[];
} {
  const warnings = parts.flatMap((part) => part.warnings);
  return warnings.length > 0 ? { warnings } : {};
}

/** Reads a record, and its settings if the caller may see them. @param name names the record: `Committee` */
export async function readWithSettings(api: Lfx, name: string, path: string) {
  const operation = `get ${name.toLowerCase()}`;
  const { record: base } = await readRecord(api, { path, operation });
  const settings = await optionalPart(
    `${name} settings`,
    readRecord(api, { path: `${path}/settings`, operation: `${operation} settings` }),
  );
  return { base, ...(settings.value && { settings: settings.value.record }), ...collectWarnings(settings) };
}

/** The fields that an update treats in a special way, as names or paths separated by spaces. */
type FieldRules = {
  /** Not sent back: the service maintains them, or keeps them if they are missing. */
  readonly omitted: string;
  /** Not sent back if blank: the service would reject the format. */
  readonly validated: string;
  /** Objects of which only the given fields change. */
  readonly merged?: string;
  /** Required by the service. */
  readonly defaults?: JsonObject;
};

/** By kind of record. Every other field that was read, known to this program or not, is sent back as it came. */
const FIELD_RULES = {
  committee: {
    omitted:
      "uid project_name sso_group_name total_members total_voting_repos has_mailing_list created_at updated_at",
    validated: "website repository mailing_list parent_uid join_mode",
    merged: "calendar",
  },
  "committee settings": {
    omitted: "uid has_chat_webhook writers auditors created_at updated_at",
    validated: "member_visibility last_reviewed_at",
    defaults: { business_email_required: false },
  },
  "committee member": {
    omitted: "uid committee_uid committee_name committee_category created_at updated_at",
    validated:
      "linkedin_profile appointed_by status role role.name role.start_date role.end_date voting voting.status " +
      "voting.start_date voting.end_date organization organization.website",
    merged: "organization",
  },
} as const satisfies Readonly<Record<string, FieldRules>>;

/** A record that is read before it is changed or deleted, so that no concurrent change is lost. */
export type RecordRef = {
  readonly path: string;
  /** Names the record in errors. */
  readonly noun: keyof typeof FIELD_RULES;
  /** Query of the request that reads the record. */
  readonly query?: Query;
  /** Of the request that writes. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** The services respond before the index is updated: a search right after a write may return the old state. */
const ASYNC_INDEX = { "x-sync": "false" };

/** Creates a record and returns it. @throws ToolError */
export function createRecord(api: Lfx, ref: RecordRef, json: JsonObject): Promise<JsonObject> {
  const { path, noun } = ref;
  return writeRecord(api, {
    method: "POST",
    path,
    json,
    headers: toHeaders(ref),
    operation: `create ${noun}`,
  });
}

/**
 * Changes the given fields of a record and keeps the others. The service replaces the whole record.
 * @returns the new state
 * @throws ToolError `invalid_input` if there are no changes, or if the record was changed in the meantime
 */
export async function updateRecord(api: Lfx, ref: RecordRef, changes: JsonObject): Promise<JsonObject> {
  requireChanges(changes);
  const { path, noun } = ref;
  const { text, etag } = await readCurrent(api, ref, "update");
  const json = applyChanges(parseExactly(text, `update ${noun}`), changes, FIELD_RULES[noun]);
  const headers = toHeaders(ref, etag);
  return writeRecord(api, { method: "PUT", path, json, headers, operation: `update ${noun}` });
}

/** What an update of a record would do, as far as its caller sees the record. @throws ToolError `invalid_input` without changes */
export async function previewUpdate(
  ref: RecordRef,
  changes: JsonObject,
  read: () => Promise<JsonObject>,
): Promise<{ readonly before: JsonObject; readonly after: JsonObject }> {
  requireChanges(changes);
  const before = await read();
  const after = applyChanges(before, changes, FIELD_RULES[ref.noun]);
  return { before, after: Object.fromEntries(Object.keys(changes).map((name) => [name, after[name]])) };
}

/** Deletes a record. @throws ToolError `invalid_input` if the record was changed in the meantime */
export async function deleteRecord(api: Lfx, ref: RecordRef): Promise<void> {
  const { path, noun } = ref;
  const { etag } = await readCurrent(api, ref, "delete");
  const operation = `delete ${noun}`;
  await api.lfx.send({ method: "DELETE", path, query: { v: 1 }, headers: toHeaders(ref, etag), operation });
}

/** Reads a record that is changed or deleted next. @throws ToolError */
export function readCurrent(api: Lfx, { path, noun, query }: RecordRef, purpose: "update" | "delete") {
  return readRecord(api, { path, operation: `fetch ${noun} for ${purpose}`, ...(query && { query }) });
}

/** With the precondition of RFC 9110, 13.1.1; the ETag is sent exactly as received. */
function toHeaders({ headers }: RecordRef, etag?: string): Readonly<Record<string, string>> {
  return { ...ASYNC_INDEX, ...headers, ...(etag !== undefined && { "if-match": etag }) };
}

/** Parses what is sent back: the whole record, with the secrets that no result shows. @throws ToolError `upstream_error` */
function parseExactly(text: string, operation: string): JsonObject {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g) ?? [];
  const inexact = tokens.find((token) => /^-?\d{16,}$/.test(token) && String(Number(token)) !== token);
  if (inexact === undefined) return JSON.parse(text);
  throw new ToolError("upstream_error", `Failed to ${operation}: the record has a number beyond 2^53`, {
    hint: "Nothing was changed, because the number cannot be sent back exactly. Make the change in LFX Self Service.",
  });
}

function applyChanges(current: JsonObject, changes: JsonObject, rules: FieldRules): JsonObject {
  const { omitted, validated, merged = "", defaults } = rules;
  const skipped = toNames(omitted);
  const fields = Object.entries(current).filter(([name]) => !skipped.has(name));
  const kept = omitBlanks(Object.fromEntries(fields), toNames(validated));
  const parts = toNames(merged);
  const given = Object.entries(changes).map(([name, value]) => {
    const part = kept[name];
    return [name, parts.has(name) && isObject(part) && isObject(value) ? { ...part, ...value } : value];
  });
  return { ...defaults, ...kept, ...Object.fromEntries(given) };
}

function toNames(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

/** Omits blank values at the given paths. */
function omitBlanks(record: JsonObject, paths: ReadonlySet<string>, parent = ""): JsonObject {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => {
      const path = parent + name;
      const kept = isObject(value) && paths.has(path) ? omitBlanks(value, paths, `${path}.`) : value;
      return paths.has(path) && isBlank(kept) ? [] : [[name, kept]];
    }),
  );
}

function isBlank(value: unknown): boolean {
  return (value ?? "") === "" || (isObject(value) && Object.keys(value).length === 0);
}

/** Returns the changes of an update. @throws ToolError `invalid_input` if there are none */
export function requireChanges<Changes extends object>(changes: Changes): Changes {
  if (Object.keys(changes).length > 0) return changes;
  throw new ToolError("invalid_input", "Nothing to change", {
    hint: "Nothing was sent. Give at least one field to change.",
  });
}
