import { Buffer } from "node:buffer";
import * as z from "zod";
import { parseJson } from "../../../shared/json.ts";
import { MAX_INPUT_LENGTH, SIGNAL_ID, SIGNAL_STATUSES } from "../schemas.ts";
import { ApiFailure } from "./responses.ts";
import type { CursorPosition, ListQuery } from "./store.ts";

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

/** Duplicates count. */
const MAX_STATUSES = 4;

/** Unknown keys are dropped. */
const newSignal = z.object({ input: z.string().trim().min(1).check(atMostUnits(MAX_INPUT_LENGTH)) });

const signalId = z.string().regex(SIGNAL_ID, "Invalid signal id");

/** `Number()` parses the limit, so an empty one is 0 and too small. */
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().trim().min(1).optional(),
  statuses: z.array(z.enum(SIGNAL_STATUSES)).max(MAX_STATUSES),
});

/** `z.iso.datetime` accepts no offset except `Z`. */
const cursorContent = z.strictObject({ createdAt: z.iso.datetime(), id: z.number().int().positive() });

/**
 * The trimmed input of a new signal.
 * @param body undefined if it was unreadable
 * @throws ApiFailure 400 with the issues
 */
export function parseNewSignal(body: unknown): string {
  return parse(newSignal, body, "Signal request body is invalid.").input;
}

/** @throws ApiFailure 400 with the issues */
export function parseSignalId(id: string): string {
  return parse(signalId, id, "Signal id is invalid.");
}

/** Parses the query of the list and ignores unknown parameters. @throws ApiFailure 400 with the issues */
export function parseListQuery(query: URLSearchParams): ListQuery {
  const raw = {
    limit: query.get("limit") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    // Both names mean the same, can be repeated, and hold comma-separated values.
    statuses: [...query.getAll("status"), ...query.getAll("statuses")]
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter(Boolean),
  };
  const { limit, cursor, statuses } = parse(listQuery, raw, "Signal list query is invalid.");
  return { limit, statuses, after: cursor === undefined ? undefined : decodeCursor(cursor) };
}

/** @throws ApiFailure 400 if the cursor is invalid */
export function decodeCursor(cursor: string): CursorPosition {
  const json = Buffer.from(cursor, "base64url").toString("utf8");
  const { success, data } = cursorContent.safeParse(parseJson(json));
  if (success) return { createdAt: Date.parse(data.createdAt), number: data.id };
  const message = "Signal list cursor is invalid.";
  throw new ApiFailure(400, "invalid_request", message, [
    { code: "invalid_cursor", message, path: ["cursor"] },
  ]);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, message: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new ApiFailure(400, "invalid_request", message, error.issues);
}

/** Like `max`, with its issue, but in UTF-16 code units as the API counts. zod counts an emoji once. */
function atMostUnits(maximum: number): z.core.CheckFn<string> {
  return ({ value, issues }) => {
    if (value.length <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  };
}
