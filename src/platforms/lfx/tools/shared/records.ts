import { ToolError } from "../../../../mcp/errors.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi, Query, RestRequest } from "../../api.ts";
import { type Resource, search } from "../../client/query.ts";
import { ACCESS_ADVICE, unusableResponse } from "../../errors.ts";

type Lfx = Pick<LfxApi, "lfx">;

const NOT_A_RECORD = "the response is not a record";

/** Reads one record. @throws ToolError */
export async function readRecord(
  { lfx }: Lfx,
  request: Pick<RestRequest, "path" | "query" | "operation">,
): Promise<{ readonly record: JsonObject; readonly etag: string | undefined }> {
  const response = await lfx.send({ method: "GET", ...request });
  const record = response.json();
  if (!isObject(record)) throw unusableResponse(request.operation, NOT_A_RECORD);
  return { record, etag: response.etag };
}

/** Writes one record and returns its new state. @throws ToolError */
export async function writeRecord({ lfx }: Lfx, request: Omit<RestRequest, "query">): Promise<JsonObject> {
  const record = (await lfx.send({ ...request, query: { v: 1 } })).json();
  if (!isObject(record)) throw unusableResponse(request.operation, NOT_A_RECORD, request.method);
  return record;
}

/**
 * Finds the one document with a tag.
 * @param noun names the document in errors: `meeting`
 * @throws ToolError `not_found`
 */
export async function findOne(
  api: Lfx,
  { type, tag, noun, uid }: { type: string; tag: string; noun: string; uid: string },
): Promise<Resource> {
  const operation = `get ${noun}`;
  const query = { type, operation, tags: [`${tag}:${uid}`], pageSize: 1, sort: "name_asc" };
  const [resource] = (await search(api, query)).resources;
  if (resource) return resource;
  throw new ToolError("not_found", `Failed to ${operation}: none has the uid ${uid}`, {
    hint: ACCESS_ADVICE,
  });
}

/** A part of a result, or warnings that explain why it is missing. */
export type OptionalPart<T> = { readonly value?: T | undefined; readonly warnings: readonly string[] };

/**
 * Reads a part that the result can omit: a failure becomes a warning.
 * @param name names the part in the warning
 */
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
 * Replaces a record with what `change` makes of its current state.
 * @returns the new state
 * @throws ToolError `invalid_input` if the record was changed in the meantime
 */
export async function updateRecord(
  api: Lfx,
  ref: RecordRef,
  change: (record: JsonObject) => JsonObject,
): Promise<JsonObject> {
  const { path, noun } = ref;
  const { record, etag } = await readCurrent(api, ref, "update");
  const json = change(record);
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

/**
 * The fields that a replacement carries over. Blank values are omitted, because the service would validate them and
 * reject their format.
 * @param fields names, separated by spaces
 */
export function pickWritable(record: JsonObject, fields: string): JsonObject {
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
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

/** Returns the changes of an update. @throws ToolError `invalid_input` if there are none */
export function requireChanges<Changes extends object>(changes: Changes): Changes {
  if (Object.keys(changes).length > 0) return changes;
  throw new ToolError("invalid_input", "Nothing to change", {
    hint: "Nothing was sent. Give at least one field to change.",
  });
}
