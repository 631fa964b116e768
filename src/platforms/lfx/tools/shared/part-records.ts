import { ToolError } from "../../../../mcp/errors.ts";
import type { JsonObject } from "../../../../shared/json.ts";
import { isObject } from "../../../../shared/json.ts";
import type { LfxApi, RestRequest } from "../../api.ts";
import { type Resource, search } from "../../client/query.ts";
import { ACCESS_ADVICE, unusable } from "../../errors.ts";

/** A part of an answer, or a word on why it is missing. */
export type Part<T> = { readonly value?: T | undefined; readonly warnings: readonly string[] };

/** Reads one record. @throws ToolError */
export const readRecord = async (
  { lfx }: Pick<LfxApi, "lfx">,
  request: Pick<RestRequest, "path" | "query" | "doing">,
): Promise<{ readonly record: JsonObject; readonly etag: string | undefined }> => {
  const answer = await lfx.send({ method: "GET", ...request });
  const record = answer.json();
  if (!isObject(record)) throw unusable(request.doing, "the answer is no record");
  return { record, etag: answer.etag };
};

/** Writes one record, and tells it as its service has it now. @throws ToolError */
export const writeRecord = async (
  { lfx }: Pick<LfxApi, "lfx">,
  request: Omit<RestRequest, "query">,
): Promise<JsonObject> => {
  const record = (await lfx.send({ ...request, query: { v: 1 } })).json();
  if (!isObject(record)) throw unusable(request.doing, "the answer is no record", request.method);
  return record;
};

/**
 * Reads a part that an answer can do without: where it is not to be had, the rest is still worth telling.
 * @param what the part's name, for the warning
 */
export const softly = async <T>(what: string, work: Promise<T>): Promise<Part<T>> => {
  try {
    return { value: await work, warnings: [] };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { warnings: [`${what} unavailable: ${error.message}. ${error.hint}`] };
  }
};

/** `warnings` as a field of an answer, where there are any. */
export const warningsOf = (...parts: readonly Part<unknown>[]): { readonly warnings?: readonly string[] } => {
  const warnings = parts.flatMap((part) => part.warnings);
  return warnings.length > 0 ? { warnings } : {};
};

/**
 * Finds the one document with a tag.
 * @param what what it is called where there is none, `meeting`
 * @throws ToolError `not_found`
 */
export const findOne = async (
  api: Pick<LfxApi, "lfx">,
  { type, tag, what, uid }: { type: string; tag: string; what: string; uid: string },
): Promise<Resource> => {
  const doing = `get ${what}`;
  const found = await search(api, { type, doing, tags: [`${tag}:${uid}`], pageSize: 1, sort: "name_asc" });
  const [resource] = found.resources;
  if (resource) return resource;
  throw new ToolError("not_found", `Failed to ${doing}: there is none with the uid ${uid}`, {
    hint: ACCESS_ADVICE,
  });
};
