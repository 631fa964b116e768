import { ToolError } from "../../../../mcp/errors.ts";
import type { JsonObject } from "../../../../shared/json.ts";
import { isObject } from "../../../../shared/json.ts";
import type { LfxApi, Query } from "../../api.ts";
import { readRecord, writeRecord } from "./part-records.ts";

/** A record that is changed and deleted as it was read: by then there may be a newer one, which is not to be lost. */
export type Revised = {
  readonly path: string;
  /** What it is called in errors: `committee member`. */
  readonly what: string;
  /** The query of the request that reads it. */
  readonly query?: Query;
};

type Lfx = Pick<LfxApi, "lfx">;

/** The services answer before the index knows of a change: a search right after a write may still tell the old. */
const UNSYNCED = { "x-sync": "false" };

/** With the revision that is meant (RFC 9110, 13.1.1), in just the form in which the service told it. */
const ifMatch = (etag: string | undefined): Readonly<Record<string, string>> =>
  etag === undefined ? UNSYNCED : { ...UNSYNCED, "if-match": etag };

const current = (api: Lfx, { path, what, query }: Revised, purpose: string) =>
  readRecord(api, { path, doing: `fetch ${what} for ${purpose}`, ...(query && { query }) });

/** Creates a record, and tells it as the service has it now. @throws ToolError */
export const createRecord = (api: Lfx, { path, what }: Revised, json: JsonObject): Promise<JsonObject> =>
  writeRecord(api, { method: "POST", path, json, headers: UNSYNCED, doing: `create ${what}` });

/**
 * Replaces a record by what `change` makes of it as it is now, and tells it as the service has it then.
 * @throws ToolError `invalid_input` where it was changed in between
 */
export const updateRecord = async (
  api: Lfx,
  revised: Revised,
  change: (record: JsonObject) => JsonObject,
): Promise<JsonObject> => {
  const { path, what } = revised;
  const { record, etag } = await current(api, revised, "update");
  const json = change(record);
  return writeRecord(api, { method: "PUT", path, json, headers: ifMatch(etag), doing: `update ${what}` });
};

/** Deletes a record as it is now. @throws ToolError `invalid_input` where it was changed in between */
export const deleteRecord = async (api: Lfx, revised: Revised): Promise<void> => {
  const { path, what } = revised;
  const { etag } = await current(api, revised, "delete");
  const headers = ifMatch(etag);
  await api.lfx.send({ method: "DELETE", path, query: { v: 1 }, headers, doing: `delete ${what}` });
};

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (isObject(value) && Object.keys(value).length === 0);

const withoutBlanks = (record: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(record)
      .map(([name, value]) => [name, isObject(value) ? withoutBlanks(value) : value])
      .filter(([, value]) => !isBlank(value)),
  );

/**
 * What a replacement carries over of a record: those of the fields that are set. A blank one, or one of blanks
 * alone, would be taken for a value, and refused for its form.
 * @param fields their names, with spaces between
 */
export const carriedOver = (record: JsonObject, fields: string): JsonObject => {
  const names = new Set(fields.split(/\s+/));
  return withoutBlanks(Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name))));
};

/** What is to be changed. @throws ToolError `invalid_input` where that is nothing */
export const someOf = <Changes extends object>(changes: Changes): Changes => {
  if (Object.keys(changes).length > 0) return changes;
  throw new ToolError("invalid_input", "There is nothing to change", {
    hint: "Nothing was sent. Give at least one of the fields that can be changed.",
  });
};
