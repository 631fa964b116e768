import * as z from "zod";
import { MAX_INPUT_LENGTH, SIGNAL_ID, SIGNAL_STATUSES } from "../schemas.ts";
import { decodeCursor, type Place } from "./cursor.ts";
import { Refusal } from "./responses.ts";
import type { Status } from "./signal.ts";

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

/** Duplicates count. */
const MAX_STATUSES = 4;

/** The API counts UTF-16 code units, where `max` of zod 4.6 counts an emoji once; the issue is the one of `max`. */
const atMostUnits =
  (maximum: number): z.core.CheckFn<string> =>
  ({ value, issues }) => {
    if (value.length <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  };

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

const checked = <T>(schema: z.ZodType<T>, value: unknown, message: string): T => {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new Refusal(400, "invalid_request", message, error.issues);
};

/**
 * The text of a new signal, trimmed.
 * @param body what the request's body says, undefined where it could not be read
 * @throws Refusal 400 with the issues found
 */
export const parseNewSignal = (body: unknown): string =>
  checked(newSignal, body, "Signal request body is invalid.").input;

/** The id of a signal as a path gives it. @throws Refusal 400 with the issues found */
export const parseSignalId = (id: string): string => checked(signalId, id, "Signal id is invalid.");

/** `status` and `statuses` mean the same; both can be repeated and hold several, separated by commas. */
const statusesOf = (query: URLSearchParams): string[] =>
  [...query.getAll("status"), ...query.getAll("statuses")]
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter(Boolean);

/** The query of the list; parameters it does not know are ignored. @throws Refusal 400 with the issues found */
export const parseListQuery = (query: URLSearchParams): ListQuery => {
  const raw = {
    limit: query.get("limit") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    statuses: statusesOf(query),
  };
  const { limit, cursor, statuses } = checked(listQuery, raw, "Signal list query is invalid.");
  return { limit, statuses, after: cursor === undefined ? undefined : decodeCursor(cursor) };
};
