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
): Promise<{ readonly record: JsonObject; readonly etag: string | undefined }> {
  const response = await lfx.send({ method: "GET", ...request });
  const record = response.json();
  if (!isObject(record)) throw unusableResponse(request.operation, NOT_A_RECORD);
  assertAtPath(record, request.path, request.operation);
  return { record, etag: response.etag };
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

/** A record that is read before it is changed or deleted, so that no concurrent change is lost. */
export type RecordRef = {
  readonly path: string;
  /** Names the record in errors: `committee member`. */
  readonly noun: string;
  /** Query of the request that reads the record. */
  readonly query?: Query;
};

/** The services respond before the index is updated: a search right after a write may return the old state. */
const ASYNC_INDEX = { "x-sync": "false" };

/** Creates a record and returns it. @throws ToolError */
export function createRecord(api: Lfx, { path, noun }: RecordRef, json: JsonObject): Promise<JsonObject> {
  return writeRecord(api, { method: "POST", path, json, headers: ASYNC_INDEX, operation: `create ${noun}` });
}

/**
 * Changes the given fields of a record and keeps the others.
 * @param writable the fields of an update request, separated by spaces; the service clears those that are missing
 * @returns the new state
 * @throws ToolError `invalid_input` if there are no changes, or if the record was changed in the meantime
 */
export async function updateRecord(
  api: Lfx,
  ref: RecordRef,
  writable: string,
  changes: JsonObject,
  merge = (kept: JsonObject): JsonObject => ({ ...kept, ...changes }),
): Promise<JsonObject> {
  requireChanges(changes);
  const { path, noun } = ref;
  const { record, etag } = await readCurrent(api, ref, "update");
  const json = merge(pickWritable(record, writable));
  return writeRecord(api, { method: "PUT", path, json, headers: ifMatch(etag), operation: `update ${noun}` });
}

/** Deletes a record. @throws ToolError `invalid_input` if the record was changed in the meantime */
export async function deleteRecord(api: Lfx, ref: RecordRef): Promise<void> {
  const { path, noun } = ref;
  const { etag } = await readCurrent(api, ref, "delete");
  const operation = `delete ${noun}`;
  await api.lfx.send({ method: "DELETE", path, query: { v: 1 }, headers: ifMatch(etag), operation });
}

function readCurrent(api: Lfx, { path, noun, query }: RecordRef, purpose: "update" | "delete") {
  return readRecord(api, { path, operation: `fetch ${noun} for ${purpose}`, ...(query && { query }) });
}

/** Headers with the precondition of RFC 9110, 13.1.1; the ETag is sent exactly as received. */
function ifMatch(etag: string | undefined): Readonly<Record<string, string>> {
  return etag === undefined ? ASYNC_INDEX : { ...ASYNC_INDEX, "if-match": etag };
}

/** Blank values are omitted, because the service would validate them and reject their format. */
function pickWritable(record: JsonObject, fields: string): JsonObject {
  const names = new Set(fields.split(/\s+/));
  return omitBlanks(Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name))));
}

function omitBlanks(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record)
      .map(([name, value]) => [name, isObject(value) ? omitBlanks(value) : value])
      .filter(([, value]) => !isBlank(value)),
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
