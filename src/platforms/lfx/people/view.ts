import { ToolError } from "../../../mcp/errors.ts";
import { isObject, type JsonObject } from "../../../shared/json.ts";
import type { LfxApi, Viewer } from "../api.ts";
import type { Resource } from "../client/query.ts";

/** What a caller without full view is shown of the records about people that a search finds. */
export type PeopleView = {
  /** Filters of which a record must match one. Absent: any record. Empty: no record, so nothing is read. */
  readonly anyFilters?: readonly string[] | undefined;
  /** Whether the filters leave out members of a list, so that an empty result says little. */
  readonly isPartial?: boolean;
  /** Omits hidden records, and the hidden fields of others. @throws ToolError */
  show(rows: readonly Resource[]): Promise<readonly Resource[]>;
};

/** What the people rules need of the API. */
export type PeopleApi = Pick<LfxApi, "lfx" | "checkAccess" | "viewer">;

/**
 * The result of a check or look-up that decides what is shown.
 * @throws ToolError with the same text for every failure, because nothing may be shown then
 */
export async function confirm<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    throw new ToolError("upstream_error", "Could not confirm what LFX Self Serve shows you", {
      hint: "So nothing is shown. It is safe to try again in a moment.",
      retryable: true,
      cause,
    });
  }
}

/** The error for a search of people that would reach more than the caller is shown. */
export function outOfView(message: string, hint: string): ToolError {
  return new ToolError("invalid_input", message, { hint });
}

/** Whether a record is about the caller. */
export function isOwnRecord({ username, email }: Viewer, { username: name, email: address }: JsonObject) {
  const hasName = username !== undefined && name === username;
  const isText = email !== undefined && typeof address === "string";
  return hasName || (isText && normalizeEmail(address) === normalizeEmail(email));
}

/** `email:<address>` as claimed and in lower case: the index compares exactly. */
export function emailTerms({ email }: Viewer): readonly string[] {
  return email === undefined ? [] : [...new Set([email, normalizeEmail(email)])].map((one) => `email:${one}`);
}

/** The filters that match the caller's own records. */
export function ownFilters(viewer: Viewer): readonly string[] {
  return [...(viewer.username === undefined ? [] : [`username:${viewer.username}`]), ...emailTerms(viewer)];
}

export function normalizeEmail(address: string): string {
  return address.trim().toLowerCase();
}

/** A copy with only some fields. @param paths `name` or `object.name`, separated by spaces */
export function pickFields(data: JsonObject, paths: string): JsonObject {
  const picked: Record<string, unknown> = {};
  for (const [name = "", part] of paths.split(" ").map((path) => path.split("."))) {
    const value = data[name];
    if (value === undefined) continue;
    if (part === undefined) picked[name] = value;
    else if (isObject(value) && value[part] !== undefined) {
      const before = picked[name];
      picked[name] = { ...(isObject(before) && before), [part]: value[part] };
    }
  }
  return picked;
}

/** The field with the data of a document that is no object, whose parts are unknown. */
export const UNREADABLE = "_raw";

/** The fields about people in other records: those that are omitted at any depth, and those that keep a person's name. */
const TRIMS: Readonly<Record<string, { readonly omitted: string; readonly reduced?: string }>> = {
  committee_settings: { omitted: "writers auditors last_reviewed_by" },
  v1_meeting: {
    omitted: "updated_by updated_by_list organizers user_id registrant_count",
    reduced: "created_by owner",
  },
  v1_past_meeting: { omitted: "updated_by updated_by_list", reduced: "created_by" },
  v1_past_meeting_recording: { omitted: "host_email host_id created_by updated_by" },
  v1_past_meeting_transcript: { omitted: "host_email host_id created_by updated_by" },
  v1_past_meeting_summary: { omitted: "zoom_meeting_host_email zoom_meeting_host_id created_by updated_by" },
};

/** A record without what only callers with full view see of the people who are named in it. @param type of the document */
export function trimPeople({ fullView }: Viewer, type: string, data: JsonObject): JsonObject {
  const trim = TRIMS[type];
  if (fullView || !trim) return data;
  const reduced = (trim.reduced?.split(" ") ?? []).flatMap((name) => {
    const person = data[name];
    return isObject(person) ? [[name, pickFields(person, "name email")]] : [];
  });
  const names = new Set([...trim.omitted.split(" "), ...(trim.reduced?.split(" ") ?? []), UNREADABLE]);
  return { ...(omitFields(data, names) as JsonObject), ...Object.fromEntries(reduced) };
}

/** A copy without the fields of these names, at any depth. */
export function omitFields(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => omitFields(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) =>
      names.has(name) ? [] : [[name, omitFields(part, names)]],
    ),
  );
}

/** The field of a row's data as text; empty if it has none. */
export function textOf({ data }: Resource, field: string): string {
  const value = data?.[field];
  return typeof value === "string" ? value : "";
}
