import { Buffer } from "node:buffer";
import * as z from "zod";
import { Refusal } from "./responses.ts";
import type { SignalRow } from "./signal.ts";

/** A place in the list: everything strictly older comes after it. */
export type Place = Pick<SignalRow, "createdAt" | "number">;

/** `z.iso.datetime` takes no offset but `Z`. */
const content = z.strictObject({ createdAt: z.iso.datetime(), id: z.number().int().positive() });

/** Names a place in a way that clients need not understand: base64url of JSON. */
export const encodeCursor = ({ createdAt, number }: Place): string =>
  Buffer.from(JSON.stringify({ createdAt: new Date(createdAt).toISOString(), id: number })).toString(
    "base64url",
  );

const parse = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
};

/** The place a cursor names. @throws Refusal 400 where it names none */
export const decodeCursor = (cursor: string): Place => {
  const { success, data } = content.safeParse(parse(cursor));
  if (success) return { createdAt: Date.parse(data.createdAt), number: data.id };
  const message = "Signal list cursor is invalid.";
  throw new Refusal(400, "invalid_request", message, [{ code: "invalid_cursor", message, path: ["cursor"] }]);
};

/** Whether a row comes after the place in the list, which shows the newest first. */
export const isOlder = (row: Place, place: Place): boolean => newestFirst(place, row) < 0;

/** The order of the list, for `Array.prototype.sort`. */
export const newestFirst = (one: Place, other: Place): number =>
  other.createdAt - one.createdAt || other.number - one.number;
