import { ToolError } from "../../../../mcp/errors.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi, Query, RestRequest } from "../../api.ts";
import { type Resource, search } from "../../client/query.ts";
import { ACCESS_ADVICE, unusableResponse } from "../../errors.ts";

/** A part of an answer, or a word on why it is missing. */
export type OptionalPart<T> = { readonly value?: T | undefined; readonly warnings: readonly string[] };

/** Reads one record. @throws ToolError */
export async function readRecord(
  { lfx }: Pick<LfxApi, "lfx">,
  request: Pick<RestRequest, "path" | "query" | "operation">,
): Promise<{ readonly record: JsonObject; readonly etag: string | undefined }> {
  const answer = await lfx.send({ method: "GET", ...request });
  const record = answer.json();
  if (!isObject(record)) throw unusableResponse(request.operation, "the answer is no record");
  return { record, etag: answer.etag };
}

/** Writes one record, and tells it as its service has it now. @throws ToolError */
export async function writeRecord(
  { lfx }: Pick<LfxApi, "lfx">,
  request: Omit<RestRequest, "query">,
): Promise<JsonObject> {
  const record = (await lfx.send({ ...request, query: { v: 1 } })).json();
  if (!isObject(record)) throw unusableResponse(request.operation, "the answer is no record", request.method);
  return record;
}

/**
 * Reads a part that an answer can do without: where it is not to be had, the rest is still worth telling.
 * @param what the part's name, for the warning
 */
export async function optionalPart<T>(what: string, work: Promise<T>): Promise<OptionalPart<T>> {
  try {
    return { value: await work, warnings: [] };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { warnings: [`${what} unavailable: ${error.message}. ${error.hint}`] };
  }
}

/** `warnings` as a field of an answer, where there are any. */
export function collectWarnings(...parts: readonly OptionalPart<unknown>[]): {
  readonly warnings?: readonly string[];
} {
  const warnings = parts.flatMap((part) => part.warnings);
  return warnings.length > 0 ? { warnings } : {};
}

/**
 * Finds the one document with a tag.
 * @param what what it is called where there is none, `meeting`
 * @throws ToolError `not_found`
 */
export async function findOne(
  api: Pick<LfxApi, "lfx">,
  { type, tag, what, uid }: { type: string; tag: string; what: string; uid: string },
): Promise<Resource> {
  const operation = `get ${what}`;
  const found = await search(api, {
    type,
    operation,
    tags: [`${tag}:${uid}`],
    pageSize: 1,
    sort: "name_asc",
  });
  const [resource] = found.resources;
  if (resource) return resource;
  throw new ToolError("not_found", `Failed to ${operation}: there is none with the uid ${uid}`, {
    hint: ACCESS_ADVICE,
  });
}

/** A record that is changed and deleted as it was read: by then there may be a newer one, which is not to be lost. */
export type RecordRef = {
  readonly path: string;
  /** What it is called in errors: `committee member`. */
  readonly noun: string;
  /** The query of the request that reads it. */
  readonly query?: Query;
};

type Lfx = Pick<LfxApi, "lfx">;

/** The services answer before the index knows of a change: a search right after a write may still tell the old. */
const UNSYNCED = { "x-sync": "false" };

/** With the revision that is meant (RFC 9110, 13.1.1), in just the form in which the service told it. */
function ifMatch(etag: string | undefined): Readonly<Record<string, string>> {
  return etag === undefined ? UNSYNCED : { ...UNSYNCED, "if-match": etag };
}

function current(api: Lfx, { path, noun: what, query }: RecordRef, purpose: string) {
  return readRecord(api, { path, operation: `fetch ${what} for ${purpose}`, ...(query && { query }) });
}

/** Creates a record, and tells it as the service has it now. @throws ToolError */
export function createRecord(
  api: Lfx,
  { path, noun: what }: RecordRef,
  json: JsonObject,
): Promise<JsonObject> {
  return writeRecord(api, { method: "POST", path, json, headers: UNSYNCED, operation: `create ${what}` });
}

/**
 * Replaces a record by what `change` makes of it as it is now, and tells it as the service has it then.
 * @throws ToolError `invalid_input` where it was changed in between
 */
export async function updateRecord(
  api: Lfx,
  revised: RecordRef,
  change: (record: JsonObject) => JsonObject,
): Promise<JsonObject> {
  const { path, noun: what } = revised;
  const { record, etag } = await current(api, revised, "update");
  const json = change(record);
  return writeRecord(api, { method: "PUT", path, json, headers: ifMatch(etag), operation: `update ${what}` });
}

/** Deletes a record as it is now. @throws ToolError `invalid_input` where it was changed in between */
export async function deleteRecord(api: Lfx, revised: RecordRef): Promise<void> {
  const { path, noun: what } = revised;
  const { etag } = await current(api, revised, "delete");
  const headers = ifMatch(etag);
  await api.lfx.send({ method: "DELETE", path, query: { v: 1 }, headers, operation: `delete ${what}` });
}

function isBlank(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

function withoutBlanks(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record)
      .map(([name, value]) => [name, isObject(value) ? withoutBlanks(value) : value])
      .filter(([, value]) => !isBlank(value)),
  );
}

/**
 * What a replacement carries over of a record: those of the fields that are set. A blank one, or one of blanks
 * alone, would be taken for a value, and refused for its form.
 * @param fields their names, with spaces between
 */
export function pickWritable(record: JsonObject, fields: string): JsonObject {
  const names = new Set(fields.split(/\s+/));
  return withoutBlanks(Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name))));
}

/** What is to be changed. @throws ToolError `invalid_input` where that is nothing */
export function requireChanges<Changes extends object>(changes: Changes): Changes {
  if (Object.keys(changes).length > 0) return changes;
  throw new ToolError("invalid_input", "There is nothing to change", {
    hint: "Nothing was sent. Give at least one of the fields that can be changed.",
  });
}
