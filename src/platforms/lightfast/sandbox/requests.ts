import { Buffer } from "node:buffer";
import * as z from "zod";
import { MAX_INPUT_LENGTH, SIGNAL_ID, SIGNAL_STATUSES } from "../schemas.ts";
import { Refusal } from "./responses.ts";
import type { SignalRow, Status } from "./signal.ts";

/** A place in the list: everything strictly older comes after it. */
export type Place = Pick<SignalRow, "createdAt" | "number">;

/** `z.iso.datetime` takes no offset but `Z`. */
const content = z.strictObject({ createdAt: z.iso.datetime(), id: z.number().int().positive() });

/** Names a place in a way that clients need not understand: base64url of JSON. */
export function encodeCursor({ createdAt, number }: Place): string {
  return Buffer.from(JSON.stringify({ createdAt: new Date(createdAt).toISOString(), id: number })).toString(
    "base64url",
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The place a cursor names. @throws Refusal 400 where it names none */
export function decodeCursor(cursor: string): Place {
  const { success, data } = content.safeParse(parse(cursor));
  if (success) return { createdAt: Date.parse(data.createdAt), number: data.id };
  const message = "Signal list cursor is invalid.";
  throw new Refusal(400, "invalid_request", message, [{ code: "invalid_cursor", message, path: ["cursor"] }]);
}

/** Whether a row comes after the place in the list, which shows the newest first. */
export function isOlder(row: Place, place: Place): boolean {
  return newestFirst(place, row) < 0;
}

/** The order of the list, for `Array.prototype.sort`. */
export function newestFirst(one: Place, other: Place): number {
  return other.createdAt - one.createdAt || other.number - one.number;
}

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

/** Duplicates count. */
const MAX_STATUSES = 4;

/** The API counts UTF-16 code units, where `max` of zod 4.6 counts an emoji once; the issue is the one of `max`. */
function atMostUnits(maximum: number): z.core.CheckFn<string> {
  return ({ value, issues }) => {
    if (value.length <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  };
}

/** Unknown keys are dropped, not refused. */
const newSignal = z.object({ input: z.string().trim().min(1).check(atMostUnits(MAX_INPUT_LENGTH)) });

const signalId = z.string().regex(SIGNAL_ID, "Invalid signal id");

/** `Number()` decides what a limit is, so an empty one is zero and too small. */
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().trim().min(1).optional(),
  statuses: z.array(z.enum(SIGNAL_STATUSES)).max(MAX_STATUSES),
});

/** Which part of the list is asked for. */
export type ListQuery = {
  readonly limit: number;
  /** Where the page before ended; undefined for the first one. */
  readonly after: Place | undefined;
  /** Empty means all. */
  readonly statuses: readonly Status[];
};

function checked<T>(schema: z.ZodType<T>, value: unknown, message: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new Refusal(400, "invalid_request", message, error.issues);
}

/**
 * The text of a new signal, trimmed.
 * @param body what the request's body says, undefined where it could not be read
 * @throws Refusal 400 with the issues found
 */
export function parseNewSignal(body: unknown): string {
  return checked(newSignal, body, "Signal request body is invalid.").input;
}

/** The id of a signal as a path gives it. @throws Refusal 400 with the issues found */
export function parseSignalId(id: string): string {
  return checked(signalId, id, "Signal id is invalid.");
}

/** `status` and `statuses` mean the same; both can be repeated and hold several, separated by commas. */
function statusesOf(query: URLSearchParams): string[] {
  return [...query.getAll("status"), ...query.getAll("statuses")]
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter(Boolean);
}

/** The query of the list; parameters it does not know are ignored. @throws Refusal 400 with the issues found */
export function parseListQuery(query: URLSearchParams): ListQuery {
  const raw = {
    limit: query.get("limit") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    statuses: statusesOf(query),
  };
  const { limit, cursor, statuses } = checked(listQuery, raw, "Signal list query is invalid.");
  return { limit, statuses, after: cursor === undefined ? undefined : decodeCursor(cursor) };
}
